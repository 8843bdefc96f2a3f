use crate::log_gamma::{EULER_GAMMA, log_gamma_residual};
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use std::f64::consts::PI;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The Gumbel distribution of maxima from its location μ and scale β > 0, both (B, N): p(x) = exp(−z − e^−z) / β on the
/// line, with z = (x − μ)/β.
///
/// ln p falls as fast as −e^−z to the left of μ. Where that overflows it is −∞, of gradient 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Gumbel};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Gumbel::new(tensor(1.0), tensor(2.0))?;
/// assert_eq!(p.log_prob(&tensor(1.0)).as_vec(), [-1.0 - 2.0f64.ln()]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gumbel<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ, the mode
    pub loc: Batch<N, E, T>,
    /// β
    pub scale: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Gumbel<N, E, T> {
    /// Checks that μ is finite and β positive.
    pub fn new(loc: Batch<N, E, T>, scale: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["Gumbel", "loc"], &loc)?;
        Domain::Positive.check(["Gumbel", "scale"], &scale)?;
        Ok(Self { loc, scale })
    }

    /// Σ ln β + γ + 1, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.scale.clone()], |[s]| s.ln() + (EULER_GAMMA + 1.0))
    }

    /// P(X ≤ x) = exp(−e^−z), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [x.clone(), self.loc.clone(), self.scale.clone()],
            |[x, loc, s]| {
                // The derivative exp(−z − e^−z) is taken at once: it vanishes where e^−z overflows.
                let z = (x - loc) / s;
                let e = (-z.value).exp_v();
                z.chain((-e).exp_v(), (-z.value - e).exp_v())
            },
        )
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [u.clone(), self.loc.clone(), self.scale.clone()],
            |[u, loc, s]| loc - s * (-u.ln()).ln(),
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Gumbel<N, E, T> {
    /// Σ −z − e^−z − ln β.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [x.clone(), self.loc.clone(), self.scale.clone()],
            |[x, loc, s]| {
                let z = (x - loc) / s;
                (-z - (-z).exp() - s.ln()).flat_at_infinity()
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Gumbel<N, E, T> {
    /// μ + γβ
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.loc.clone(), self.scale.clone()], |[loc, s]| {
            loc + EULER_GAMMA * s
        })
    }

    /// π²β²/6
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.scale.clone()], |[s]| PI * PI / 6.0 * s.square())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Gumbel<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.loc, &self.scale], |[loc, s]| {
            loc - s * (-uniform(rng).ln()).ln()
        })
    }
}

/// Σ γ(r − 1) − ln r + d + e^−d Γ(1 + r) − 1 with r = β₁/β₂ and d = (μ₁ − μ₂)/β₂; ∞ where Γ overflows.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Gumbel<N, E, T>, E, T> for Gumbel<N, E, T> {
    fn kl_to(&self, q: &Gumbel<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [
                self.loc.clone(),
                self.scale.clone(),
                q.loc.clone(),
                q.scale.clone(),
            ],
            |[loc1, s1, loc2, s2]| divergence([s1, s2], (loc1 - loc2) / s2),
        )
    }
}

/// The divergence of two Gumbel variables in terms of r = scale₁/scale₂ and d, also that of their exponentials.
#[inline(always)]
pub(crate) fn divergence<E: Real, const K: usize>(
    [scale1, scale2]: [Dual<E, K>; 2],
    d: Dual<E, K>,
) -> Dual<E, K> {
    let (ratio, excess) = (scale1 / scale2, (scale1 - scale2) / scale2);
    // ln Γ(r) + γ(r − 1), the least for any d; nothing cancels at r = 1.
    let least = if excess.value.abs() < E::of(0.25) {
        log_gamma_residual(excess)
    } else {
        ratio.lgamma() + EULER_GAMMA * (ratio - 1.0)
    };
    // With g = ln Γ(1 + r) − d, the rest is e^g − 1 − g.
    (least + ((1.0 + ratio).lgamma() - d).exp_m1_residual()).flat_at_infinity()
}
