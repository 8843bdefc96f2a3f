use super::{Optimizer, OptimizerState};
use crate::{Gradients, Real};
use dfdx::prelude::{Cpu, Device, TensorCollection};

/// Adam (Kingma & Ba 2015, algorithm 1), over the parameters of a `TensorCollection`.
///
/// With gradient g at step t: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², and
/// θ ← θ − α · m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{backward, Adam, GradTape};
///
/// let mut w = Cpu::default().tensor(1.0f32);
/// let mut adam = Adam::new(0.1);
/// for _ in 0..100 {
///     let loss = w.clone().put_tape(GradTape::new()).square();
///     let gradients = backward(loss, 1.0);
///     adam.update(&mut w, &mut [gradients]);
/// }
/// assert!(w.array().abs() < 0.02);
/// ```
#[derive(Clone, Debug)]
pub struct Adam<E = f32> {
    /// Step size α.
    pub learning_rate: f64,
    /// Decay rates β₁ and β₂ of the moments.
    pub betas: [f64; 2],
    /// ε, added to the root of the second moment.
    pub epsilon: f64,
    /// What has to be saved to resume training.
    pub state: AdamState<E>,
}

/// The state of [`Adam`].
pub type AdamState<E> = OptimizerState<E>;

impl<E: Real> Adam<E> {
    /// With the paper's β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            state: OptimizerState::default(),
        }
    }

    /// [`Optimizer::update`], without the trait in scope.
    pub fn update<M: TensorCollection<E, Cpu>>(
        &mut self,
        model: &mut M,
        shards: &mut [Gradients<E>],
    ) where
        Cpu: Device<E>,
    {
        Optimizer::update(self, model, shards);
    }
}

impl<E: Real> Optimizer<E> for Adam<E> {
    fn averages(&self) -> usize {
        2
    }

    fn rule(&self, step: u64) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync {
        rule(self.learning_rate, self.betas, self.epsilon, step)
    }

    fn state(&mut self) -> &mut OptimizerState<E> {
        &mut self.state
    }
}

/// Step t of Adam, for one element.
pub(super) fn rule<E: Real>(
    learning_rate: f64,
    betas: [f64; 2],
    epsilon: f64,
    step: u64,
) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync {
    let [unbias_m, unbias_v] = betas.map(|beta| 1.0 / (1.0 - beta.powf(step as f64)));
    let keep = betas.map(E::of);
    let add = betas.map(|beta| E::of(1.0 - beta));
    let alpha = E::of(learning_rate * unbias_m);
    let (unbias_v, epsilon) = (E::of(unbias_v), E::of(epsilon));
    move |theta, g, [m, v]| {
        let m = keep[0] * m + add[0] * g;
        let v = keep[1] * v + add[1] * g * g;
        let theta = theta - alpha * m / ((v * unbias_v).sqrt() + epsilon);
        (theta, [m, v])
    }
}
