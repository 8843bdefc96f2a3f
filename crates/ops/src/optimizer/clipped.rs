use super::{Optimizer, OptimizerState, clip_gradient_norm};
use crate::{Gradients, Real};
use dfdx::prelude::{Cpu, Device, TensorCollection};

/// An optimizer whose steps are made along gradients that are [no longer](clip_gradient_norm) than `max_norm` (Pascanu et al. 2013).
///
/// ```
/// use vae_ops::{Adam, Clipped};
///
/// let adam = Clipped { optimizer: Adam::<f32>::new(1e-3), max_norm: 100.0 };
/// # let _ = adam;
/// ```
#[derive(Clone, Debug)]
pub struct Clipped<O> {
    /// What makes the steps.
    pub optimizer: O,
    /// The greatest Euclidean norm over all parameters together.
    pub max_norm: f64,
}

impl<E: Real, O: Optimizer<E>> Optimizer<E> for Clipped<O> {
    of_inside!(rule);

    fn update<M: TensorCollection<E, Cpu>>(&mut self, model: &mut M, shards: &mut [Gradients<E>])
    where
        Cpu: Device<E>,
    {
        clip_gradient_norm(model, shards, self.max_norm);
        self.optimizer.update(model, shards);
    }

    of_inside!(evaluated);
}
