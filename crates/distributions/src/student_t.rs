use crate::log_gamma::{digamma_step, log_gamma_step};
use crate::sample::draw;
use crate::{Density, Domain, DomainError, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use rand_distr::Distribution;
use std::f64::consts::PI;
use vae_ops::math::{student_t_cdf, student_t_cdf_derivatives};
use vae_ops::{Batch, Dual, PerExample, Real, Record, elementwise, formula, sum_formula};

/// Student's t distribution from its degrees of freedom ν > 0, location μ and scale s > 0, each (B, N):
/// p(x) = Γ((ν + 1)/2) / (Γ(ν/2) √(νπ) s) · (1 + z²/ν)^(−(ν + 1)/2) on the line, with z = (x − μ)/s.
///
/// Accurate for any ν: the normalizer is not a difference of large numbers, so that ν → ∞ ends at the normal density.
/// No divergence of two has a closed form.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, StudentT};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = StudentT::new(tensor(2.0), tensor(0.0), tensor(1.0))?;
/// assert!((p.log_prob(&tensor(0.0)).as_vec()[0] + 1.5 * 2.0f64.ln()).abs() < 1e-15);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct StudentT<N: Dim, E: Real = f32, T = NoneTape> {
    /// ν
    pub df: Batch<N, E, T>,
    /// μ
    pub loc: Batch<N, E, T>,
    /// s
    pub scale: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> StudentT<N, E, T> {
    /// Checks that ν and s are positive and μ is finite.
    pub fn new(
        df: Batch<N, E, T>,
        loc: Batch<N, E, T>,
        scale: Batch<N, E, T>,
    ) -> Result<Self, DomainError> {
        Domain::Positive.check(["StudentT", "df"], &df)?;
        Domain::Finite.check(["StudentT", "loc"], &loc)?;
        Domain::Positive.check(["StudentT", "scale"], &scale)?;
        Ok(Self { df, loc, scale })
    }

    /// Σ ½(ν + 1) (ψ((ν + 1)/2) − ψ(ν/2)) + ln √ν B(½, ν/2) + ln s, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula([self.df.clone(), self.scale.clone()], |[df, s]| {
            0.5 * (df + 1.0) * digamma_step(0.5 * df, 0.5) - log_density_at_0(df) + s.ln()
        })
    }

    /// P(X ≤ x), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [df, loc, scale] = [&self.df, &self.loc, &self.scale].map(Clone::clone);
        elementwise([x.clone(), df, loc, scale], [], |inputs, []| {
            let [x, df, loc, s] = inputs.map(Real::as_f64);
            let z = (x - loc) / s;
            let [ddf, density] = student_t_cdf_derivatives(df, z);
            let dx = density / s;
            // 0 also where x is infinite.
            let dscale = if dx == 0.0 { 0.0 } else { -dx * z };
            let partials = [dx, ddf, -dx, dscale];
            (E::of(student_t_cdf(df, z)), partials.map(E::of))
        })
    }
}

/// ln Γ((ν + 1)/2) / (Γ(ν/2) √(νπ)), which is −ln √ν B(½, ν/2).
#[inline(always)]
fn log_density_at_0<E: Real, const K: usize>(df: Dual<E, K>) -> Dual<E, K> {
    log_gamma_step(0.5 * df, Dual::constant(0.5)) - 0.5 * (df.ln() + PI.ln())
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for StudentT<N, E, T> {
    /// Σ ln p(μ) − ½(ν + 1) ln(1 + z²/ν).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(
            [
                x.clone(),
                self.df.clone(),
                self.loc.clone(),
                self.scale.clone(),
            ],
            |[x, df, loc, s]| {
                let z = (x - loc) / s;
                log_density_at_0(df) - s.ln() - 0.5 * (df + 1.0) * (z.square() / df).ln_1p()
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for StudentT<N, E, T> {
    /// μ; NaN for ν ≤ 1, where the integral does not exist.
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.df.clone(), self.loc.clone()], |[df, loc]| {
            if df.value > E::one() {
                loc
            } else {
                Dual::constant(f64::NAN)
            }
        })
    }

    /// s² ν/(ν − 2); ∞ for 1 < ν ≤ 2, NaN for ν ≤ 1, where there is no mean.
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.df.clone(), self.scale.clone()], |[df, s]| {
            if df.value > E::of(2.0) {
                s.square() * (df / (df - 2.0))
            } else if df.value > E::one() {
                Dual::constant(f64::INFINITY)
            } else {
                Dual::constant(f64::NAN)
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for StudentT<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.df, &self.loc, &self.scale], |[df, loc, s]| {
            // Outside of the domain, NaN as of the other samplers.
            let t = rand_distr::StudentT::new(df).map_or(f64::NAN, |t| t.sample(rng));
            loc + s * t
        })
    }
}
