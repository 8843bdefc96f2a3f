use crate::normal_quantile::half_normal_quantile;
use crate::sample::draw;
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use rand_distr::StandardNormal as StandardDraw;
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_PI, PI};
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The half-normal distribution, that of |X| for X ~ N(0, σ²), from its scale σ > 0, shape (B, N):
/// p(x) = √(2/π)/σ · exp(−x²/2σ²) for x ≥ 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, HalfNormal};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = HalfNormal::new(tensor(2.0))?;
/// assert_eq!(p.log_prob(&tensor(0.0)).as_vec(), [0.5 * std::f64::consts::FRAC_2_PI.ln() - 2.0f64.ln()]);
/// assert_eq!(p.log_prob(&tensor(-1.0)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HalfNormal<N: Dim, E: Real = f32, T = NoneTape> {
    /// σ, not the standard deviation of the half-normal variable
    pub scale: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> HalfNormal<N, E, T> {
    /// Checks that σ is positive.
    pub fn new(scale: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["HalfNormal", "scale"], &scale)?;
        Ok(Self { scale })
    }

    /// Σ ½ + ½ ln(πσ²/2), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        let constant = 0.5 + 0.5 * (0.5 * PI).ln();
        sum_formula([self.scale.clone()], move |[s]| constant + s.ln())
    }

    /// P(X ≤ x) = erf(x/σ√2), element by element; 0 for x < 0.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([x.clone(), self.scale.clone()], |[x, s]| {
            if x.value < E::zero() {
                Dual::constant(0.0)
            } else {
                (FRAC_1_SQRT_2 * (x / s)).erf()
            }
        })
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([u.clone(), self.scale.clone()], |[u, s]| {
            s * half_normal_quantile(u)
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for HalfNormal<N, E, T> {
    /// Σ −x²/2σ² − ln σ + ½ ln 2/π; −∞ for x < 0.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula([x.clone(), self.scale.clone()], |[x, s]| {
            if x.value < E::zero() {
                Dual::constant(f64::NEG_INFINITY)
            } else {
                -0.5 * (x / s).square() - s.ln() + 0.5 * FRAC_2_PI.ln()
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for HalfNormal<N, E, T> {
    /// σ √(2/π)
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.scale.clone()], |[s]| FRAC_2_PI.sqrt() * s)
    }

    /// σ² (1 − 2/π)
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.scale.clone()], |[s]| (1.0 - FRAC_2_PI) * s.square())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for HalfNormal<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.scale], |[s]| {
            s * rng.sample::<f64, _>(StandardDraw).abs()
        })
    }
}

/// Σ ½ (σ₁²/σ₂² − 1 − ln σ₁²/σ₂²).
impl<N: Dim, E: Real, T: Record<E>> KlTo<HalfNormal<N, E, T>, E, T> for HalfNormal<N, E, T> {
    fn kl_to(&self, q: &HalfNormal<N, E, T>) -> PerExample<E, T> {
        sum_formula([self.scale.clone(), q.scale.clone()], |[s1, s2]| {
            0.5 * (2.0 * (s1.ln() - s2.ln())).exp_m1_residual()
        })
    }
}
