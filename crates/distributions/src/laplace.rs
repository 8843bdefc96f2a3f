use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, ElementDensity, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The Laplace distribution from its location μ and scale b > 0, both (B, N): p(x) = exp(−|x − μ|/b) / 2b on the line.
///
/// Its derivative in x and μ is taken as 0 at x = μ.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Laplace};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Laplace::new(tensor(1.0), tensor(2.0))?;
/// assert_eq!(p.log_prob(&tensor(3.0)).as_vec(), [-1.0 - 4.0f64.ln()]);
/// assert!(Laplace::new(tensor(1.0), tensor(-2.0)).is_err());
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Laplace<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ
    pub loc: Batch<N, E, T>,
    /// b
    pub scale: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Laplace<N, E, T> {
    /// Checks that μ is finite and b positive.
    pub fn new(loc: Batch<N, E, T>, scale: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["Laplace", "loc"], &loc)?;
        Domain::Positive.check(["Laplace", "scale"], &scale)?;
        Ok(Self { loc, scale })
    }

    /// Σ 1 + ln 2b, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.scale.clone()], |[b]| 1.0 + (2.0 * b).ln())
    }

    /// P(X ≤ x), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [x.clone(), self.loc.clone(), self.scale.clone()],
            |[x, loc, b]| {
                let tail = 0.5 * (-((x - loc) / b).abs()).exp();
                if x.value < loc.value {
                    tail
                } else {
                    1.0 - tail
                }
            },
        )
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [u.clone(), self.loc.clone(), self.scale.clone()],
            |[u, loc, b]| {
                if u.value.as_f64() < 0.5 {
                    loc + b * (2.0 * u).ln()
                } else {
                    loc - b * (2.0 * (1.0 - u)).ln()
                }
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Laplace<N, E, T> {
    /// Σ −|x − μ|/b − ln 2b.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let inputs = [x.clone(), self.loc.clone(), self.scale.clone()];
        sum_formula(inputs, log_density)
    }
}

impl<N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for Laplace<N, E, T> {
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let inputs = [x.clone(), self.loc.clone(), self.scale.clone()];
        formula(inputs, log_density)
    }
}

#[inline(always)]
fn log_density<E: Real>([x, loc, b]: [Dual<E, 3>; 3]) -> Dual<E, 3> {
    -((x - loc) / b).abs() - (2.0 * b).ln()
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Laplace<N, E, T> {
    /// μ
    fn mean(&self) -> Batch<N, E, T> {
        self.loc.clone()
    }

    /// 2b²
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.scale.clone()], |[b]| 2.0 * b.square())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Laplace<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.loc, &self.scale], |[loc, b]| {
            // The difference of two exponential variables, each −ln of a uniform one.
            loc + b * (uniform(rng) / uniform(rng)).ln()
        })
    }
}

/// Σ ln b₂/b₁ + d/b₂ + b₁/b₂ e^{−d/b₁} − 1 with d = |μ₁ − μ₂|.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Laplace<N, E, T>, E, T> for Laplace<N, E, T> {
    fn kl_to(&self, q: &Laplace<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [
                self.loc.clone(),
                self.scale.clone(),
                q.loc.clone(),
                q.scale.clone(),
            ],
            |[loc1, b1, loc2, b2]| {
                // With r = b₁/b₂ and t = d/b₁, r (t + e^−t) − ln r − 1 = r (e^−t − 1 + t) + (e^{ln r} − 1 − ln r):
                // both parts are never negative, and nothing cancels where the two distributions are close.
                let t = (loc1 - loc2).abs() / b1;
                let log_ratio = b1.ln() - b2.ln();
                log_ratio.exp() * (-t).exp_m1_residual() + log_ratio.exp_m1_residual()
            },
        )
    }
}
