use super::constant::constant;
use crate::conditioning::assert_sum;
use crate::summary::summarize;
use crate::{Encoder, Event, Width};
use dfdx::prelude::{Cpu, Device, Dim, Dtype, ModuleVisitor, TensorCollection};
use std::marker::PhantomData;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record, columns, concat, formula};
use vae_priors::Posterior;
use vae_reparam::{Noise, Parameters, Rsample};

/// q(z|x) = q(z₁|x) q(z′|z₁), from the bottom up (Rezende et al. 2014; Burda et al. 2016, two stochastic layers): an encoder of x,
/// and one of the codes that it gives, such as another of these. z is (z₁, z′) in one row, of a width `Z` that is the sum of the two.
///
/// ```
/// use dfdx::prelude::Const;
/// use vae_architectures::*;
/// use vae_priors::StandardNormal;
///
/// type X = Const<784>;
/// type H = Const<100>;
/// type Z1 = Const<16>;
/// type Z2 = Const<8>;
/// type Z = Const<24>; // (z₁, z₂)
///
/// type Up = BottomUp<GaussianEncoder<Mlp<X, H>, Z1>, GaussianEncoder<Mlp<Z1, H>, Z2>, Z>;
/// type Prior = Hierarchy<GaussianDecoder<Mlp<Z2, H>, Z1>, StandardNormal<Z2>, Z>; // p(z₁|z₂) p(z₂)
/// type Down = BernoulliDecoder<(First<Z, Z1>, Mlp<Z1, H>), X>; // p(x|z₁)
/// type Model = Vae<Up, Down, Prior>;
/// fn is_a_model<M: LatentModel<f32>>() {}
/// is_a_model::<Model>();
/// ```
#[derive(Clone, Debug)]
pub struct BottomUp<First, Above, Z> {
    /// q(z₁|x)
    pub first: First,
    /// q(z′|z₁)
    pub above: Above,
    latent: PhantomData<Z>,
}

impl<E, Q, A, Z> Encoder<E> for BottomUp<Q, A, Z>
where
    E: Real,
    Q: Encoder<E>,
    A: Encoder<E, Input = Q::Latent> + Clone + TensorCollection<E, Cpu, To<E, Cpu> = A>,
    Z: Width,
    Cpu: Device<E>,
{
    type Input = Q::Input;
    type Latent = Z;
    type Posterior<T: Record<E>> = BottomUpPosterior<Q::Posterior<T>, A, Z, E>;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        const {
            assert_sum(
                <Q::Latent as Event>::NUMEL,
                <A::Latent as Event>::NUMEL,
                Z::NUMEL,
            )
        };
        BottomUpPosterior {
            first: self.first.encode(x),
            above: self.above.clone(),
            latent: PhantomData,
        }
    }

    fn input(&self) -> Self::Input {
        self.first.input()
    }

    summarize!(first, above);
}

impl<E, D, Q, A, Z> TensorCollection<E, D> for BottomUp<Q, A, Z>
where
    E: Dtype,
    D: Device<E>,
    Q: TensorCollection<E, D>,
    A: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = BottomUp<Q::To<E2, D2>, A::To<E2, D2>, Z>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("first", |s| &s.first, |s| &mut s.first),
                Self::module("above", |s| &s.above, |s| &mut s.above),
            ),
            |(first, above)| BottomUp {
                first,
                above,
                latent: PhantomData,
            },
        )
    }
}

/// q(z₁|x) of a batch, and the encoder for the layers above.
#[derive(Clone, Debug)]
pub struct BottomUpPosterior<Q, A, Z, E> {
    first: Q,
    above: A,
    latent: PhantomData<(Z, E)>,
}

impl<Q, A, Z, E: Real> BottomUpPosterior<Q, A, Z, E> {
    /// (z₁, z′) from z₁ and q(z′|z₁).
    fn climb<T: Record<E>>(
        &self,
        lower: Batch<A::Input, E, T>,
        above: impl FnOnce(A::Posterior<T>) -> Batch<A::Latent, E, T>,
    ) -> Batch<Z, E, T>
    where
        A: Encoder<E>,
        Z: Width,
    {
        let above = above(self.above.encode(lower.clone()));
        concat(lower, above, Z::default())
    }
}

impl<E, T, Q, A, Z> Rsample<Z, E, T> for BottomUpPosterior<Q, A, Z, E>
where
    E: Real,
    T: Record<E>,
    A: Encoder<E>,
    Q: Posterior<A::Input, E, T>,
    Z: Width,
{
    fn rsample(&self, noise: Noise) -> Batch<Z, E, T> {
        self.climb(self.first.rsample(noise), |q| {
            q.rsample(noise.stream("above"))
        })
    }
}

impl<E, T, Q, A, Z> Density<Z, E, T> for BottomUpPosterior<Q, A, Z, E>
where
    E: Real,
    T: Record<E>,
    A: Encoder<E>,
    Q: Posterior<A::Input, E, T>,
    Z: Width,
{
    fn log_prob(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        let lower = A::Input::default();
        let above = columns(z.clone(), lower.size(), A::Latent::default());
        let lower = columns(z.clone(), 0, lower);
        let of_above = self.above.encode(lower.clone()).log_prob(&above);
        formula([self.first.log_prob(&lower), of_above], |[a, b]| a + b)
    }
}

impl<E, Q, A, Z> Parameters for BottomUpPosterior<Q, A, Z, E>
where
    E: Real,
    Q: Parameters,
    A: Clone + TensorCollection<E, Cpu, To<E, Cpu> = A>,
    Z: Clone,
    Cpu: Device<E>,
{
    fn repeat(&self, times: usize) -> Self {
        Self {
            first: self.first.repeat(times),
            ..self.clone()
        }
    }

    fn detach(&self) -> Self {
        Self {
            first: self.first.detach(),
            above: constant(&self.above),
            latent: PhantomData,
        }
    }
}

impl<E, T, Q, A, Z> Posterior<Z, E, T> for BottomUpPosterior<Q, A, Z, E>
where
    E: Real,
    T: Record<E>,
    A: Encoder<E> + Clone + TensorCollection<E, Cpu, To<E, Cpu> = A>,
    Q: Posterior<A::Input, E, T>,
    Z: Width,
    Cpu: Device<E>,
{
    /// The center of each layer, given those of the layers below.
    fn center(&self) -> Batch<Z, E, T> {
        self.climb(self.first.center(), |q| q.center())
    }
}
