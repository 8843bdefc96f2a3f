use crate::{Form, Prior};
use dfdx::prelude::{ConstDim, Dim};
use vae_distributions::{Density, KlTo, LowRankNormal, Moments, MultivariateNormal, Normal};
use vae_distributions::{SphericalUniform, StandardNormal, VonMisesFisher};
use vae_ops::{Batch, PerExample, Real, Record, formula};
use vae_reparam::{Noise, Parameters, Rsample};

/// q(z|x), the approximate posterior of a batch: what an encoder gives. Gradients flow through its samples.
///
/// A new one is an `impl` of this with [`center`](Self::center); a divergence in closed form is one more method.
pub trait Posterior<Z: ConstDim, E: Real, T: Record<E>>:
    Rsample<Z, E, T> + Density<Z, E, T> + Parameters
{
    /// The code that stands for the distribution where one number per dimension is wanted, shape (B, Z): its mean, or what
    /// takes the place of a mean.
    fn center(&self) -> Batch<Z, E, T>;

    /// KL(q(z|x) ‖ p(z)) in nats, shape (B,): in closed form where one is known for the [`Form`] of the prior, else the
    /// unbiased one-sample estimate ln q(z|x) − ln p(z) at `z`, a sample of q.
    fn kl<P: Prior<E, Latent = Z>>(&self, prior: &P, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        log_ratio(self, prior, z)
    }

    /// q(z|x), if it is a normal distribution of independent elements.
    fn normal(&self) -> Option<Normal<Z, E, T>> {
        None
    }

    /// The distribution of each element of z given those that it depends on, at the code `z`, if all of these are normal:
    /// [`normal`](Self::normal), or the layers of a hierarchy that is inferred in the order of the prior, from the top down. From
    /// the bottom up, p(z₁|z₂) is not taken at a z₂ that is independent of z₁, and the divergence is none of layers.
    fn conditionals(&self, _z: &Batch<Z, E, T>) -> Option<Normal<Z, E, T>> {
        self.normal()
    }

    /// The divergence by dimension of z, shape (B, Z), where q and the prior have normal [`conditionals`](Self::conditionals). Its sum
    /// over the dimensions is [`kl`](Self::kl); in a hierarchy, in expectation.
    fn kl_by_dimension<P: Prior<E, Latent = Z>>(
        &self,
        prior: &P,
        z: &Batch<Z, E, T>,
    ) -> Option<Batch<Z, E, T>> {
        let q = self.conditionals(z)?;
        match prior.form(z) {
            Form::StandardNormal => Some(q.kl_of_elements(&Normal::standard(z))),
            Form::Normal(p) => Some(q.kl_of_elements(&p)),
            _ => None,
        }
    }

    /// A sample z, with the randomness at `noise`, and ln q(z|x).
    fn rsample_and_log_prob(&self, noise: Noise) -> (Batch<Z, E, T>, PerExample<E, T>) {
        let z = self.rsample(noise);
        let log_q = self.log_prob(&z);
        (z, log_q)
    }

    /// A sample z, with the randomness at `noise`, and [`kl`](Self::kl) at z.
    fn rsample_and_kl<P: Prior<E, Latent = Z>>(
        &self,
        prior: &P,
        noise: Noise,
    ) -> (Batch<Z, E, T>, PerExample<E, T>) {
        let z = self.rsample(noise);
        let kl = self.kl(prior, &z);
        (z, kl)
    }
}

/// ln q(z) − ln p(z).
fn log_ratio<Z: ConstDim, E: Real, T: Record<E>, P: Prior<E, Latent = Z>>(
    q: &(impl Density<Z, E, T> + ?Sized),
    prior: &P,
    z: &Batch<Z, E, T>,
) -> PerExample<E, T> {
    formula([q.log_prob(z), prior.log_prob(z)], |[q, p]| q - p)
}

impl<Z: ConstDim, E: Real, T: Record<E>> Posterior<Z, E, T> for Normal<Z, E, T> {
    fn center(&self) -> Batch<Z, E, T> {
        self.mean()
    }

    fn normal(&self) -> Option<Normal<Z, E, T>> {
        Some(self.clone())
    }

    fn kl<P: Prior<E, Latent = Z>>(&self, prior: &P, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        match prior.form(z) {
            Form::StandardNormal => self.kl_to(&StandardNormal),
            Form::Normal(p) => self.kl_to(&p),
            _ => log_ratio(self, prior, z),
        }
    }

    fn rsample_and_kl<P: Prior<E, Latent = Z>>(
        &self,
        prior: &P,
        noise: Noise,
    ) -> (Batch<Z, E, T>, PerExample<E, T>) {
        prior.rsample_and_kl(self, noise)
    }
}

impl<Z: ConstDim, E: Real, T: Record<E>> Posterior<Z, E, T> for MultivariateNormal<Z, E, T> {
    fn center(&self) -> Batch<Z, E, T> {
        self.mean()
    }

    fn kl<P: Prior<E, Latent = Z>>(&self, prior: &P, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        match prior.form(z) {
            Form::StandardNormal => self.kl_to(&StandardNormal),
            _ => log_ratio(self, prior, z),
        }
    }
}

impl<Z: ConstDim, R: Dim, E: Real, T: Record<E>> Posterior<Z, E, T> for LowRankNormal<Z, R, E, T> {
    fn center(&self) -> Batch<Z, E, T> {
        self.mean()
    }

    fn kl<P: Prior<E, Latent = Z>>(&self, prior: &P, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        match prior.form(z) {
            Form::StandardNormal => self.kl_to(&StandardNormal),
            _ => log_ratio(self, prior, z),
        }
    }
}

impl<Z: ConstDim, E: Real, T: Record<E>> Posterior<Z, E, T> for VonMisesFisher<Z, E, T> {
    /// The mean direction μ, which is on the sphere as the samples are.
    fn center(&self) -> Batch<Z, E, T> {
        self.loc.clone()
    }

    fn kl<P: Prior<E, Latent = Z>>(&self, prior: &P, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        match prior.form(z) {
            Form::SphericalUniform => self.kl_to(&SphericalUniform),
            _ => log_ratio(self, prior, z),
        }
    }
}
