use super::{Rsample, above_zero, noise_like};
use crate::Noise;
use dfdx::prelude::{Axis, Dim, HasShape, ReshapeTo, Tensor, TensorFromVec};
use vae_distributions::Concrete;
use vae_ops::{Batch, Real, Record, as_slice, formula, softmax, straight_through};

/// softmax((l + G)/τ) for standard Gumbel variables G (Jang, Gu & Poole 2017; Maddison, Mnih & Teh 2017); no element is
/// ever 0.
impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for Concrete<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let temperature = self.temperature;
        let e = noise_like(&self.logits, |_, e| noise.fill_gumbel(e));
        let scores = formula([self.logits.clone(), e], |[l, e]| (l + e) / temperature);
        formula([softmax(scores, Axis::<1>)], |[x]| above_zero(x))
    }
}

/// The one-hot vector of the largest element of each row, with the gradient of the row itself: straight-through
/// Gumbel-softmax (Jang, Gu & Poole 2017, §2.2) if the rows are samples of a [`Concrete`]. The first wins a tie.
///
/// ```
/// use dfdx::prelude::*;
/// let soft = Cpu::default().tensor_from_vec(vec![0.2, 0.7, 0.1], (1, Const::<3>));
/// assert_eq!(vae_reparam::harden(soft).as_vec(), [0.0, 1.0, 0.0]);
/// ```
pub fn harden<N: Dim, E: Real, T: Record<E>>(soft: Batch<N, E, T>) -> Batch<N, E, T> {
    let soft = soft.contiguous();
    let shape = *soft.shape();
    let mut hard = vec![E::zero(); shape.0 * shape.1.size()];
    let width = shape.1.size().max(1);
    for (hard, soft) in hard.chunks_mut(width).zip(as_slice(&soft).chunks(width)) {
        let largest = (1..soft.len()).fold(0, |i, j| if soft[j] > soft[i] { j } else { i });
        hard[largest] = E::one();
    }
    straight_through(Tensor::device(&soft).tensor_from_vec(hard, shape), soft)
}

/// How the temperature of a relaxation falls with the steps of training.
///
/// ```
/// use vae_reparam::Temperature;
///
/// // Jang, Gu & Poole (2017, §4): τ = max(0.5, exp(−r t)).
/// let schedule = Temperature::Exponential { from: 1.0, rate: 1e-4, to: 0.5 };
/// assert_eq!(schedule.at(0), 1.0);
/// assert_eq!(schedule.at(1_000_000), 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Temperature {
    /// The same at all steps.
    Constant(f64),
    /// max(`to`, `from` · exp(−`rate` · t)).
    Exponential {
        /// At step 0.
        from: f64,
        /// r, per step.
        rate: f64,
        /// The lowest.
        to: f64,
    },
    /// Along a straight line from `from`, at step 0, to `to`, reached after `steps`.
    Linear {
        /// At step 0.
        from: f64,
        /// From step `steps` on.
        to: f64,
        /// Steps until then.
        steps: u64,
    },
}

impl Temperature {
    /// τ at step t.
    pub fn at(self, step: u64) -> f64 {
        match self {
            Self::Constant(temperature) => temperature,
            Self::Exponential { from, rate, to } => (from * (-rate * step as f64).exp()).max(to),
            Self::Linear { from, to, steps } => {
                let share = (step as f64 / steps.max(1) as f64).min(1.0);
                from + share * (to - from)
            }
        }
    }
}
