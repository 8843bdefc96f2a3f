use crate::SHARD;
use dfdx::prelude::NoneTape;
use vae_architectures::LatentModel;
use vae_ops::{Batch, PerExample, Real, Record, Scalar};
use vae_reparam::Noise;

/// What training minimizes.
///
/// A new one is a struct of its hyperparameters and [`evaluate`](Self::evaluate); the rest is for those that look at more than one
/// example, or that change while a model learns.
pub trait Objective<E: Real> {
    /// How many examples are computed at once, on one thread: a batch is cut into shards of as many.
    ///
    /// [`WHOLE_BATCH`](crate::WHOLE_BATCH) where the loss is anything but the mean of a loss of each example.
    fn shard(&self) -> usize {
        SHARD
    }

    /// The loss of a model on a batch of data, with the randomness at `noise`.
    ///
    /// The tape of `x` decides whether the result can be differentiated; `GradTape::for_data` is the one for training.
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T>;

    /// Called before step t = 0, 1, … of training, for hyperparameters that change: see [`Annealed`](crate::Annealed).
    fn begin(&mut self, _step: u64) {}

    /// Called after each step with the terms of its shards, for hyperparameters that depend on them.
    fn observe(&mut self, _shards: &[Terms<E, NoneTape>]) {}

    /// What [`observe`](Self::observe) has changed, for a checkpoint.
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Takes a state back.
    fn restore(&mut self, _state: &[f64]) {}
}

/// A loss, and the terms behind it in nats.
#[derive(Clone, Debug)]
pub struct Terms<E: Real, T> {
    /// What is minimized: a mean over the batch.
    pub loss: Scalar<E, T>,
    /// The bound on ln p(x), one value per example: never a surrogate. The evidence lower bound, where an objective has no
    /// other.
    pub elbo: PerExample<E>,
    /// −ln p(x|z) at the samples used, one value per example.
    pub reconstruction: PerExample<E>,
    /// KL(q(z|x) ‖ p(z)) as the posterior computes it, one value per example.
    pub kl: PerExample<E>,
    /// What else the objective has to show, by name: means over the batch, or weights.
    pub extras: Vec<(&'static str, f64)>,
}
