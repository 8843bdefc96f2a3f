use crate::binet::gamma_entropy;
use crate::double::in_double;
use crate::gamma::{self, log_density_of_log, log_gamma_draw};
use crate::sample::draw;
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The inverse gamma distribution, that of 1/y for a [gamma](crate::Gamma) variable y of concentration α > 0 and rate
/// β > 0, the scale of x; both (B, N): p(x) = βᵅ x^(−α − 1) e^(−β/x) / Γ(α) for x > 0. The conjugate prior of a variance.
///
/// Computed in `f64` for either element type, and without differences of ln Γ: a concentration of 10¹⁰ costs no digits.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, InverseGamma, Moments};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = InverseGamma::new(tensor(3.0), tensor(2.0))?;
/// // 2³ e⁻² / Γ(3)
/// assert!((p.log_prob(&tensor(1.0)).as_vec()[0] - (4.0f64.ln() - 2.0)).abs() < 1e-14);
/// assert_eq!((p.mean().as_vec(), p.variance().as_vec()), (vec![1.0], vec![1.0]));
/// assert_eq!(p.log_prob(&tensor(-3.0)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct InverseGamma<N: Dim, E: Real = f32, T = NoneTape> {
    /// α
    pub concentration: Batch<N, E, T>,
    /// β
    pub scale: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> InverseGamma<N, E, T> {
    /// Checks that α and β are positive.
    pub fn new(concentration: Batch<N, E, T>, scale: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["InverseGamma", "concentration"], &concentration)?;
        Domain::Positive.check(["InverseGamma", "scale"], &scale)?;
        Ok(Self {
            concentration,
            scale,
        })
    }

    /// Σ α + ln β + ln Γ(α) − (1 + α) ψ(α), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(self.parameters(), |variables| {
            // That of y, and E[ln |dx/dy|] = −2 E[ln y].
            in_double(variables, |[a, scale]| {
                gamma_entropy(a) - 2.0 * a.digamma() + scale.ln()
            })
        })
    }

    fn parameters(&self) -> [Batch<N, E, T>; 2] {
        [self.concentration.clone(), self.scale.clone()]
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for InverseGamma<N, E, T> {
    /// Σ α ln β − (α + 1) ln x − β/x − ln Γ(α); −∞ for x ≤ 0.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [a, scale] = self.parameters();
        sum_formula([x.clone(), a, scale], |variables| {
            in_double(variables, |[x, a, scale]| {
                if x.value <= 0.0 {
                    return Dual::constant(f64::NEG_INFINITY);
                }
                log_density_of_log(a, scale / x) - x.ln()
            })
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for InverseGamma<N, E, T> {
    /// β/(α − 1); ∞ for α ≤ 1.
    fn mean(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[a, scale]| {
            if a.value > E::one() {
                scale / (a - 1.0)
            } else {
                Dual::constant(f64::INFINITY)
            }
        })
    }

    /// β²/((α − 1)² (α − 2)); ∞ for α ≤ 2.
    fn variance(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[a, scale]| {
            if a.value > E::of(2.0) {
                (scale / (a - 1.0)).square() / (a - 2.0)
            } else {
                Dual::constant(f64::INFINITY)
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for InverseGamma<N, E, T> {
    /// Never 0 or ∞, though most of a small concentration's draws would round to ∞.
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.concentration, &self.scale], |[a, scale]| {
            let x = (scale.ln() - log_gamma_draw(a, rng)).exp();
            x.clamp(E::min_positive_value().as_f64(), E::max_value().as_f64())
        })
    }
}

/// That of the gamma variables 1/x: a divergence does not change when both variables are transformed alike.
impl<N: Dim, E: Real, T: Record<E>> KlTo<InverseGamma<N, E, T>, E, T> for InverseGamma<N, E, T> {
    fn kl_to(&self, q: &InverseGamma<N, E, T>) -> PerExample<E, T> {
        let ([a1, scale1], [a2, scale2]) = (self.parameters(), q.parameters());
        sum_formula([a1, scale1, a2, scale2], |variables| {
            in_double(variables, |[a1, scale1, a2, scale2]| {
                gamma::divergence([a1, scale1], [a2, scale2])
            })
        })
    }
}
