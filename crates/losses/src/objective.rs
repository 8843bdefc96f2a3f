use vae_architectures::LatentModel;
use vae_ops::{Batch, PerExample, Real, Record, Scalar};
use vae_reparam::Noise;

/// What training minimizes.
pub trait Objective<E: Real> {
    /// The loss of a model on a batch of data, with the randomness at `noise`.
    ///
    /// The tape of `x` decides whether the result can be differentiated; `GradTape::for_data` is the one for training.
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T>;
}

/// A loss, and the terms behind it in nats.
#[derive(Clone, Debug)]
pub struct Terms<E: Real, T> {
    /// What is minimized: a mean over the batch.
    pub loss: Scalar<E, T>,
    /// The evidence lower bound on ln p(x), one value per example: never a surrogate.
    pub elbo: PerExample<E>,
    /// −ln p(x|z) at the samples used, one value per example.
    pub reconstruction: PerExample<E>,
    /// KL(q(z|x) ‖ p(z)) as the prior computes it, one value per example.
    pub kl: PerExample<E>,
}
