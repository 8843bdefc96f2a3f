use crate::pass::Pass;
use crate::{Objective, Terms, WHOLE_BATCH};
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record, batch_mean, formula};
use vae_reparam::Noise;

/// −E\[ln p(x|z)\] + γ |E\[KL(q(z|x) ‖ p(z))\] − C|, means over the batch (Burgess et al. 2018, eq. 8): a code is given C nats. Let C
/// grow with [`Annealed`](crate::Annealed).
///
/// With γ = 1 and C = 0 it is the negative evidence lower bound.
///
/// ```
/// use vae_losses::{Annealed, Capacity, warm_up};
///
/// // To 25 nats in 100 000 steps.
/// let objective = Annealed {
///     objective: Capacity { gamma: 1000.0, nats: 0.0 },
///     schedule: |capacity: &mut Capacity, t| capacity.nats = 25.0 * warm_up::linear(t, 100_000),
/// };
/// # let _ = objective;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// γ
    pub gamma: f64,
    /// C, in nats.
    pub nats: f64,
}

impl<E: Real> Objective<E> for Capacity {
    fn shard(&self) -> usize {
        WHOLE_BATCH
    }

    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let Self { gamma, nats } = *self;
        let pass = Pass::through(model, x, noise);
        let means = [pass.log_likelihood.clone(), pass.kl.clone()].map(batch_mean);
        let loss = formula(means, move |[l, kl]| gamma * (kl - nats).abs() - l);
        Terms {
            extras: vec![("capacity", nats)],
            ..pass.terms(loss)
        }
    }
}
