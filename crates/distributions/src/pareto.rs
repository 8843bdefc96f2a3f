use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The Pareto distribution of type I from its scale m > 0 and tail index α > 0, both (B, N):
/// p(x) = α/x (m/x)^α for x ≥ m.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Pareto};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Pareto::new(tensor(1.0), tensor(3.0))?;
/// assert_eq!(p.log_prob(&tensor(1.0)).as_vec(), [3.0f64.ln()]);
/// assert_eq!(p.log_prob(&tensor(0.5)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pareto<N: Dim, E: Real = f32, T = NoneTape> {
    /// m, the least value
    pub scale: Batch<N, E, T>,
    /// α
    pub alpha: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Pareto<N, E, T> {
    /// Checks that m and α are positive.
    pub fn new(scale: Batch<N, E, T>, alpha: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["Pareto", "scale"], &scale)?;
        Domain::Positive.check(["Pareto", "alpha"], &alpha)?;
        Ok(Self { scale, alpha })
    }

    /// Σ ln m/α + 1 + 1/α, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(self.parameters(), |[m, alpha]| {
            m.ln() - alpha.ln() + 1.0 + 1.0 / alpha
        })
    }

    /// P(X ≤ x) = 1 − (m/x)^α, element by element; 0 for x < m.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [m, alpha] = self.parameters();
        formula([x.clone(), m, alpha], |[x, m, alpha]| {
            if x.value < m.value {
                Dual::constant(0.0)
            } else {
                -(-alpha * log_excess(x, m)).exp_m1()
            }
        })
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [m, alpha] = self.parameters();
        formula([u.clone(), m, alpha], |[u, m, alpha]| {
            (m * (-(-u).ln_1p() / alpha).exp()).flat_at_infinity()
        })
    }

    fn parameters(&self) -> [Batch<N, E, T>; 2] {
        [self.scale.clone(), self.alpha.clone()]
    }
}

/// ln x/m for x ≥ m, with all digits where they are close.
#[inline(always)]
fn log_excess<E: Real, const K: usize>(x: Dual<E, K>, m: Dual<E, K>) -> Dual<E, K> {
    ((x - m) / m).ln_1p()
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Pareto<N, E, T> {
    /// Σ ln α − ln x − α ln(x/m); −∞ for x < m.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [m, alpha] = self.parameters();
        sum_formula([x.clone(), m, alpha], |[x, m, alpha]| {
            if x.value < m.value {
                Dual::constant(f64::NEG_INFINITY)
            } else {
                alpha.ln() - x.ln() - alpha * log_excess(x, m)
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Pareto<N, E, T> {
    /// m α/(α − 1); ∞ for α ≤ 1.
    fn mean(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[m, alpha]| {
            if alpha.value > E::one() {
                m * (alpha / (alpha - 1.0))
            } else {
                Dual::constant(f64::INFINITY)
            }
        })
    }

    /// m² α / ((α − 1)² (α − 2)); ∞ for α ≤ 2.
    fn variance(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[m, alpha]| {
            if alpha.value > E::of(2.0) {
                (m / (alpha - 1.0)).square() * (alpha / (alpha - 2.0))
            } else {
                Dual::constant(f64::INFINITY)
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Pareto<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.scale, &self.alpha], |[m, alpha]| {
            m * uniform(rng).powf(-1.0 / alpha)
        })
    }
}

/// Σ α₂ ln m₁/m₂ + α₂/α₁ − 1 − ln α₂/α₁; ∞ where m₁ < m₂.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Pareto<N, E, T>, E, T> for Pareto<N, E, T> {
    fn kl_to(&self, q: &Pareto<N, E, T>) -> PerExample<E, T> {
        let ([m1, alpha1], [m2, alpha2]) = (self.parameters(), q.parameters());
        sum_formula([m1, alpha1, m2, alpha2], |[m1, alpha1, m2, alpha2]| {
            if m1.value < m2.value {
                Dual::constant(f64::INFINITY)
            } else {
                alpha2 * log_excess(m1, m2) + (alpha2.ln() - alpha1.ln()).exp_m1_residual()
            }
        })
    }
}
