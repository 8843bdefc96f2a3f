use crate::binet::log_binomial;
use crate::double::in_double;
use crate::sample::draw;
use crate::{Density, Domain, DomainError, ElementDensity, Moments, Sample, gamma, poisson};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The negative binomial distribution from its real total count r > 0 and logits l = ln p/(1 − p), both (B, N):
/// P(x) = Γ(x + r) / x! Γ(r) pˣ (1 − p)ʳ for x = 0, 1, 2, …, overdispersed counts. For whole r, it counts the successes
/// before the r-th failure; its mean is r eˡ.
///
/// Computed in `f64` for either element type, and without differences of ln Γ: r = 10¹² costs no digits. x has no
/// gradient.
///
/// There is no [`KlTo`](crate::KlTo), since no closed form of E\[ln Γ(x + r)\] is known;
/// [`kl_monte_carlo`](crate::kl_monte_carlo) estimates the divergence. Of two with the same r, it is r times that of
/// [`Geometric`](crate::Geometric) variables of logits −l.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Moments, NegativeBinomial};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = NegativeBinomial::new(tensor(2.0), tensor(0.0))?;
/// assert!((p.log_prob(&tensor(3.0)).as_vec()[0] - (4.0f64 / 32.0).ln()).abs() < 1e-14);
/// assert_eq!((p.mean().as_vec(), p.variance().as_vec()), (vec![2.0], vec![4.0]));
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NegativeBinomial<N: Dim, E: Real = f32, T = NoneTape> {
    /// r
    pub total_count: Batch<N, E, T>,
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> NegativeBinomial<N, E, T> {
    /// Checks that r is positive and l finite.
    pub fn new(total_count: Batch<N, E, T>, logits: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["NegativeBinomial", "total_count"], &total_count)?;
        Domain::Finite.check(["NegativeBinomial", "logits"], &logits)?;
        Ok(Self {
            total_count,
            logits,
        })
    }
}

fn log_mass<E: Real>(variables: [Dual<E, 3>; 3]) -> Dual<E, 3> {
    in_double(variables, |[x, r, l]| {
        let log_probabilities = [(-l).log_sigmoid(), l.log_sigmoid()];
        if x.value == 0.0 {
            r * log_probabilities[0]
        } else if !Domain::Count.contains(x.value) {
            Dual::constant(f64::NEG_INFINITY)
        } else {
            // r/(r + x) of the probability of as many in any order: here, the last one is a failure.
            let x = Dual::constant(x.value);
            log_binomial([r, x], log_probabilities) - (x / r).ln_1p()
        }
    })
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for NegativeBinomial<N, E, T> {
    /// Σ ln [Γ(x + r) / x! Γ(r)] + x ln p + r ln(1 − p).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [x.clone(), self.total_count.clone(), self.logits.clone()],
            log_mass,
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for NegativeBinomial<N, E, T> {
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [x.clone(), self.total_count.clone(), self.logits.clone()],
            log_mass,
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for NegativeBinomial<N, E, T> {
    /// r eˡ
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.total_count.clone(), self.logits.clone()], |[r, l]| {
            r * l.exp()
        })
    }

    /// r eˡ (1 + eˡ)
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.total_count.clone(), self.logits.clone()], |[r, l]| {
            let odds = l.exp();
            r * (odds + odds.square())
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for NegativeBinomial<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        // A Poisson variable whose rate is a gamma variable.
        draw([&self.total_count, &self.logits], |[r, l]| {
            poisson::count((gamma::log_gamma_draw(r, rng) + l).exp(), rng)
        })
    }
}
