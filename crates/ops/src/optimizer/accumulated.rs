use super::{ANOTHER_MODEL, Optimizer, OptimizerState, Pass};
use crate::{Gradients, Real};
use dfdx::prelude::{Cpu, Device, HasShape, Shape, Tensor, TensorCollection};

/// An optimizer that makes one step for several batches, along the mean of their gradients: large batches in the memory of
/// small ones.
///
/// Batches of the same size give the gradient of one batch of them all. What is left at the end of an epoch waits for the next one.
/// The running statistics of normalization move with every step, to those of its last batch.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Accumulated, Optimizer, Sgd};
///
/// let mut w = Cpu::default().tensor(0.0f64);
/// let mut sgd = Accumulated { optimizer: Sgd::new(1.0), batches: 2 };
/// for slope in [1.0, 3.0] {
///     assert_eq!(w.array(), 0.0);
///     let loss = w.leaky_trace() * slope;
///     sgd.update(&mut w, &mut [loss.backward().into()]);
/// }
/// assert_eq!(w.array(), -2.0);
/// ```
#[derive(Clone, Debug)]
pub struct Accumulated<O> {
    /// What makes the steps.
    pub optimizer: O,
    /// Batches for a step.
    pub batches: u64,
}

impl<E: Real, O: Optimizer<E>> Optimizer<E> for Accumulated<O> {
    of_inside!(rule);

    fn update<M: TensorCollection<E, Cpu>>(&mut self, model: &mut M, shards: &mut [Gradients<E>])
    where
        Cpu: Device<E>,
    {
        let batches = self.batches;
        let state = self.state();
        let sum = Add {
            sums: &mut state.pending,
            shards,
            parameter: 0,
        };
        let parameters = sum.over(model).parameter;
        assert_eq!(parameters, state.pending.len(), "{ANOTHER_MODEL}");
        state.pending_batches += 1;
        if state.pending_batches < batches {
            return;
        }
        let share = E::of(1.0 / state.pending_batches as f64);
        state.pending_batches = 0;
        let sums = std::mem::take(&mut state.pending);
        let mut mean = Gradients::new(Some(Default::default()), 0.0);
        let spread = Spread {
            sums: sums.into_iter(),
            share,
            mean: &mut mean,
        };
        spread.over(model);
        let mut all = vec![mean];
        all.extend(shards.iter().map(Gradients::observed_only));
        self.optimizer.update(model, &mut all);
    }

    of_inside!(evaluated);
}

/// Adds the gradients of a batch to the sums.
struct Add<'a, E: Real> {
    sums: &'a mut Vec<Vec<E>>,
    shards: &'a mut [Gradients<E>],
    parameter: usize,
}

impl<E: Real> Pass<E> for Add<'_, E>
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        let gradient = Gradients::sum(self.shards, parameter);
        match self.sums.get_mut(self.parameter) {
            Some(sum) => {
                let len = parameter.shape().num_elements();
                assert_eq!(sum.len(), len, "{ANOTHER_MODEL}");
                sum.iter_mut().zip(gradient).for_each(|(s, g)| *s += g);
            }
            None => self.sums.push(gradient),
        }
        self.parameter += 1;
    }
}

/// Turns the sums into the gradients of one batch.
struct Spread<'a, E: Real> {
    sums: std::vec::IntoIter<Vec<E>>,
    share: E,
    mean: &'a mut Gradients<E>,
}

impl<E: Real> Pass<E> for Spread<'_, E>
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        let mut gradient = self.sums.next().expect(ANOTHER_MODEL);
        gradient.iter_mut().for_each(|g| *g *= self.share);
        self.mean.add(parameter, &gradient);
    }
}
