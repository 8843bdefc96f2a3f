use crate::binet::{binet, gamma_bregman, gamma_entropy};
use crate::double::in_double;
use crate::relative_entropy::{log_ratio, relative_entropy};
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use std::f64::consts::TAU;
use vae_ops::math::{gamma_p, gamma_p_derivatives};
use vae_ops::{Batch, Dual, PerExample, Real, Record, elementwise, formula, sum_formula};

/// The gamma distribution from its concentration α > 0 and rate β > 0, both (B, N): p(x) = βᵅ xᵅ⁻¹ e^−βx / Γ(α) for
/// x > 0.
///
/// Computed in `f64` for either element type, and without differences of ln Γ: a concentration of 10¹⁰ costs no digits.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Gamma, Moments};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// // Of concentration 1, it is the exponential distribution.
/// let p = Gamma::new(tensor(1.0), tensor(2.0))?;
/// assert!((p.log_prob(&tensor(3.0)).as_vec()[0] - (2.0f64.ln() - 6.0)).abs() < 1e-14);
/// assert_eq!(p.mean().as_vec(), [0.5]);
/// assert_eq!(p.log_prob(&tensor(-3.0)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gamma<N: Dim, E: Real = f32, T = NoneTape> {
    /// α
    pub concentration: Batch<N, E, T>,
    /// β
    pub rate: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Gamma<N, E, T> {
    /// Checks that α and β are positive.
    pub fn new(concentration: Batch<N, E, T>, rate: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["Gamma", "concentration"], &concentration)?;
        Domain::Positive.check(["Gamma", "rate"], &rate)?;
        Ok(Self {
            concentration,
            rate,
        })
    }

    /// Σ α − ln β + ln Γ(α) + (1 − α) ψ(α), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(
            [self.concentration.clone(), self.rate.clone()],
            |variables| in_double(variables, |[a, rate]| gamma_entropy(a) - rate.ln()),
        )
    }

    /// P(X ≤ x) = P(α, βx), the regularized incomplete gamma function, element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let inputs = [x.clone(), self.concentration.clone(), self.rate.clone()];
        elementwise(inputs, [], |inputs, []| {
            let [x, a, rate] = inputs.map(Real::as_f64);
            if x <= 0.0 {
                return (E::zero(), [E::zero(); 3]);
            }
            let [da, density] = gamma_p_derivatives(a, rate * x);
            // 0 also where x is infinite.
            let drate = if density == 0.0 { 0.0 } else { density * x };
            let partials = [density * rate, da, drate];
            (E::of(gamma_p(a, rate * x)), partials.map(E::of))
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Gamma<N, E, T> {
    /// Σ α ln β + (α − 1) ln x − βx − ln Γ(α).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [x.clone(), self.concentration.clone(), self.rate.clone()],
            |variables| {
                in_double(variables, |[x, a, rate]| {
                    if x.value <= 0.0 {
                        return Dual::constant(f64::NEG_INFINITY);
                    }
                    log_density_of_log(a, rate * x) - x.ln()
                })
            },
        )
    }
}

/// ln of yᵅ e^−y / Γ(α): the density of ln y, for a gamma variable y of rate 1.
#[inline(always)]
pub(crate) fn log_density_of_log<const K: usize>(a: Dual<f64, K>, y: Dual<f64, K>) -> Dual<f64, K> {
    // With Stirling's formula for Γ, what is large combines to the distance of y from α.
    0.5 * (a.ln() - TAU.ln()) - binet(a) - relative_entropy(a, y, log_ratio(y, a))
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Gamma<N, E, T> {
    /// α/β
    fn mean(&self) -> Batch<N, E, T> {
        formula(
            [self.concentration.clone(), self.rate.clone()],
            |[a, rate]| a / rate,
        )
    }

    /// α/β²
    fn variance(&self) -> Batch<N, E, T> {
        formula(
            [self.concentration.clone(), self.rate.clone()],
            |[a, rate]| a / rate / rate,
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Gamma<N, E, T> {
    /// Never 0, though most of a small concentration's draws would round to it.
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.concentration, &self.rate], |[a, rate]| {
            let x = (log_gamma_draw(a, rng) - rate.ln()).exp();
            x.max(E::min_positive_value().as_f64())
        })
    }
}

/// The logarithm of a gamma variable of rate 1: small concentrations give what no number holds. NaN outside of the domain.
///
/// ```
/// use rand::{SeedableRng, rngs::StdRng};
/// let log_z = vae_distributions::log_gamma_draw(1e-4, &mut StdRng::seed_from_u64(0));
/// assert!(log_z < -750.0 && log_z.is_finite());
/// ```
pub fn log_gamma_draw(concentration: f64, rng: &mut impl Rng) -> f64 {
    // X of concentration a is X of a + 1 times U^(1/a), U uniform.
    let (raised, log_factor) = if concentration < 1.0 {
        (concentration + 1.0, uniform(rng).ln() / concentration)
    } else {
        (concentration, 0.0)
    };
    let gamma = rand_distr::Gamma::new(raised, 1.0);
    gamma.map_or(f64::NAN, |gamma| rng.sample(gamma).ln()) + log_factor
}

/// Σ (α₁ − α₂) ψ(α₁) − ln Γ(α₁)/Γ(α₂) + α₂ ln β₁/β₂ + α₁ (β₂/β₁ − 1).
impl<N: Dim, E: Real, T: Record<E>> KlTo<Gamma<N, E, T>, E, T> for Gamma<N, E, T> {
    fn kl_to(&self, q: &Gamma<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [
                self.concentration.clone(),
                self.rate.clone(),
                q.concentration.clone(),
                q.rate.clone(),
            ],
            |variables| {
                in_double(variables, |[a1, rate1, a2, rate2]| {
                    divergence([a1, rate1], [a2, rate2])
                })
            },
        )
    }
}

/// The divergence of the means, weighted by α₂, and that of the shapes: neither is ever negative. Also of two Dirichlet
/// distributions what an element adds, their totals for the rates.
#[inline(always)]
pub(crate) fn divergence<const K: usize>(
    [a1, rate1]: [Dual<f64, K>; 2],
    [a2, rate2]: [Dual<f64, K>; 2],
) -> Dual<f64, K> {
    let log_means = log_ratio(a1, a2) + log_ratio(rate2, rate1);
    relative_entropy(a2, a1 * (rate2 / rate1), log_means) + gamma_bregman(a2, a1)
}
