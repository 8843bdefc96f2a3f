use crate::sample::draw;
use crate::{Density, Domain, DomainError, KlTo, Moments, Normal, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use rand_distr::StandardNormal as StandardDraw;
use std::f64::consts::{E as EULER, FRAC_1_SQRT_2, TAU};
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The log-normal distribution, that of eʸ for y ~ N(μ, σ²), from the mean and the log-variance of y, both (B, N), so
/// that it takes the same network heads as [`Normal`]: p(x) = (2πσ²)^−½ exp(−(ln x − μ)² / 2σ²) / x for x > 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, LogNormal};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = LogNormal::new(tensor(0.0), tensor(0.0))?;
/// assert_eq!(p.log_prob(&tensor(1.0)).as_vec(), [-0.5 * std::f64::consts::TAU.ln()]);
/// assert_eq!(p.log_prob(&tensor(-1.0)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LogNormal<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ, the mean of ln x
    pub mean: Batch<N, E, T>,
    /// ln σ², of the variance of ln x
    pub log_var: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> LogNormal<N, E, T> {
    /// Checks that μ and ln σ² are finite.
    pub fn new(mean: Batch<N, E, T>, log_var: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["LogNormal", "mean"], &mean)?;
        Domain::Finite.check(["LogNormal", "log_var"], &log_var)?;
        Ok(Self { mean, log_var })
    }

    /// The distribution of ln x.
    pub fn ln(&self) -> Normal<N, E, T> {
        Normal {
            mean: self.mean.clone(),
            log_var: self.log_var.clone(),
        }
    }

    /// Σ μ + ½ (ln σ² + ln 2πe), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(
            [self.mean.clone(), self.log_var.clone()],
            |[mean, log_var]| mean + 0.5 * (log_var + (TAU * EULER).ln()),
        )
    }

    /// P(X ≤ x) = Φ((ln x − μ)/σ), element by element; 0 for x ≤ 0.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [x.clone(), self.mean.clone(), self.log_var.clone()],
            |[x, mean, log_var]| {
                if x.value <= E::zero() {
                    return Dual::constant(0.0);
                }
                let z = (x.ln() - mean) * (-0.5 * log_var).exp();
                0.5 * (-FRAC_1_SQRT_2 * z).erfc()
            },
        )
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([self.ln().quantile(u)], |[x]| x.exp().flat_at_infinity())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for LogNormal<N, E, T> {
    /// −½ Σ ((ln x − μ)²/σ² + ln σ² + ln 2π) − ln x; −∞ for x ≤ 0.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [x.clone(), self.mean.clone(), self.log_var.clone()],
            |[x, mean, log_var]| {
                if x.value <= E::zero() {
                    return Dual::constant(f64::NEG_INFINITY);
                }
                let z = (x.ln() - mean) * (-0.5 * log_var).exp();
                -0.5 * (z.square() + log_var + TAU.ln()) - x.ln()
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for LogNormal<N, E, T> {
    /// exp(μ + σ²/2)
    fn mean(&self) -> Batch<N, E, T> {
        formula(
            [self.mean.clone(), self.log_var.clone()],
            |[mean, log_var]| (mean + 0.5 * log_var.exp()).exp().flat_at_infinity(),
        )
    }

    /// exp(2μ + σ²) (exp(σ²) − 1)
    fn variance(&self) -> Batch<N, E, T> {
        formula(
            [self.mean.clone(), self.log_var.clone()],
            |[mean, log_var]| {
                let var = log_var.exp();
                (2.0 * (mean + var) + var.log_one_minus_exp())
                    .exp()
                    .flat_at_infinity()
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for LogNormal<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.mean, &self.log_var], |[mean, log_var]| {
            (mean + (0.5 * log_var).exp() * rng.sample::<f64, _>(StandardDraw)).exp()
        })
    }
}

/// That of the normal distributions: a divergence does not change when both variables are transformed alike.
impl<N: Dim, E: Real, T: Record<E>> KlTo<LogNormal<N, E, T>, E, T> for LogNormal<N, E, T> {
    fn kl_to(&self, q: &LogNormal<N, E, T>) -> PerExample<E, T> {
        self.ln().kl_to(&q.ln())
    }
}
