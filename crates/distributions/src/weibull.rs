use crate::gompertz::gompertz;
use crate::log_gamma::{EULER_GAMMA, log_gamma_residual};
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample, gumbel};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The Weibull distribution from its scale λ > 0 and concentration k > 0, both (B, N):
/// p(x) = k/λ (x/λ)^(k − 1) exp(−(x/λ)ᵏ) for x > 0.
///
/// Where (x/λ)ᵏ overflows, ln p is −∞, of gradient 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Weibull};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Weibull::new(tensor(2.0), tensor(3.0))?;
/// assert_eq!(p.log_prob(&tensor(2.0)).as_vec(), [3.0f64.ln() - 2.0f64.ln() - 1.0]);
/// assert_eq!(p.log_prob(&tensor(-1.0)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Weibull<N: Dim, E: Real = f32, T = NoneTape> {
    /// λ
    pub scale: Batch<N, E, T>,
    /// k
    pub concentration: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Weibull<N, E, T> {
    /// Checks that λ and k are positive.
    pub fn new(scale: Batch<N, E, T>, concentration: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["Weibull", "scale"], &scale)?;
        Domain::Positive.check(["Weibull", "concentration"], &concentration)?;
        Ok(Self {
            scale,
            concentration,
        })
    }

    /// Σ γ(1 − 1/k) + ln λ/k + 1, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(self.parameters(), |[s, k]| {
            EULER_GAMMA * (1.0 - 1.0 / k) + s.ln() - k.ln() + 1.0
        })
    }

    /// P(X ≤ x) = 1 − exp(−(x/λ)ᵏ), element by element; 0 for x ≤ 0.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [s, k] = self.parameters();
        formula([x.clone(), s, k], |[x, s, k]| {
            if x.value <= E::zero() {
                Dual::constant(0.0)
            } else {
                gompertz(k * (x / s).ln())
            }
        })
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [s, k] = self.parameters();
        formula([u.clone(), s, k], |[u, s, k]| {
            (s.ln() + (-(-u).ln_1p()).ln() / k).exp().flat_at_infinity()
        })
    }

    fn parameters(&self) -> [Batch<N, E, T>; 2] {
        [self.scale.clone(), self.concentration.clone()]
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Weibull<N, E, T> {
    /// Σ ln k − ln x + k ln(x/λ) − (x/λ)ᵏ; −∞ for x ≤ 0.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [s, k] = self.parameters();
        sum_formula([x.clone(), s, k], |[x, s, k]| {
            if x.value <= E::zero() {
                return Dual::constant(f64::NEG_INFINITY);
            }
            let log_power = k * (x / s).ln();
            (k.ln() - x.ln() + log_power - log_power.exp()).flat_at_infinity()
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Weibull<N, E, T> {
    /// λ Γ(1 + 1/k)
    fn mean(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[s, k]| {
            (s.ln() + (1.0 + 1.0 / k).lgamma()).exp().flat_at_infinity()
        })
    }

    /// λ² (Γ(1 + 2/k) − Γ(1 + 1/k)²)
    fn variance(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[s, k]| {
            // The ratio of the two terms is e^r with r > 0 of second order in 1/k, and e^r − 1 = e^r (1 − e^−r).
            let r = log_gamma_residual(2.0 / k) - 2.0 * log_gamma_residual(1.0 / k);
            let log_second = (1.0 + 2.0 / k).lgamma();
            (2.0 * s.ln() + log_second + r.log_one_minus_exp())
                .exp()
                .flat_at_infinity()
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Weibull<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.scale, &self.concentration], |[s, k]| {
            s * (-uniform(rng).ln()).powf(1.0 / k)
        })
    }
}

/// Σ γ(r − 1) − ln r + d + e^−d Γ(1 + r) − 1 with r = k₂/k₁ and d = k₂ ln λ₂/λ₁: −ln x is a Gumbel variable of location
/// −ln λ and scale 1/k, and a divergence does not change when both variables are transformed alike.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Weibull<N, E, T>, E, T> for Weibull<N, E, T> {
    fn kl_to(&self, q: &Weibull<N, E, T>) -> PerExample<E, T> {
        let ([s1, k1], [s2, k2]) = (self.parameters(), q.parameters());
        sum_formula([s1, k1, s2, k2], |[s1, k1, s2, k2]| {
            gumbel::divergence([k2, k1], k2 * (s2 / s1).ln())
        })
    }
}
