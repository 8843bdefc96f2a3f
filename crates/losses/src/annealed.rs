use crate::{Objective, Terms};
use dfdx::prelude::NoneTape;
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record};
use vae_reparam::Noise;

/// An objective whose hyperparameters change with the step: before step t = 0, 1, … `schedule` is called with it and t.
///
/// ```
/// use vae_losses::{Annealed, Elbo, Objective, warm_up};
///
/// // KL warm-up (Bowman et al. 2016; Sønderby et al. 2016) over 10 000 steps.
/// let mut objective = Annealed {
///     objective: Elbo { beta: 0.0 },
///     schedule: |elbo: &mut Elbo, t| elbo.beta = warm_up::linear(t, 10_000),
/// };
/// Objective::<f32>::begin(&mut objective, 2500);
/// assert_eq!(objective.objective.beta, 0.25);
/// ```
#[derive(Clone, Debug)]
pub struct Annealed<O, F> {
    /// What is minimized.
    pub objective: O,
    /// Called before each step with t.
    pub schedule: F,
}

impl<E: Real, O: Objective<E>, F: Fn(&mut O, u64)> Objective<E> for Annealed<O, F> {
    fn shard(&self) -> usize {
        self.objective.shard()
    }

    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        self.objective.evaluate(model, x, noise)
    }

    fn begin(&mut self, step: u64) {
        (self.schedule)(&mut self.objective, step);
        self.objective.begin(step);
    }

    fn observe(&mut self, shards: &[Terms<E, NoneTape>]) {
        self.objective.observe(shards);
    }

    fn state(&self) -> Vec<f64> {
        self.objective.state()
    }

    fn restore(&mut self, state: &[f64]) {
        self.objective.restore(state);
    }
}
