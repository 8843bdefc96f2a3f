use dfdx::prelude::ConstDim;
use vae_distributions::Normal;
use vae_ops::{Batch, PerExample, Real, Record};
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

    /// KL(q(z|x) ‖ p(z)) in nats, shape (B,): in closed form where there is one, else the unbiased one-sample estimate
    /// ln q(z|x) − ln p(z) at `z`, a sample of `q`.
    fn kl<T: Record<E>>(
        &self,
        q: &Normal<Self::Latent, E, T>,
        z: &Batch<Self::Latent, E, T>,
    ) -> PerExample<E, T>;

    /// A sample z of q, with the randomness at `noise`, and [`kl`](Self::kl) at z. A prior whose divergence is worked out
    /// together with the sample says how.
    fn rsample_and_kl<T: Record<E>>(
        &self,
        q: &Normal<Self::Latent, E, T>,
        noise: Noise,
    ) -> (Batch<Self::Latent, E, T>, PerExample<E, T>) {
        let z = q.rsample(noise);
        let kl = self.kl(q, &z);
        (z, kl)
    }

    /// `count` independent samples of p(z), shape (count, Z).
    fn sample(&self, count: usize, noise: Noise) -> Batch<Self::Latent, E>;
}
