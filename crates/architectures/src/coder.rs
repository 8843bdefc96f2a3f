use dfdx::prelude::ConstDim;
use vae_distributions::{Density, Moments, Normal};
use vae_ops::{Batch, Real, Record};

/// x ↦ q(z|x), the approximate posterior.
#[diagnostic::on_unimplemented(message = "`{Self}` is not an encoder for elements of type `{E}`")]
pub trait Encoder<E: Real> {
    /// The width of x.
    type Input: ConstDim;
    /// The dimension of z.
    type Latent: ConstDim;

    /// q(z|x) for each example of a batch.
    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Normal<Self::Latent, E, T>;
}

/// z ↦ p(x|z), the generative model.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a decoder for elements of type `{E}`")]
pub trait Decoder<E: Real> {
    /// The dimension of z.
    type Latent: ConstDim;
    /// The width of x.
    type Output: ConstDim;
    /// p(x|z).
    type Likelihood<T: Record<E>>: Density<Self::Output, E, T> + Moments<Self::Output, E, T>;

    /// p(x|z) for each code of a batch.
    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T>;
}
