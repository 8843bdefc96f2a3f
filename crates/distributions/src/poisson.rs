use crate::binet::binet;
use crate::double::in_double;
use crate::relative_entropy::{log_ratio, relative_entropy};
use crate::sample::draw;
use crate::{Density, Domain, DomainError, ElementDensity, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use std::f64::consts::TAU;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The Poisson distribution from its rate λ ≥ 0, shape (B, N): P(x) = λˣ e^−λ / x! for x = 0, 1, 2, …
///
/// Computed in `f64` for either element type, and without differences of ln Γ: a rate of 10¹² costs no digits. x has no
/// gradient.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Poisson};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Poisson::new(tensor(2.0))?;
/// assert_eq!(p.log_prob(&tensor(0.0)).as_vec(), [-2.0]);
/// assert!((p.log_prob(&tensor(3.0)).as_vec()[0] - ((8.0f64 / 6.0).ln() - 2.0)).abs() < 1e-14);
/// assert_eq!(Poisson::new(tensor(0.0))?.log_prob(&tensor(0.0)).as_vec(), [0.0]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Poisson<N: Dim, E: Real = f32, T = NoneTape> {
    /// λ
    pub rate: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Poisson<N, E, T> {
    /// Checks that λ is not negative.
    pub fn new(rate: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::NonNegative.check(["Poisson", "rate"], &rate)?;
        Ok(Self { rate })
    }
}

fn log_mass<E: Real>(variables: [Dual<E, 2>; 2]) -> Dual<E, 2> {
    in_double(variables, |[x, rate]| {
        let count = Dual::constant(x.value);
        if x.value == 0.0 {
            -rate
        } else if !Domain::Count.contains(x.value) || rate.value == 0.0 {
            Dual::constant(f64::NEG_INFINITY)
        } else {
            // With Stirling's formula for x!, what is large combines to the distance of λ from x.
            let distance = relative_entropy(count, rate, log_ratio(rate, count));
            -distance - 0.5 * (TAU * count).ln() - binet(count)
        }
    })
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Poisson<N, E, T> {
    /// Σ x ln λ − λ − ln x!.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula([x.clone(), self.rate.clone()], log_mass)
    }
}

impl<N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for Poisson<N, E, T> {
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula([x.clone(), self.rate.clone()], log_mass)
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Poisson<N, E, T> {
    /// λ
    fn mean(&self) -> Batch<N, E, T> {
        self.rate.clone()
    }

    /// λ
    fn variance(&self) -> Batch<N, E, T> {
        self.rate.clone()
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Poisson<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.rate], |[rate]| count(rate, rng))
    }
}

/// A Poisson variable with this mean; itself where that is 0 or no finite number.
pub(crate) fn count(mean: f64, rng: &mut impl Rng) -> f64 {
    if mean == 0.0 || !mean.is_finite() {
        return mean;
    }
    if mean > 1e9 {
        // Normal to within 10⁻⁵, where the rejection sampler runs out of digits.
        let z: f64 = rng.sample(rand_distr::StandardNormal);
        return (mean + mean.sqrt() * z).round();
    }
    let count = rand_distr::Poisson::new(mean).map_or(f64::NAN, |poisson| rng.sample(poisson));
    // It draws −1 where e^−mean rounds to 1.
    if count < 0.0 { 0.0 } else { count }
}

/// Σ λ₁ ln λ₁/λ₂ − λ₁ + λ₂; +∞ where only λ₂ is 0. The derivative in λ₁ is taken as 0 at λ₁ = 0.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Poisson<N, E, T>, E, T> for Poisson<N, E, T> {
    fn kl_to(&self, q: &Poisson<N, E, T>) -> PerExample<E, T> {
        sum_formula([self.rate.clone(), q.rate.clone()], |variables| {
            in_double(variables, |[rate1, rate2]| {
                if rate1.value == 0.0 {
                    rate2
                } else if rate2.value == 0.0 {
                    Dual::constant(f64::INFINITY)
                } else {
                    relative_entropy(rate1, rate2, log_ratio(rate2, rate1))
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use vae_ops::math::ErrorFunction;

    #[test]
    fn counts_of_any_mean() {
        let mut rng = StdRng::seed_from_u64(7);
        for mean in [0.0, 1e-20] {
            assert_eq!(count(mean, &mut rng), 0.0);
        }
        // On either side of the change from one sampler to the other.
        for mean in [9.9e8, 1.1e9, 1e10] {
            let z = (0..100_000).map(|_| (count(mean, &mut rng) - mean) / mean.sqrt());
            vae_testkit::assert_ks(&z.collect::<Vec<_>>(), |z| z.log_ndtr().exp());
        }
    }
}
