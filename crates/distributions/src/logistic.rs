use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, ElementDensity, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use std::f64::consts::PI;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The logistic distribution from its location μ and scale s > 0, both (B, N): p(x) = σ(z) σ(−z) / s on the line, with
/// z = (x − μ)/s and the logistic function σ.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Logistic};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Logistic::new(tensor(1.0), tensor(2.0))?;
/// assert_eq!(p.log_prob(&tensor(1.0)).as_vec(), [-3.0 * 2.0f64.ln()]);
/// assert_eq!(p.cdf(&tensor(1.0)).as_vec(), [0.5]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Logistic<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ
    pub loc: Batch<N, E, T>,
    /// s
    pub scale: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Logistic<N, E, T> {
    /// Checks that μ is finite and s positive.
    pub fn new(loc: Batch<N, E, T>, scale: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["Logistic", "loc"], &loc)?;
        Domain::Positive.check(["Logistic", "scale"], &scale)?;
        Ok(Self { loc, scale })
    }

    /// Σ 2 + ln s, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.scale.clone()], |[s]| 2.0 + s.ln())
    }

    /// P(X ≤ x) = σ(z), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [x.clone(), self.loc.clone(), self.scale.clone()],
            |[x, loc, s]| ((x - loc) / s).sigmoid(),
        )
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [u.clone(), self.loc.clone(), self.scale.clone()],
            |[u, loc, s]| loc + s * (u.ln() - (-u).ln_1p()),
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Logistic<N, E, T> {
    /// Σ ln σ(z) + ln σ(−z) − ln s.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let inputs = [x.clone(), self.loc.clone(), self.scale.clone()];
        sum_formula(inputs, log_density)
    }
}

impl<N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for Logistic<N, E, T> {
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let inputs = [x.clone(), self.loc.clone(), self.scale.clone()];
        formula(inputs, log_density)
    }
}

#[inline(always)]
fn log_density<E: Real>([x, loc, s]: [Dual<E, 3>; 3]) -> Dual<E, 3> {
    let z = (x - loc) / s;
    z.log_sigmoid() + (-z).log_sigmoid() - s.ln()
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Logistic<N, E, T> {
    /// μ
    fn mean(&self) -> Batch<N, E, T> {
        self.loc.clone()
    }

    /// π²s²/3
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.scale.clone()], |[s]| PI * PI / 3.0 * s.square())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Logistic<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.loc, &self.scale], |[loc, s]| {
            let u = uniform(rng);
            loc + s * (u / (1.0 - u)).ln()
        })
    }
}
