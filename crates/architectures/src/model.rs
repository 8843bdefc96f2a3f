use crate::latent_path::{between, sweep};
use crate::{Rows, Summary, Width};
use dfdx::prelude::{Cpu, Device, Dim, HasShape, TensorCollection, TensorFromVec};
use vae_distributions::{Density, Moments};
use vae_ops::{Batch, Gradients, Real, Record};
use vae_priors::{Posterior, Prior};
use vae_reparam::Noise;

/// A generative model with a latent code, p(x, z) = p(z) p(x|z), and its approximate posterior q(z|x).
///
/// Objectives, metrics and pictures ask for this and nothing more.
pub trait LatentModel<E: Real>: Clone {
    /// The width of x.
    type Input: Width;
    /// The dimension of z.
    type Latent: Width;
    /// q(z|x).
    type Posterior<T: Record<E>>: Posterior<Self::Latent, E, T>;
    /// p(x|z).
    type Likelihood<T: Record<E>>: Density<Self::Input, E, T> + Moments<Self::Input, E, T>;
    /// p(z).
    type Prior: Prior<E, Latent = Self::Latent>;

    /// q(z|x).
    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T>;

    /// p(x|z).
    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T>;

    /// p(z).
    fn prior(&self) -> Self::Prior;

    /// The same model, its prior [prepared](Prior::prepared) for many batches.
    fn prepared(&self) -> Self {
        self.clone()
    }

    /// From the gradients in what was prepared to those of the parameters: see [`Prior::pull_back`].
    fn pull_back(&self, _shards: &mut [Gradients<E>], _noise: Noise) -> Vec<Gradients<E>> {
        Vec::new()
    }

    /// The width of x, as a number.
    fn input(&self) -> Self::Input {
        Self::Input::default()
    }

    /// Adds the rows of its layers to a [`Summary`].
    fn summarize(&self, _rows: &mut Rows) {}

    /// A table of the model's layers, with sizes, parameters and work.
    fn summary(&self) -> Summary
    where
        Self: TensorCollection<E, Cpu>,
        Cpu: Device<E>,
    {
        let mut rows = Rows::default();
        self.summarize(&mut rows);
        Summary::of(self, rows)
    }

    /// How many numbers of side input an example has: 0 but for a [conditional](crate::ConditionalVae) model.
    fn side_width(&self) -> usize {
        0
    }

    /// The model of a batch whose examples have the side input `side`, row after row.
    fn given(&self, side: &[E]) -> Self {
        assert!(side.is_empty(), "this model takes no side input");
        self.clone()
    }

    /// E\[x|z\] at the [center](Posterior::center) of q(z|x), shape (B, X).
    fn reconstruct(&self, x: Batch<Self::Input, E>) -> Batch<Self::Input, E> {
        self.decode(self.encode(x).center()).mean()
    }

    /// E\[x|z\] for `count` draws of z from the prior, shape (count, X).
    fn sample(&self, count: usize, noise: Noise) -> Batch<Self::Input, E> {
        self.decode(self.prior().sample(count, noise)).mean()
    }

    /// E\[x|z\] on the way from the codes of `from` to those of `to`, both ends included: shape (B · steps, X), the steps
    /// of the first pair first.
    ///
    /// # Panics
    /// With fewer than 2 steps, or if the batches differ in size.
    fn interpolate(
        &self,
        from: Batch<Self::Input, E>,
        to: Batch<Self::Input, E>,
        steps: usize,
        way: Interpolation,
    ) -> Batch<Self::Input, E> {
        let [from, to] = [from, to].map(|x| self.encode(x).center());
        self.decode(rows(between(&from, &to, steps, way), from.shape().1))
            .mean()
    }

    /// E\[x|z\] where one dimension of the code takes each of `values` in turn, and the others stay at the center of
    /// q(z|x): shape (B · D · values, X) for D `dimensions`, all values of the first dimension of the first example first.
    ///
    /// # Panics
    /// If z does not have one of the dimensions.
    fn traverse(
        &self,
        x: Batch<Self::Input, E>,
        dimensions: &[usize],
        values: &[E],
    ) -> Batch<Self::Input, E> {
        let center = self.encode(x).center();
        self.decode(rows(sweep(&center, dimensions, values), center.shape().1))
            .mean()
    }
}

fn rows<Z: Dim, E: Real>(z: Vec<E>, width: Z) -> Batch<Z, E> {
    let count = z.len() / width.size().max(1);
    Cpu::default().tensor_from_vec(z, (count, width))
}

/// The way from one code to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interpolation {
    /// (1 − t) a + t b.
    #[default]
    Linear,
    /// (sin((1 − t)Ω) a + sin(tΩ) b) / sin Ω for the angle Ω between a and b (White 2016): it stays at the distance from 0
    /// where samples of N(0, I) are, and on the sphere. Linear where a and b have no angle between 0 and π.
    Spherical,
}
