//! Elementary and special functions of one number, in the traits that [`Real`](crate::Real) is made of.
//!
//! A name ends in `_v` where the standard library has, or plans, the plain one. What is called straight-line code has
//! no branch and no call, so that a loop over it compiles to SIMD instructions. NaN gives NaN.
//!
//! Errors are relative in `f64` and in units of the last place (ulp) in `f32`, and hold over the whole domain,
//! subnormal and huge arguments included. They are the largest found against `mpmath` at the points of
//! `tests/golden/special.csv` and, in `f32`, against independent `f64` functions at every 499th of all bit patterns. No
//! bound is stated for what the platform computes; it passes the same test, to 10⁻¹³.
//!
//! | trait | functions |
//! |---|---|
//! | [`Exponential`] | eˣ − 1, tanh; eˣ itself is [`Real::exp_v`](crate::Real::exp_v) |
//! | [`Logarithm`] | ln x, ln(1 + x) |
//! | [`Trigonometric`] | sin, cos |
//! | [`ErrorFunction`] | erf, erfc, ln Φ and its derivative |
//! | [`GammaFunction`] | ln Γ, ψ, ψ′ |
//! | [`BesselFunction`] | I₀ and I₁, scaled; ln I₀ |
//! | [`FromWord`] | uniform, exponential and circular random numbers from 32 random bits |
//! | [`log_bessel_i`], [`bessel_i_ratio`] | I_ν of real order |
//! | [`gamma_p`], [`gamma_q`], [`gamma_p_derivatives`] | the regularized incomplete gamma functions |
//! | [`beta_inc`], [`beta_inc_derivatives`] | the regularized incomplete beta function |
//! | [`student_t_cdf`], [`student_t_cdf_derivatives`] | the distribution function of Student's t |
//! | [`gamma_sample_derivative`], [`log_gamma_sample_derivative`], [`beta_sample_derivatives`], [`beta_log_odds_derivatives`], [`student_t_sample_derivative`], [`von_mises_fisher_sample_derivative`] | how a draw moves with its parameters: implicit reparameterization |
//! | [`Langevin`] | the normalizer of the von Mises–Fisher distribution, its derivatives, and what they lead to |
//!
//! ```
//! use vae_ops::math::ErrorFunction;
//! // Φ(−10¹⁰) is no number that a computer holds, but its logarithm is.
//! assert_eq!((-1e10f32).log_ndtr(), -5e19);
//! ```

mod bessel;
mod bessel_order;
mod binet;
mod erf;
mod exp;
mod gamma;
mod incomplete_beta;
mod incomplete_gamma;
mod langevin;
mod ln;
mod student_t;
mod tail_integral;
mod trig;
mod uniform;
mod von_mises_fisher;
mod wide;
mod word;

pub use bessel::BesselFunction;
pub use bessel_order::{bessel_i_ratio, log_bessel_i};
pub use erf::ErrorFunction;
pub use exp::Exponential;
pub(crate) use exp::{power, reduce};
pub use gamma::GammaFunction;
pub use incomplete_beta::{
    beta_inc, beta_inc_derivatives, beta_log_odds_derivatives, beta_sample_derivatives,
};
pub use incomplete_gamma::{
    gamma_p, gamma_p_derivatives, gamma_q, gamma_sample_derivative, log_gamma_sample_derivative,
};
pub use langevin::Langevin;
pub use ln::Logarithm;
pub use student_t::{student_t_cdf, student_t_cdf_derivatives, student_t_sample_derivative};
pub use trig::Trigonometric;
pub use von_mises_fisher::von_mises_fisher_sample_derivative;
pub use word::FromWord;
