use dfdx::prelude::{ConstDim, Cpu, HasShape, TensorFromVec};
use vae_distributions::{Density, Moments, Normal};
use vae_ops::{Batch, Real, Record, as_slice};
use vae_priors::Prior;
use vae_reparam::Noise;

/// A generative model with a latent code, p(x, z) = p(z) p(x|z), and its approximate posterior q(z|x).
///
/// Objectives, metrics and pictures ask for this and nothing more.
pub trait LatentModel<E: Real> {
    /// The width of x.
    type Input: ConstDim;
    /// The dimension of z.
    type Latent: ConstDim;
    /// p(x|z).
    type Likelihood<T: Record<E>>: Density<Self::Input, E, T> + Moments<Self::Input, E, T>;
    /// p(z).
    type Prior: Prior<E, Latent = Self::Latent>;

    /// q(z|x).
    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Normal<Self::Latent, E, T>;

    /// p(x|z).
    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T>;

    /// p(z).
    fn prior(&self) -> &Self::Prior;

    /// E\[x|z\] at the mean of q(z|x), shape (B, X).
    fn reconstruct(&self, x: Batch<Self::Input, E>) -> Batch<Self::Input, E> {
        self.decode(self.encode(x).mean).mean()
    }

    /// E\[x|z\] for `count` draws of z from the prior, shape (count, X).
    fn sample(&self, count: usize, noise: Noise) -> Batch<Self::Input, E> {
        self.decode(self.prior().sample(count, noise)).mean()
    }

    /// E\[x|z\] along the straight lines between the posterior means of `from` and `to`, both ends included: shape
    /// (B · steps, X), the steps of the first pair first.
    ///
    /// # Panics
    /// With fewer than 2 steps, or if the batches differ in size.
    fn interpolate(
        &self,
        from: Batch<Self::Input, E>,
        to: Batch<Self::Input, E>,
        steps: usize,
    ) -> Batch<Self::Input, E> {
        assert!(steps >= 2, "an interpolation has two ends");
        let (from, to) = (self.encode(from).mean, self.encode(to).mean);
        assert_eq!(from.shape(), to.shape());
        let width = Self::Latent::SIZE;
        let (from, to) = (as_slice(&from), as_slice(&to));
        let mut z = Vec::with_capacity(from.len() * steps);
        for (a, b) in from.chunks_exact(width).zip(to.chunks_exact(width)) {
            for step in 0..steps {
                let t = E::of(step as f64 / (steps - 1) as f64);
                z.extend(a.iter().zip(b).map(|(a, b)| *a + t * (*b - *a)));
            }
        }
        let rows = z.len() / width;
        self.decode(Cpu::default().tensor_from_vec(z, (rows, Self::Latent::default())))
            .mean()
    }
}
