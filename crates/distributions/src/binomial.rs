use crate::bernoulli::kl_of_logits;
use crate::binet::log_binomial;
use crate::double::in_double;
use crate::sample::draw;
use crate::{Density, Domain, DomainError, ElementDensity, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The number of successes in n independent trials, from n and the logits l = ln p/(1 − p) of one success, both (B, N):
/// P(x) = n! / x! (n − x)! pˣ (1 − p)ⁿ⁻ˣ for x = 0, 1, …, n.
///
/// Computed in `f64` for either element type, and without differences of ln Γ: n = 10¹² costs no digits. x and n have
/// no gradient.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Binomial, Density, Moments};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Binomial::new(tensor(4.0), tensor(0.0))?;
/// assert!((p.log_prob(&tensor(2.0)).as_vec()[0] - (6.0f64 / 16.0).ln()).abs() < 1e-14);
/// assert_eq!(p.log_prob(&tensor(5.0)).as_vec(), [f64::NEG_INFINITY]);
/// assert_eq!(p.mean().as_vec(), [2.0]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Binomial<N: Dim, E: Real = f32, T = NoneTape> {
    /// n
    pub total_count: Batch<N, E, T>,
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Binomial<N, E, T> {
    /// Checks that n is a count and l finite.
    pub fn new(total_count: Batch<N, E, T>, logits: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Count.check(["Binomial", "total_count"], &total_count)?;
        Domain::Finite.check(["Binomial", "logits"], &logits)?;
        Ok(Self {
            total_count,
            logits,
        })
    }
}

fn log_mass<E: Real>(variables: [Dual<E, 3>; 3]) -> Dual<E, 3> {
    in_double(variables, |[x, n, l]| {
        let (successes, failures) = (x.value, n.value - x.value);
        let counts = [successes, failures];
        if !counts.iter().all(|x| Domain::Count.contains(*x)) {
            Dual::constant(f64::NEG_INFINITY)
        } else if successes == 0.0 {
            failures * (-l).log_sigmoid()
        } else if failures == 0.0 {
            successes * l.log_sigmoid()
        } else {
            log_binomial(
                counts.map(Dual::constant),
                [l.log_sigmoid(), (-l).log_sigmoid()],
            )
        }
    })
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Binomial<N, E, T> {
    /// Σ ln [n! / x! (n − x)!] + x l − n ln(1 + eˡ).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [x.clone(), self.total_count.clone(), self.logits.clone()],
            log_mass,
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for Binomial<N, E, T> {
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [x.clone(), self.total_count.clone(), self.logits.clone()],
            log_mass,
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Binomial<N, E, T> {
    /// np
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.total_count.clone(), self.logits.clone()], |[n, l]| {
            n * l.sigmoid()
        })
    }

    /// np (1 − p)
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.total_count.clone(), self.logits.clone()], |[n, l]| {
            n * l.sigmoid() * (-l).sigmoid()
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Binomial<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.total_count, &self.logits], |[n, l]| {
            // Of what is rarer, so that a probability close to 1 keeps its digits.
            let binomial = rand_distr::Binomial::new(n as u64, (-l.abs()).sigmoid());
            let rarer = binomial.map_or(f64::NAN, |binomial| rng.sample(binomial) as f64);
            if l > 0.0 { n - rarer } else { rarer }
        })
    }
}

/// Σ n (p₁ ln p₁/p₂ + (1 − p₁) ln (1 − p₁)/(1 − p₂)) for equal n. +∞ where n₁ > n₂: there are counts that only the first
/// can reach. NaN where n₁ < n₂: the divergence is finite, but has no closed form.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Binomial<N, E, T>, E, T> for Binomial<N, E, T> {
    fn kl_to(&self, q: &Binomial<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [
                self.total_count.clone(),
                self.logits.clone(),
                q.total_count.clone(),
                q.logits.clone(),
            ],
            |[n1, l1, n2, l2]| {
                if n1.value > n2.value {
                    Dual::constant(f64::INFINITY)
                } else if n1.value == n2.value {
                    kl_of_logits([l1, l2]) * n1.value.as_f64()
                } else {
                    Dual::constant(f64::NAN)
                }
            },
        )
    }
}
