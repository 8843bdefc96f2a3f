use crate::sample::draw;
use crate::{Density, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, PerExample, Real, Record, formula, sum_event};

/// Independent Bernoulli variables from their logits l = ln p/(1 − p), shape (B, N): binary data.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Bernoulli, Density, Moments};
///
/// let device = Cpu::default();
/// let p = Bernoulli { logits: device.tensor_from_vec(vec![0.0f64, 1000.0], (1, Const::<2>)) };
/// let x = device.tensor_from_vec(vec![1.0, 1.0], (1, Const));
/// assert_eq!(p.log_prob(&x).as_vec(), [-(2.0f64.ln())]);
/// assert_eq!(p.mean().as_vec(), [0.5, 1.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Bernoulli<N: Dim, E: Real = f32, T = NoneTape> {
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Bernoulli<N, E, T> {
    /// Σ x l − ln(1 + eˡ), stable for any logit. For x strictly between 0 and 1 this is the cross-entropy, not a
    /// log-density: it does not integrate to 1.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_event(
            [x.clone(), self.logits.clone()],
            [],
            |[x, l], []| x * l - l.softplus(),
            |[x, l], []| [l, x - l.sigmoid()],
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Bernoulli<N, E, T> {
    /// p = σ(l)
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.logits.clone()], |[l]| l.sigmoid())
    }

    /// p (1 − p)
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.logits.clone()], |[l]| l.sigmoid() * (-l).sigmoid())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Bernoulli<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.logits], |[l]| f64::from(rng.gen_bool(l.sigmoid())))
    }
}
