use crate::Posterior;
use dfdx::prelude::ConstDim;
use vae_distributions::Normal;
use vae_ops::{Batch, Gradients, PerExample, Real, Record};
use vae_reparam::{Noise, Rsample};

/// p(z): the distribution that the latent code has before an observation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a prior for elements of type `{E}`",
    note = "priors are `StandardNormal<Z>`, `LearnedNormal<Z>`, `Mixture<K, Z>` and whatever implements `Prior`"
)]
pub trait Prior<E: Real> {
    /// The dimension of z.
    type Latent: ConstDim;

    /// ln p(z) in nats, shape (B,).
    fn log_prob<T: Record<E>>(&self, z: &Batch<Self::Latent, E, T>) -> PerExample<E, T>;

    /// `count` independent samples of p(z), shape (count, Z).
    fn sample(&self, count: usize, noise: Noise) -> Batch<Self::Latent, E>;

    /// What p is, if a [`Posterior`] may know its divergence from that in closed form.
    fn form<T: Record<E>>(&self, _z: &Batch<Self::Latent, E, T>) -> Form<Self::Latent, E, T> {
        Form::Other
    }

    /// A sample z of a diagonal normal q, with the randomness at `noise`, and the divergence of q from p. A prior for which
    /// the two are worked out together says how.
    fn rsample_and_kl<T: Record<E>>(
        &self,
        q: &Normal<Self::Latent, E, T>,
        noise: Noise,
    ) -> (Batch<Self::Latent, E, T>, PerExample<E, T>)
    where
        Self: Sized,
    {
        let z = q.rsample(noise);
        let kl = q.kl(self, &z);
        (z, kl)
    }

    /// The prior of a model whose encoder is `encoder`, for one that is made of it, as a VampPrior is.
    fn beside<Q: 'static>(&self, _encoder: &Q) -> Self
    where
        Self: Clone,
    {
        self.clone()
    }

    /// The same prior with what it computes from its parameters alone computed once, for many batches. Gradients stop there, and
    /// [`pull_back`](Self::pull_back) takes them on.
    fn prepared(&self) -> Self
    where
        Self: Clone,
    {
        self.clone()
    }

    /// From the gradients in what was [prepared](Self::prepared), which are among those of the `shards` of a batch, to those of
    /// the parameters: further shards. What is drawn at random for that comes from `noise`.
    fn pull_back(&self, _shards: &mut [Gradients<E>], _noise: Noise) -> Vec<Gradients<E>> {
        Vec::new()
    }
}

/// The kinds of priors that divergences are known from in closed form.
#[derive(Clone, Debug)]
pub enum Form<Z: ConstDim, E: Real, T> {
    /// N(0, I).
    StandardNormal,
    /// A normal distribution for each example. Its parameters for an element of z may depend on the elements of the code
    /// behind it, as they do in a hierarchy: p(z) = p(z₁|z₂) p(z₂) is a product of normal densities at the code `form` was asked about.
    Normal(Normal<Z, E, T>),
    /// Uniform on the unit sphere.
    SphericalUniform,
    /// Something else: divergences are estimated.
    Other,
}
