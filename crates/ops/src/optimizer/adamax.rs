use super::{Optimizer, OptimizerState};
use crate::Real;

/// Adamax (Kingma & Ba 2015, algorithm 2): Adam with the infinity norm in place of the second moment.
///
/// With gradient g at step t: m ← β₁m + (1−β₁)g, u ← max(β₂u, |g| + ε), and θ ← θ − α/(1−β₁ᵗ) · m/u. The paper has no ε:
/// it keeps parameters that never had a gradient from dividing 0 by 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Adamax, Optimizer};
///
/// let mut w = Cpu::default().tensor(1.0f32);
/// let mut optimizer = Adamax::new(0.25);
/// let gradients = w.leaky_trace().square().backward();
/// optimizer.update(&mut w, &mut [gradients.into()]);
/// assert_eq!(w.array(), 0.75);
/// ```
#[derive(Clone, Debug)]
pub struct Adamax<E = f32> {
    /// Step size α.
    pub learning_rate: f64,
    /// Decay rates β₁ of the first moment and β₂ of the infinity norm.
    pub betas: [f64; 2],
    /// ε, added to |g|.
    pub epsilon: f64,
    /// What has to be saved to resume training.
    pub state: OptimizerState<E>,
}

impl<E: Real> Adamax<E> {
    /// With the paper's β₁ = 0.9, β₂ = 0.999, and ε = 1e-8.
    pub fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            state: OptimizerState::default(),
        }
    }
}

impl<E: Real> Optimizer<E> for Adamax<E> {
    fn averages(&self) -> usize {
        2
    }

    fn rule(&self, step: u64) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync {
        let [beta_1, beta_2] = self.betas;
        let alpha = E::of(self.learning_rate / (1.0 - beta_1.powf(step as f64)));
        let (keep, add) = (E::of(beta_1), E::of(1.0 - beta_1));
        let (beta_2, epsilon) = (E::of(beta_2), E::of(self.epsilon));
        move |theta, g, [m, u]| {
            let m = keep * m + add * g;
            let u = (beta_2 * u).max(g.abs() + epsilon);
            (theta - alpha * m / u, [m, u])
        }
    }

    fn state(&mut self) -> &mut OptimizerState<E> {
        &mut self.state
    }
}
