use crate::relative_entropy::relative_entropy;
use crate::sample::draw;
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_event, sum_formula};

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
/// assert_eq!(p.entropy().as_vec(), [2.0f64.ln()]);
/// ```
#[derive(Clone, Debug)]
pub struct Bernoulli<N: Dim, E: Real = f32, T = NoneTape> {
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Bernoulli<N, E, T> {
    /// Checks that l is finite.
    pub fn new(logits: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["Bernoulli", "logits"], &logits)?;
        Ok(Self { logits })
    }

    /// Σ −p ln p − (1 − p) ln(1 − p), in nats, stable for any logit.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.logits.clone()], |[l]| entropy(l))
    }
}

/// Even in l, and of two terms of one sign: ln(1 + e^−|l|) + |l| σ(−|l|).
pub(crate) fn entropy<E: Real, const K: usize>(l: Dual<E, K>) -> Dual<E, K> {
    let less = -l.abs();
    less.softplus() - less * less.sigmoid()
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Bernoulli<N, E, T> {
    /// Σ x l − ln(1 + eˡ), stable for any logit. For x strictly between 0 and 1 this is the cross-entropy, not a
    /// log-density: it does not integrate to 1.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_event([x.clone(), self.logits.clone()], [], |[x, l], []| {
            let [softplus, sigmoid] = l.softplus_and_sigmoid();
            (x * l - softplus, [l, x - sigmoid])
        })
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

/// Σ p₁ ln p₁/p₂ + (1 − p₁) ln (1 − p₁)/(1 − p₂), to all digits for any two logits.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Bernoulli<N, E, T>, E, T> for Bernoulli<N, E, T> {
    fn kl_to(&self, q: &Bernoulli<N, E, T>) -> PerExample<E, T> {
        sum_formula([self.logits.clone(), q.logits.clone()], kl_of_logits)
    }
}

#[inline(always)]
pub(crate) fn kl_of_logits<E: Real, const K: usize>([l1, l2]: [Dual<E, K>; 2]) -> Dual<E, K> {
    let [of_1, of_0] = log_ratios([l1, l2]);
    relative_entropy(l1.sigmoid(), l2.sigmoid(), of_1)
        + relative_entropy((-l1).sigmoid(), (-l2).sigmoid(), of_0)
}

/// ln p₂/p₁ and ln (1 − p₂)/(1 − p₁).
#[inline(always)]
pub(crate) fn log_ratios<E: Real, const K: usize>([l1, l2]: [Dual<E, K>; 2]) -> [Dual<E, K>; 2] {
    let difference = l2 - l1;
    if difference.value.abs() < E::one() {
        // The differences below, without the cancellation.
        [
            -((-l1).sigmoid() * (-difference).exp_m1()).ln_1p(),
            -(l1.sigmoid() * difference.exp_m1()).ln_1p(),
        ]
    } else {
        [
            l2.log_sigmoid() - l1.log_sigmoid(),
            (-l2).log_sigmoid() - (-l1).log_sigmoid(),
        ]
    }
}
