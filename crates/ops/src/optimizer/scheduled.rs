use super::{Optimizer, OptimizerState};
use crate::{Gradients, Real};
use dfdx::prelude::{Cpu, Device, TensorCollection};

/// An optimizer whose hyperparameters change with the step: before step t = 0, 1, … `schedule` is called with it and t.
///
/// ```
/// use vae_ops::{cosine, Adam, Scheduled};
///
/// let steps = 10_000;
/// let adam = Scheduled {
///     optimizer: Adam::<f32>::new(1e-3),
///     schedule: |adam: &mut Adam, t| adam.learning_rate = 1e-3 * cosine(t, steps),
/// };
/// # let _ = adam;
/// ```
#[derive(Clone, Debug)]
pub struct Scheduled<O, F> {
    /// What makes the steps.
    pub optimizer: O,
    /// Called before each with t.
    pub schedule: F,
}

impl<E: Real, O: Optimizer<E>, F: Fn(&mut O, u64)> Optimizer<E> for Scheduled<O, F> {
    of_inside!(rule);

    fn update<M: TensorCollection<E, Cpu>>(&mut self, model: &mut M, shards: &mut [Gradients<E>])
    where
        Cpu: Device<E>,
    {
        let t = self.state().step;
        (self.schedule)(&mut self.optimizer, t);
        self.optimizer.update(model, shards);
    }

    of_inside!(evaluated);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Adam, GradTape, backward};
    use dfdx::prelude::{AsArray, PutTape, TensorFrom};

    #[test]
    fn each_step_is_made_with_its_own_rate() {
        // Steps of Adam along a constant gradient are as long as its rate.
        let mut w = Cpu::default().tensor(0.0f64);
        let mut adam = Scheduled {
            optimizer: Adam::new(f64::NAN),
            schedule: |adam: &mut Adam<f64>, t| adam.learning_rate = 1.0 / (t + 1) as f64,
        };
        for expected in [-1.0, -1.5, -1.5 - 1.0 / 3.0] {
            let loss = w.clone().put_tape(GradTape::new()) * 2.0;
            adam.update(&mut w, &mut [backward(loss, 1.0)]);
            assert!((w.array() - expected).abs() < 1e-6);
        }
        assert_eq!(adam.state().step, 3);
    }
}
