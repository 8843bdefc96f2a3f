use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The uniform distribution on [low, high], from its two ends, both (B, N): p(x) = 1 / (high − low).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Uniform};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Uniform::new(tensor(1.0), tensor(3.0))?;
/// assert_eq!(p.log_prob(&tensor(2.5)).as_vec(), [-(2.0f64.ln())]);
/// assert_eq!(p.log_prob(&tensor(3.5)).as_vec(), [f64::NEG_INFINITY]);
/// assert!(Uniform::new(tensor(3.0), tensor(1.0)).is_err());
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Uniform<N: Dim, E: Real = f32, T = NoneTape> {
    /// The least value.
    pub low: Batch<N, E, T>,
    /// The greatest value.
    pub high: Batch<N, E, T>,
}

/// Checks that low and high are finite and high is the greater one.
pub(crate) fn check_interval<N: Dim, E: Real, T: Record<E>>(
    distribution: &'static str,
    low: &Batch<N, E, T>,
    high: &Batch<N, E, T>,
) -> Result<(), DomainError> {
    Domain::Finite.check([distribution, "low"], low)?;
    Domain::Finite.check([distribution, "high"], high)?;
    let width = formula(
        [high.retaped::<NoneTape>(), low.retaped::<NoneTape>()],
        |[high, low]| high - low,
    );
    Domain::Positive.check([distribution, "high - low"], &width)
}

impl<N: Dim, E: Real, T: Record<E>> Uniform<N, E, T> {
    /// Checks that both ends are finite and low < high.
    pub fn new(low: Batch<N, E, T>, high: Batch<N, E, T>) -> Result<Self, DomainError> {
        check_interval("Uniform", &low, &high)?;
        Ok(Self { low, high })
    }

    /// Σ ln(high − low), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(self.parameters(), |[low, high]| (high - low).ln())
    }

    /// P(X ≤ x) = (x − low) / (high − low), element by element; 0 below and 1 above.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [low, high] = self.parameters();
        formula([x.clone(), low, high], |[x, low, high]| {
            if x.value <= low.value {
                Dual::constant(0.0)
            } else if x.value >= high.value {
                Dual::constant(1.0)
            } else {
                (x - low) / (high - low)
            }
        })
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [low, high] = self.parameters();
        formula([u.clone(), low, high], |[u, low, high]| {
            low + u * (high - low)
        })
    }

    fn parameters(&self) -> [Batch<N, E, T>; 2] {
        [self.low.clone(), self.high.clone()]
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Uniform<N, E, T> {
    /// Σ −ln(high − low); −∞ outside of [low, high].
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [low, high] = self.parameters();
        sum_formula([x.clone(), low, high], |[x, low, high]| {
            if x.value < low.value || x.value > high.value {
                Dual::constant(f64::NEG_INFINITY)
            } else {
                -(high - low).ln()
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Uniform<N, E, T> {
    /// ½ (low + high)
    fn mean(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[low, high]| 0.5 * low + 0.5 * high)
    }

    /// (high − low)² / 12
    fn variance(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[low, high]| {
            (high - low).square() / 12.0
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Uniform<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.low, &self.high], |[low, high]| {
            low + uniform(rng) * (high - low)
        })
    }
}

/// Σ ln (high₂ − low₂)/(high₁ − low₁); ∞ where the first interval is not inside the second.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Uniform<N, E, T>, E, T> for Uniform<N, E, T> {
    fn kl_to(&self, q: &Uniform<N, E, T>) -> PerExample<E, T> {
        let ([low1, high1], [low2, high2]) = (self.parameters(), q.parameters());
        sum_formula([low1, high1, low2, high2], |[low1, high1, low2, high2]| {
            if low1.value < low2.value || high1.value > high2.value {
                Dual::constant(f64::INFINITY)
            } else {
                // What the second interval has more, on either side.
                (((low1 - low2) + (high2 - high1)) / (high1 - low1)).ln_1p()
            }
        })
    }
}
