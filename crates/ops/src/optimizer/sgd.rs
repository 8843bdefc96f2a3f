use super::{Optimizer, OptimizerState};
use crate::Real;

/// Stochastic gradient descent, optionally with momentum (Polyak 1964) or Nesterov's (Sutskever et al. 2013).
///
/// With gradient g: b ← μb + g, and θ ← θ − αb; Nesterov's is θ ← θ − α(g + μb). The step size is outside the momentum,
/// as in PyTorch, so that a schedule acts on the whole step.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Optimizer, Sgd};
///
/// let mut w = Cpu::default().tensor(1.0f32);
/// let mut optimizer = Sgd { momentum: 0.5, ..Sgd::new(0.25) };
/// for expected in [0.5, 0.0, -0.25] {
///     let gradients = w.leaky_trace().square().backward();
///     optimizer.update(&mut w, &mut [gradients.into()]);
///     assert_eq!(w.array(), expected);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Sgd<E = f32> {
    /// Step size α.
    pub learning_rate: f64,
    /// μ; 0 is plain gradient descent, which keeps no average.
    pub momentum: f64,
    /// Whether to look ahead along the momentum.
    pub nesterov: bool,
    /// What has to be saved to resume training.
    pub state: OptimizerState<E>,
}

impl<E: Real> Sgd<E> {
    /// Without momentum.
    pub fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            momentum: 0.0,
            nesterov: false,
            state: OptimizerState::default(),
        }
    }
}

impl<E: Real> Optimizer<E> for Sgd<E> {
    fn averages(&self) -> usize {
        usize::from(self.momentum != 0.0)
    }

    fn rule(&self, _step: u64) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync {
        let (alpha, momentum) = (E::of(self.learning_rate), E::of(self.momentum));
        let nesterov = self.nesterov;
        move |theta, g, [b, unused]| {
            let b = momentum * b + g;
            let direction = if nesterov { g + momentum * b } else { b };
            (theta - alpha * direction, [b, unused])
        }
    }

    fn state(&mut self) -> &mut OptimizerState<E> {
        &mut self.state
    }
}
