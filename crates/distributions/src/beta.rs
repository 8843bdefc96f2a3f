use crate::binet::{gamma_bregman, gamma_entropy, log_binomial};
use crate::double::in_double;
use crate::gamma::{self, log_gamma_draw};
use crate::sample::draw;
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::math::{beta_inc, beta_inc_derivatives};
use vae_ops::{Batch, Dual, PerExample, Real, Record, elementwise, formula, sum_formula};

/// The beta distribution from its concentrations α > 0 at 1 and β > 0 at 0, both (B, N):
/// p(x) = xᵅ⁻¹ (1 − x)ᵝ⁻¹ Γ(α + β) / Γ(α) Γ(β) for 0 < x < 1.
///
/// Computed in `f64` for either element type, and without differences of ln Γ: concentrations of 10¹⁰ cost no digits.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Beta, Density, Moments};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Beta::new(tensor(2.0), tensor(1.0))?;
/// assert!((p.log_prob(&tensor(0.25)).as_vec()[0] - 0.5f64.ln()).abs() < 1e-14); // p(x) = 2x
/// assert_eq!(p.mean().as_vec(), [2.0 / 3.0]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Beta<N: Dim, E: Real = f32, T = NoneTape> {
    /// α
    pub concentration1: Batch<N, E, T>,
    /// β
    pub concentration0: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Beta<N, E, T> {
    /// Checks that α and β are positive.
    pub fn new(
        concentration1: Batch<N, E, T>,
        concentration0: Batch<N, E, T>,
    ) -> Result<Self, DomainError> {
        Domain::Positive.check(["Beta", "concentration1"], &concentration1)?;
        Domain::Positive.check(["Beta", "concentration0"], &concentration0)?;
        Ok(Self {
            concentration1,
            concentration0,
        })
    }

    /// Σ ln B(α, β) − (α − 1) ψ(α) − (β − 1) ψ(β) + (α + β − 2) ψ(α + β), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(self.parameters(), |variables| {
            in_double(variables, |[a, b]| {
                let n = a + b;
                gamma_entropy(a) + gamma_entropy(b) - gamma_entropy(n) - n.digamma()
            })
        })
    }

    /// P(X ≤ x) = I_x(α, β), the regularized incomplete beta function, element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [a, b] = self.parameters();
        elementwise([x.clone(), a, b], [], |inputs, []| {
            let [x, a, b] = inputs.map(Real::as_f64);
            let value = E::of(beta_inc(a, b, x.clamp(0.0, 1.0)));
            if x <= 0.0 || x >= 1.0 {
                return (value, [E::zero(); 3]);
            }
            let [da, db, density] = beta_inc_derivatives(a, b, x);
            (value, [density, da, db].map(E::of))
        })
    }

    fn parameters(&self) -> [Batch<N, E, T>; 2] {
        [self.concentration1.clone(), self.concentration0.clone()]
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Beta<N, E, T> {
    /// Σ (α − 1) ln x + (β − 1) ln(1 − x) − ln B(α, β).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [a, b] = self.parameters();
        sum_formula([x.clone(), a, b], |variables| {
            in_double(variables, |[x, a, b]| {
                if x.value <= 0.0 || x.value >= 1.0 {
                    return Dual::constant(f64::NEG_INFINITY);
                }
                let logs = [x.ln(), (-x).ln_1p()];
                log_binomial([a, b], logs) + a.ln() + b.ln() - (a + b).ln() - logs[0] - logs[1]
            })
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Beta<N, E, T> {
    /// α / (α + β)
    fn mean(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[a, b]| a / (a + b))
    }

    /// αβ / (α + β)² (α + β + 1)
    fn variance(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[a, b]| {
            let n = a + b;
            (a / n) * (b / n) / (n + 1.0)
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Beta<N, E, T> {
    /// Never 0 or 1, though most draws of small concentrations would round to these.
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.concentration1, &self.concentration0], |[a, b]| {
            let log_odds = log_gamma_draw(a, rng) - log_gamma_draw(b, rng);
            inside_unit::<E>(log_odds.sigmoid())
        })
    }
}

/// The nearest number of type `E` between 0 and 1, both excluded.
pub(crate) fn inside_unit<E: Real>(x: f64) -> f64 {
    let largest = 1.0 - 0.5 * E::epsilon().as_f64();
    x.clamp(E::min_positive_value().as_f64(), largest)
}

/// Σ ln B(α₂, β₂)/B(α₁, β₁) + (α₁ − α₂) ψ(α₁) + (β₁ − β₂) ψ(β₁) − (α₁ + β₁ − α₂ − β₂) ψ(α₁ + β₁).
///
/// In `f64`, its error is at most 10⁻¹² of itself, or 10⁻¹⁶ of the larger of |ln α₂/α₁| and |ln β₂/β₁| where that is
/// more: where one concentration is many times the other.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Beta<N, E, T>, E, T> for Beta<N, E, T> {
    fn kl_to(&self, q: &Beta<N, E, T>) -> PerExample<E, T> {
        let ([a1, b1], [a2, b2]) = (self.parameters(), q.parameters());
        sum_formula([a1, b1, a2, b2], |variables| {
            in_double(variables, |[a1, b1, a2, b2]| {
                let total = [a1 + b1, a2 + b2];
                let of_1 = gamma::divergence([a1, total[0]], [a2, total[1]]);
                let of_0 = gamma::divergence([b1, total[0]], [b2, total[1]]);
                less_whole(of_1 + of_0, total)
            })
        })
    }
}

/// Takes what the total of the gamma variables has told from that which all of them have. Rounding may leave
/// something below 0.
pub(crate) fn less_whole<E: Real, const K: usize>(
    parts: Dual<E, K>,
    total: [Dual<E, K>; 2],
) -> Dual<E, K> {
    let divergence = parts - in_double(total, |[total1, total2]| gamma_bregman(total2, total1));
    if divergence.value < E::zero() {
        Dual::constant(0.0)
    } else {
        divergence
    }
}
