use crate::sample::draw;
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use rand_distr::Exp1;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The exponential distribution from its rate λ > 0, shape (B, N): p(x) = λ e^−λx for x ≥ 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Exponential};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Exponential::new(tensor(2.0))?;
/// assert_eq!(p.log_prob(&tensor(3.0)).as_vec(), [2.0f64.ln() - 6.0]);
/// assert_eq!(p.log_prob(&tensor(-1.0)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exponential<N: Dim, E: Real = f32, T = NoneTape> {
    /// λ
    pub rate: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Exponential<N, E, T> {
    /// Checks that λ is positive.
    pub fn new(rate: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["Exponential", "rate"], &rate)?;
        Ok(Self { rate })
    }

    /// Σ 1 − ln λ, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.rate.clone()], |[rate]| 1.0 - rate.ln())
    }

    /// P(X ≤ x) = 1 − e^−λx, element by element; 0 for x < 0.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([x.clone(), self.rate.clone()], |[x, rate]| {
            if x.value < E::zero() {
                Dual::constant(0.0)
            } else {
                -(-rate * x).exp_m1()
            }
        })
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([u.clone(), self.rate.clone()], |[u, rate]| {
            -(-u).ln_1p() / rate
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Exponential<N, E, T> {
    /// Σ ln λ − λx; −∞ for x < 0.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula([x.clone(), self.rate.clone()], |[x, rate]| {
            if x.value < E::zero() {
                Dual::constant(f64::NEG_INFINITY)
            } else {
                rate.ln() - rate * x
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Exponential<N, E, T> {
    /// 1/λ
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.rate.clone()], |[rate]| rate.recip())
    }

    /// 1/λ²
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.rate.clone()], |[rate]| rate.recip().square())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Exponential<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.rate], |[rate]| rng.sample::<f64, _>(Exp1) / rate)
    }
}

/// Σ λ₂/λ₁ − 1 − ln λ₂/λ₁.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Exponential<N, E, T>, E, T> for Exponential<N, E, T> {
    fn kl_to(&self, q: &Exponential<N, E, T>) -> PerExample<E, T> {
        sum_formula([self.rate.clone(), q.rate.clone()], |[rate1, rate2]| {
            (rate2.ln() - rate1.ln()).exp_m1_residual()
        })
    }
}
