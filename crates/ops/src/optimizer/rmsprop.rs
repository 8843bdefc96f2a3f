use super::{Optimizer, OptimizerState};
use crate::Real;

/// RMSprop (Tieleman & Hinton 2012, lecture 6.5), optionally centered (Graves 2013).
///
/// With gradient g: v ← ρv + (1−ρ)g², and θ ← θ − α · g / (√v + ε). Centered, m ← ρm + (1−ρ)g, and √(v − m²), the
/// standard deviation of the gradient, takes the place of √v. The average starts at 0 and ε is outside the root, as in
/// PyTorch.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Optimizer, RmsProp};
///
/// let mut w = Cpu::default().tensor(1.0f32);
/// let mut optimizer = RmsProp::new(0.01);
/// for _ in 0..200 {
///     let gradients = w.leaky_trace().square().backward();
///     optimizer.update(&mut w, &mut [gradients.into()]);
/// }
/// assert!(w.array().abs() < 0.02);
/// ```
#[derive(Clone, Debug)]
pub struct RmsProp<E = f32> {
    /// Step size α.
    pub learning_rate: f64,
    /// Decay rate ρ of the averages.
    pub decay: f64,
    /// ε, added to the root.
    pub epsilon: f64,
    /// Whether the mean of the gradient is subtracted from its second moment.
    pub centered: bool,
    /// What has to be saved to resume training.
    pub state: OptimizerState<E>,
}

impl<E: Real> RmsProp<E> {
    /// With ρ = 0.99, ε = 1e-8, not centered.
    pub fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            decay: 0.99,
            epsilon: 1e-8,
            centered: false,
            state: OptimizerState::default(),
        }
    }
}

impl<E: Real> Optimizer<E> for RmsProp<E> {
    fn averages(&self) -> usize {
        if self.centered { 2 } else { 1 }
    }

    fn rule(&self, _step: u64) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync {
        let (alpha, epsilon) = (E::of(self.learning_rate), E::of(self.epsilon));
        let (keep, add) = (E::of(self.decay), E::of(1.0 - self.decay));
        let mean_rate = if self.centered { add } else { E::zero() };
        move |theta, g, [v, m]| {
            let v = keep * v + add * g * g;
            // 0 throughout if not centered.
            let m = m + mean_rate * (g - m);
            // Never negative but for rounding.
            let variance = (v - m * m).max(E::zero());
            (theta - alpha * g / (variance.sqrt() + epsilon), [v, m])
        }
    }

    fn state(&mut self) -> &mut OptimizerState<E> {
        &mut self.state
    }
}
