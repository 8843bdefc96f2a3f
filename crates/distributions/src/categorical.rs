use crate::relative_entropy::relative_entropy;
use crate::rows::{draw_rows, rows_where};
use crate::sample::uniform;
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Axis, Dim, NoneTape};
use rand::Rng;
use vae_ops::{
    Batch, Dual, PerExample, Real, Record, formula, log_softmax, softmax, sum_formula, sum_over,
};

/// One of N outcomes from their logits l, shape (B, N): P(i) = pᵢ = exp lᵢ / Σ exp lⱼ. The event is the whole row, the
/// outcome in one-hot form.
///
/// A logit of −∞, which [`from_probabilities`](Categorical::from_probabilities) makes of 0, is an outcome that never
/// comes.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Categorical, Density, KlTo};
///
/// let device = Cpu::default();
/// let tensor = |x: [f64; 3]| device.tensor_from_vec(x.to_vec(), (1, Const::<3>));
/// let p = Categorical::from_probabilities(tensor([0.0, 0.5, 0.5]))?;
/// let q = Categorical::from_probabilities(tensor([0.2, 0.2, 0.6]))?;
/// assert_eq!(p.log_prob(&tensor([0.0, 1.0, 0.0])).as_vec(), [0.5f64.ln()]);
/// assert!((p.kl_to(&q).as_vec()[0] - 0.3669846).abs() < 1e-7);
/// assert_eq!(q.kl_to(&p).as_vec(), [f64::INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Categorical<N: Dim, E: Real = f32, T = NoneTape> {
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Categorical<N, E, T> {
    /// Checks that l is finite.
    pub fn new(logits: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["Categorical", "logits"], &logits)?;
        Ok(Self { logits })
    }

    /// From p, or anything proportional to it in each row, instead of l. Checks that no element is negative, and that
    /// each row's sum is positive. An element of 0 has a gradient of 0.
    pub fn from_probabilities(probabilities: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::NonNegative.check(["Categorical", "probabilities"], &probabilities)?;
        let sums = sum_over(probabilities.clone(), Axis::<1>);
        Domain::Positive.check(["Categorical", "sum of probabilities"], &sums)?;
        let logits = formula([probabilities], |[p]| {
            if p.value == E::zero() {
                Dual::constant(f64::NEG_INFINITY)
            } else {
                p.ln()
            }
        });
        Ok(Self { logits })
    }

    /// −Σ pᵢ ln pᵢ, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.log_probabilities()], |[log_p]| {
            if log_p.value == E::neg_infinity() {
                Dual::constant(0.0)
            } else {
                -log_p * log_p.exp()
            }
        })
    }

    fn log_probabilities(&self) -> Batch<N, E, T> {
        log_softmax(self.logits.clone(), Axis::<1>)
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Categorical<N, E, T> {
    /// Σ xᵢ ln pᵢ for one-hot x. For any other x this is a cross-entropy, not a log-density.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula([x.clone(), self.log_probabilities()], |[x, log_p]| {
            if log_p.value != E::neg_infinity() {
                x * log_p
            } else if x.value == E::zero() {
                Dual::constant(0.0)
            } else {
                Dual::constant(f64::NEG_INFINITY)
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Categorical<N, E, T> {
    /// p
    fn mean(&self) -> Batch<N, E, T> {
        softmax(self.logits.clone(), Axis::<1>)
    }

    /// pᵢ (1 − pᵢ)
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.log_probabilities()], |[log_p]| {
            -log_p.exp() * log_p.exp_m1()
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Categorical<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw_rows(&self.logits, |row| {
            // The largest of lᵢ plus a Gumbel variable each is the i-th with probability pᵢ.
            let mut best = (0, f64::NEG_INFINITY);
            for (i, x) in row.iter_mut().enumerate() {
                let perturbed = *x + gumbel(rng);
                if perturbed > best.1 {
                    best = (i, perturbed);
                }
                *x = 0.0;
            }
            if let Some(x) = row.get_mut(best.0) {
                *x = 1.0;
            }
        })
    }
}

/// A draw from the standard Gumbel distribution.
pub(crate) fn gumbel(rng: &mut impl Rng) -> f64 {
    -(-uniform(rng).ln()).ln()
}

/// Σ pᵢ ln pᵢ/qᵢ; +∞ if q excludes an outcome that p does not.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Categorical<N, E, T>, E, T> for Categorical<N, E, T> {
    fn kl_to(&self, q: &Categorical<N, E, T>) -> PerExample<E, T> {
        let (log_p, log_q) = (self.log_probabilities(), q.log_probabilities());
        let never = E::neg_infinity();
        let covered = rows_where([&log_p, &log_q], |[p, q]| {
            p.iter().zip(q).all(|(p, q)| *p == never || *q != never)
        });
        sum_formula([log_p, log_q, covered], move |[log_p, log_q, covered]| {
            if covered.value == E::zero() {
                Dual::constant(f64::INFINITY)
            } else if log_p.value == never {
                log_q.exp()
            } else {
                // Since Σ pᵢ = Σ qᵢ: of these terms, none is negative.
                relative_entropy(log_p.exp(), log_q.exp(), log_q - log_p)
            }
        })
    }
}
