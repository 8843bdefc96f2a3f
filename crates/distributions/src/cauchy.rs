use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, KlTo, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use std::f64::consts::PI;
use vae_ops::{Batch, PerExample, Real, Record, formula, sum_formula};

/// The Cauchy distribution from its location μ and scale s > 0, both (B, N): p(x) = 1 / (πs (1 + z²)) on the line, with
/// z = (x − μ)/s. It has no mean and no variance.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Cauchy, Density};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Cauchy::new(tensor(1.0), tensor(2.0))?;
/// assert_eq!(p.log_prob(&tensor(1.0)).as_vec(), [-(2.0 * std::f64::consts::PI).ln()]);
/// assert_eq!(p.cdf(&tensor(3.0)).as_vec(), [0.75]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cauchy<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ, the median
    pub loc: Batch<N, E, T>,
    /// s, half of the interquartile range
    pub scale: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Cauchy<N, E, T> {
    /// Checks that μ is finite and s positive.
    pub fn new(loc: Batch<N, E, T>, scale: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["Cauchy", "loc"], &loc)?;
        Domain::Positive.check(["Cauchy", "scale"], &scale)?;
        Ok(Self { loc, scale })
    }

    /// Σ ln 4πs, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.scale.clone()], |[s]| (4.0 * PI * s).ln())
    }

    /// P(X ≤ x) = ½ + arctan(z)/π, element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [x.clone(), self.loc.clone(), self.scale.clone()],
            |[x, loc, s]| {
                // The angle between (−z, 1) and (1, 0) is ½π + arctan z, and keeps its digits for z → −∞.
                let z = (x - loc) / s;
                let angle = E::one().atan2(-z.value);
                z.chain(angle, (E::one() + z.value * z.value).recip()) / PI
            },
        )
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [u.clone(), self.loc.clone(), self.scale.clone()],
            |[u, loc, s]| {
                // tan π(u − ½) = −cot πu, from the nearer end of the interval.
                let half = E::of(0.5);
                let (tail, sign) = if u.value < half {
                    (u, -1.0)
                } else {
                    (1.0 - u, 1.0)
                };
                let cotangent = {
                    let angle = PI * tail;
                    let sine = angle.value.sin_v();
                    angle.chain(angle.value.cos_v() / sine, -(sine * sine).recip())
                };
                loc + sign * s * cotangent
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Cauchy<N, E, T> {
    /// Σ −ln πs − ln(1 + z²).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [x.clone(), self.loc.clone(), self.scale.clone()],
            |[x, loc, s]| -(PI * s).ln() - ((x - loc) / s).square().ln_1p(),
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Cauchy<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.loc, &self.scale], |[loc, s]| {
            loc + s * (PI * (uniform(rng) - 0.5)).tan()
        })
    }
}

/// Σ ln ((s₁ + s₂)² + (μ₁ − μ₂)²) / 4s₁s₂ (Chyzak & Nielsen 2019, "A closed-form formula for the Kullback–Leibler
/// divergence between Cauchy distributions", Theorem 1).
impl<N: Dim, E: Real, T: Record<E>> KlTo<Cauchy<N, E, T>, E, T> for Cauchy<N, E, T> {
    fn kl_to(&self, q: &Cauchy<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [
                self.loc.clone(),
                self.scale.clone(),
                q.loc.clone(),
                q.scale.clone(),
            ],
            |[loc1, s1, loc2, s2]| {
                // (s₁ + s₂)² = 4s₁s₂ + (s₁ − s₂)²: what exceeds 1 is a sum of squares.
                let square_of = |difference| (difference / s1) * (difference / s2);
                (0.25 * (square_of(s1 - s2) + square_of(loc1 - loc2))).ln_1p()
            },
        )
    }
}
