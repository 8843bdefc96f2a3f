use crate::{Rows, Width};
use vae_distributions::{Density, Moments};
use vae_ops::{Batch, Real, Record};
use vae_priors::Posterior;

/// x ↦ q(z|x), the approximate posterior.
#[diagnostic::on_unimplemented(message = "`{Self}` is not an encoder for elements of type `{E}`")]
pub trait Encoder<E: Real> {
    /// The width of x.
    type Input: Width;
    /// The dimension of z.
    type Latent: Width;
    /// q(z|x).
    type Posterior<T: Record<E>>: Posterior<Self::Latent, E, T>;

    /// q(z|x) for each example of a batch.
    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T>;

    /// The width of x, as a number.
    fn input(&self) -> Self::Input {
        Self::Input::default()
    }

    /// Adds the rows of its layers to a [`Summary`](crate::Summary).
    fn summarize(&self, _path: &str, _rows: &mut Rows) {}
}

/// z ↦ p(x|z), the generative model.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a decoder for elements of type `{E}`")]
pub trait Decoder<E: Real> {
    /// The dimension of z.
    type Latent: Width;
    /// The width of x.
    type Output: Width;
    /// p(x|z).
    type Likelihood<T: Record<E>>: Density<Self::Output, E, T> + Moments<Self::Output, E, T>;

    /// p(x|z) for each code of a batch.
    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T>;

    /// Adds the rows of its layers to a [`Summary`](crate::Summary).
    fn summarize(&self, _path: &str, _rows: &mut Rows) {}
}
