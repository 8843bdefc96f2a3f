use crate::bernoulli::log_ratios;
use crate::double::in_double;
use crate::relative_entropy::relative_entropy;
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, ElementDensity, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The number of failures before the first success, from the logits l = ln p/(1 − p) of a success, shape (B, N):
/// P(x) = (1 − p)ˣ p for x = 0, 1, 2, …
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Geometric, Moments};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Geometric::new(tensor(0.0))?;
/// assert_eq!(p.log_prob(&tensor(2.0)).as_vec(), [3.0 * 0.5f64.ln()]);
/// assert_eq!(p.log_prob(&tensor(0.5)).as_vec(), [f64::NEG_INFINITY]);
/// assert_eq!(p.cdf(&tensor(1.5)).as_vec(), [0.75]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Geometric<N: Dim, E: Real = f32, T = NoneTape> {
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Geometric<N, E, T> {
    /// Checks that l is finite.
    pub fn new(logits: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["Geometric", "logits"], &logits)?;
        Ok(Self { logits })
    }

    /// Σ −ln p − (1 − p)/p ln(1 − p), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.logits.clone()], |[l]| {
            // The second term is ln(1 + w)/w with w = eˡ: 1 where w is nothing.
            let second = if l.value < E::of(-40.0) {
                Dual::constant(1.0)
            } else {
                (-l).exp() * l.softplus()
            };
            (-l).softplus() + second
        })
    }

    /// P(X ≤ x) = 1 − (1 − p)^(⌊x⌋ + 1), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([x.clone(), self.logits.clone()], |[x, l]| {
            if x.value < E::zero() {
                return Dual::constant(0.0);
            }
            let trials = x.value.floor().as_f64() + 1.0;
            -(trials * (-l).log_sigmoid()).exp_m1()
        })
    }
}

fn log_mass<E: Real>([x, l]: [Dual<E, 2>; 2]) -> Dual<E, 2> {
    let failures = x.value.as_f64();
    if !Domain::Count.contains(failures) {
        Dual::constant(f64::NEG_INFINITY)
    } else {
        failures * (-l).log_sigmoid() + l.log_sigmoid()
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Geometric<N, E, T> {
    /// Σ x ln(1 − p) + ln p.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula([x.clone(), self.logits.clone()], log_mass)
    }
}

impl<N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for Geometric<N, E, T> {
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([x.clone(), self.logits.clone()], log_mass)
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Geometric<N, E, T> {
    /// (1 − p)/p = e⁻ˡ
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.logits.clone()], |[l]| (-l).exp())
    }

    /// (1 − p)/p²
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.logits.clone()], |[l]| {
            let mean = (-l).exp();
            mean + mean.square()
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Geometric<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        // P(ln U / ln(1 − p) ≥ x) = (1 − p)ˣ.
        draw([&self.logits], |[l]| {
            (uniform(rng).ln() / (-l).log_sigmoid()).floor()
        })
    }
}

/// Σ ln p₁/p₂ + (1 − p₁)/p₁ ln (1 − p₁)/(1 − p₂).
impl<N: Dim, E: Real, T: Record<E>> KlTo<Geometric<N, E, T>, E, T> for Geometric<N, E, T> {
    fn kl_to(&self, q: &Geometric<N, E, T>) -> PerExample<E, T> {
        sum_formula([self.logits.clone(), q.logits.clone()], |variables| {
            in_double(variables, |[l1, l2]| {
                // The divergence of Bernoulli variables, for each of the 1/p₁ trials.
                let [of_1, of_0] = log_ratios([l1, l2]);
                let failures = relative_entropy((-l1).exp(), (of_0 - l1).exp(), of_0);
                relative_entropy(Dual::constant(1.0), of_1.exp(), of_1) + failures
            })
        })
    }
}
