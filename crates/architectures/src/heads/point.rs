use crate::collection::collection;
use crate::summary::summarize;
use crate::{Encoder, Layer, Linear, Vae, Width};
use dfdx::prelude::{ConstDim, Dim, NoneTape, PutTape, TensorFromVec};
use dfdx::prelude::{Cpu, HasShape};
use vae_distributions::Density;
use vae_ops::{Batch, Identity, PerExample, Real, Record, repeat, stop_gradient};
use vae_priors::{Posterior, Prior, StandardNormal};
use vae_reparam::{Noise, Parameters, Rsample};

/// The plain autoencoder, a baseline: one code for each x, no noise and no divergence. What is left of the evidence lower
/// bound is the reconstruction; the prior serves to draw codes, and nothing makes the codes follow it.
///
/// ```
/// use dfdx::prelude::Const;
/// use vae_architectures::*;
///
/// type X = Const<784>;
/// type H = Const<400>;
/// type Z = Const<20>;
/// type Model = Autoencoder<PointEncoder<Mlp<X, H>, Z>, BernoulliDecoder<Mlp<Z, H>, X>, Z>;
/// fn is_a_model<M: LatentModel<f32>>() {}
/// is_a_model::<Model>();
/// ```
pub type Autoencoder<Encoder, Decoder, Z> = Vae<Encoder, Decoder, StandardNormal<Z>>;

/// x ↦ z: a body, then a linear head.
pub type PointEncoder<Body, Z, E = f32> =
    ConditionalPoint<Body, Linear<<Body as Layer<E>>::Output, Z, Identity, E>>;

/// A [`Point`] that is a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalPoint<Body, Head> {
    /// What the head looks at.
    pub body: Body,
    /// To z.
    pub code: Head,
}

collection!(ConditionalPoint<Body, Head> { body, code });

impl<E, Body, Head> Encoder<E> for ConditionalPoint<Body, Head>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
{
    type Input = Body::Input;
    type Latent = Head::Output;
    type Posterior<T: Record<E>> = Point<Self::Latent, E, T>;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        Point {
            code: self.code.forward(self.body.forward(x)),
        }
    }

    fn input(&self) -> Self::Input {
        self.body.input()
    }

    summarize!(body, code);
}

/// All mass at one code, shape (B, Z): the posterior of a plain autoencoder. It has no density; what stands for it is 0, and
/// so does what stands for its divergence from any prior, so that a likelihood by importance sampling means nothing.
#[derive(Clone, Debug)]
pub struct Point<Z: Dim, E: Real = f32, T = NoneTape> {
    /// z
    pub code: Batch<Z, E, T>,
}

impl<Z: Dim, E: Real, T: Record<E>> Point<Z, E, T> {
    fn zeros(&self) -> PerExample<E, T> {
        let batch = self.code.shape().0;
        let zeros: PerExample<E> = Cpu::default().tensor_from_vec(vec![E::zero(); batch], (batch,));
        zeros.put_tape(T::for_data())
    }
}

impl<Z: Dim, E: Real, T: Record<E>> Rsample<Z, E, T> for Point<Z, E, T> {
    fn rsample(&self, _: Noise) -> Batch<Z, E, T> {
        self.code.clone()
    }
}

impl<Z: Dim, E: Real, T: Record<E>> Density<Z, E, T> for Point<Z, E, T> {
    /// 0.
    fn log_prob(&self, _: &Batch<Z, E, T>) -> PerExample<E, T> {
        self.zeros()
    }
}

impl<Z: Dim, E: Real, T: Record<E>> Parameters for Point<Z, E, T> {
    fn repeat(&self, times: usize) -> Self {
        Self {
            code: repeat(self.code.clone(), times),
        }
    }

    fn detach(&self) -> Self {
        Self {
            code: stop_gradient(&self.code),
        }
    }
}

impl<Z: ConstDim, E: Real, T: Record<E>> Posterior<Z, E, T> for Point<Z, E, T> {
    fn center(&self) -> Batch<Z, E, T> {
        self.code.clone()
    }

    /// 0.
    fn kl<P: Prior<E, Latent = Z>>(&self, _: &P, _: &Batch<Z, E, T>) -> PerExample<E, T> {
        self.zeros()
    }
}
