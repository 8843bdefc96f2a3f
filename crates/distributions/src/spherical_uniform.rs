use crate::Density;
use dfdx::prelude::{Dim, HasShape};
use vae_ops::math::GammaFunction;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The uniform distribution on the unit sphere, of any dimension N: the prior of a hyperspherical latent space, and
/// [`VonMisesFisher`](crate::VonMisesFisher) with κ = 0, which draws from it.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, SphericalUniform};
///
/// let x = Cpu::default().tensor_from_vec(vec![0.0f64, 0.6, 0.8], (1, Const::<3>));
/// let area = 2.0 * std::f64::consts::TAU;
/// assert!((SphericalUniform.log_prob(&x).as_vec()[0] + area.ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SphericalUniform;

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for SphericalUniform {
    /// −ln S, with the surface area S = 2 π^(N/2) / Γ(N/2). x has to be of norm 1, which is not checked.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let log_area = log_surface_area(x.shape().1.size());
        let any = sum_formula([x.clone()], |_| Dual::constant(0.0));
        formula([any], move |_| Dual::constant(-log_area))
    }
}

/// ln 2 π^(N/2) / Γ(N/2), the area of the unit sphere in N dimensions.
pub(crate) fn log_surface_area(dimension: usize) -> f64 {
    let half = 0.5 * dimension as f64;
    2f64.ln() + half * std::f64::consts::PI.ln() - half.lgamma()
}
