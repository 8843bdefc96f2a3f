use crate::binet::{binet, gamma_bregman, gamma_entropy};
use crate::double::in_double;
use crate::relative_entropy::{log_ratio, relative_entropy};
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use std::f64::consts::TAU;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

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
                    // With Stirling's formula for Γ, what is large combines to the distance of βx from α.
                    let distance = relative_entropy(a, rate * x, log_ratio(rate * x, a));
                    0.5 * (a.ln() - TAU.ln()) - binet(a) - x.ln() - distance
                })
            },
        )
    }
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
            let x = (log_draw(a, rng) - rate.ln()).exp();
            x.max(E::min_positive_value().as_f64())
        })
    }
}

/// The logarithm of a gamma variable of rate 1: its range is not a number's.
pub(crate) fn log_draw(concentration: f64, rng: &mut impl Rng) -> f64 {
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
                    // The divergence of the means, weighted by α₂, and that of the shapes: neither is ever negative.
                    let log_means = log_ratio(a1, a2) + log_ratio(rate2, rate1);
                    relative_entropy(a2, a1 * (rate2 / rate1), log_means) + gamma_bregman(a2, a1)
                })
            },
        )
    }
}
