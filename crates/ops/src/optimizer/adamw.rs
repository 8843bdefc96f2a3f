use super::adam;
use super::{Optimizer, OptimizerState};
use crate::Real;

/// AdamW: Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2).
///
/// The decay λ does not pass through the moments: θ ← (1 − αλ) θ, then a step of [`Adam`](crate::Adam). As usual since,
/// λ is multiplied by the step size α, which is the paper's schedule multiplier η_t with its α taken in. All parameters
/// decay, biases included.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{AdamW, Optimizer};
///
/// let mut w = Cpu::default().tensor([1.0f32, 2.0]);
/// let mut optimizer = AdamW { weight_decay: 0.5, ..AdamW::new(0.1) };
/// // Without a gradient there is decay alone.
/// let gradients = w.alloc_grads();
/// optimizer.update(&mut w, &mut [gradients.into()]);
/// assert_eq!(w.array(), [0.95, 1.9]);
/// ```
#[derive(Clone, Debug)]
pub struct AdamW<E = f32> {
    /// Step size α.
    pub learning_rate: f64,
    /// Decay rates β₁ and β₂ of the moments.
    pub betas: [f64; 2],
    /// ε, added to the root of the second moment.
    pub epsilon: f64,
    /// λ, the decay of the parameters.
    pub weight_decay: f64,
    /// What has to be saved to resume training.
    pub state: OptimizerState<E>,
}

impl<E: Real> AdamW<E> {
    /// With β₁ = 0.9, β₂ = 0.999, ε = 1e-8, λ = 0.01.
    pub fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            weight_decay: 0.01,
            state: OptimizerState::default(),
        }
    }
}

impl<E: Real> Optimizer<E> for AdamW<E> {
    fn averages(&self) -> usize {
        2
    }

    fn rule(&self, step: u64) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync {
        let keep = E::of(1.0 - self.learning_rate * self.weight_decay);
        let adam = adam::rule(self.learning_rate, self.betas, self.epsilon, step);
        move |theta, g, moments| adam(keep * theta, g, moments)
    }

    fn state(&mut self) -> &mut OptimizerState<E> {
        &mut self.state
    }
}
