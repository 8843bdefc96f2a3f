use crate::ConditionalNormal;
use crate::conditioning::assert_sum;
use crate::{Event, Layer, Width};
use dfdx::prelude::{Device, Dim, Dtype, ModuleVisitor, TensorCollection};
use std::marker::PhantomData;
use vae_distributions::{Density, Normal};
use vae_ops::{Batch, PerExample, Real, Record, columns, concat, formula};
use vae_priors::{Form, Prior};
use vae_reparam::{Noise, Rsample};

/// p(z) = p(z₁|z′) p(z′) with p(z₁|z′) = N(μ(z′), diag σ²(z′)) and any prior of z′, such as another hierarchy: a code in
/// layers. z is (z₁, z′) in one row, of a width `Z` that is the sum of the two.
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu, HasShape};
/// use vae_architectures::{GaussianDecoder, Hierarchy, Mlp};
/// use vae_priors::{Prior, StandardNormal};
/// use vae_reparam::Noise;
///
/// type Z1 = Const<32>;
/// type Z2 = Const<16>;
/// type Lower = GaussianDecoder<Mlp<Z2, Const<100>>, Z1>; // p(z₁|z₂)
/// type P = Hierarchy<Lower, StandardNormal<Z2>, Const<48>>;
///
/// let prior: P = BuildModule::<Cpu, f32>::build(&Cpu::seed_from_u64(0));
/// let z = prior.sample(5, Noise::new(0, "prior"));
/// assert_eq!(z.shape(), &(5, Const));
/// ```
#[derive(Clone, Debug)]
pub struct Hierarchy<Lower, Upper, Z> {
    /// p(z₁|z′)
    pub lower: Lower,
    /// p(z′)
    pub upper: Upper,
    latent: PhantomData<Z>,
}

impl<Body, Head, Upper, Z> Hierarchy<ConditionalNormal<Body, Head>, Upper, Z> {
    /// z₁ and z′.
    pub(super) fn split<E, T>(
        z: &Batch<Z, E, T>,
    ) -> (Batch<Head::Output, E, T>, Batch<Body::Input, E, T>)
    where
        E: Real,
        T: Record<E>,
        Z: Width,
        Body: Layer<E, Input: Width>,
        Head: Layer<E, Output: Width>,
    {
        let lower = Head::Output::default();
        let above = columns(z.clone(), lower.size(), Body::Input::default());
        (columns(z.clone(), 0, lower), above)
    }

    /// (z₁, z′), or of any such pair.
    pub(super) fn join<E, T>(
        lower: Batch<Head::Output, E, T>,
        above: Batch<Body::Input, E, T>,
    ) -> Batch<Z, E, T>
    where
        E: Real,
        T: Record<E>,
        Z: Width,
        Body: Layer<E, Input: Width>,
        Head: Layer<E, Output: Width>,
    {
        const {
            assert_sum(
                <Head::Output as Event>::NUMEL,
                <Body::Input as Event>::NUMEL,
                Z::NUMEL,
            )
        };
        concat(lower, above, Z::default())
    }

    /// The same of two normal distributions.
    pub(super) fn join_normals<E, T>(
        lower: Normal<Head::Output, E, T>,
        above: Normal<Body::Input, E, T>,
    ) -> Normal<Z, E, T>
    where
        E: Real,
        T: Record<E>,
        Z: Width,
        Body: Layer<E, Input: Width>,
        Head: Layer<E, Output: Width>,
    {
        Normal {
            mean: Self::join(lower.mean, above.mean),
            log_var: Self::join(lower.log_var, above.log_var),
        }
    }
}

impl<E, Body, Head, Upper, Z> Prior<E> for Hierarchy<ConditionalNormal<Body, Head>, Upper, Z>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
    Upper: Prior<E, Latent = Body::Input>,
    Z: Width,
{
    type Latent = Z;

    fn log_prob<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        let (lower, above) = Self::split(z);
        let of_lower = self.lower.at(above.clone()).log_prob(&lower);
        formula([of_lower, self.upper.log_prob(&above)], |[a, b]| a + b)
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<Z, E> {
        let above = self.upper.sample(count, noise.stream("above"));
        let lower = self.lower.at(above.clone()).rsample(noise);
        Self::join(lower, above)
    }

    fn form<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> Form<Z, E, T> {
        let (_, above) = Self::split(z);
        let upper = match self.upper.form(&above) {
            Form::StandardNormal => Normal::standard(&above),
            Form::Normal(normal) => normal,
            _ => return Form::Other,
        };
        Form::Normal(Self::join_normals(self.lower.at(above), upper))
    }
}

impl<E, D, Lower, Upper, Z> TensorCollection<E, D> for Hierarchy<Lower, Upper, Z>
where
    E: Dtype,
    D: Device<E>,
    Lower: TensorCollection<E, D>,
    Upper: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = Hierarchy<Lower::To<E2, D2>, Upper::To<E2, D2>, Z>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("lower", |s| &s.lower, |s| &mut s.lower),
                Self::module("upper", |s| &s.upper, |s| &mut s.upper),
            ),
            |(lower, upper)| Hierarchy {
                lower,
                upper,
                latent: PhantomData,
            },
        )
    }
}
