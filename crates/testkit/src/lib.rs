//! Assertions for tests: gradients against finite differences, samplers against a CDF, divergences against quadrature.
//!
//! | assertion | what it holds against what |
//! |---|---|
//! | [`assert_grad`] | the gradients of an operation, in `f64`, against central differences, in every memory layout |
//! | [`assert_module_grad`] | the gradients of a layer or a model, by its input and by all its parameters, against central differences |
//! | [`assert_ks`] | samples against a cumulative distribution function (Kolmogorov–Smirnov) |
//! | [`assert_chi_square`] | counts of samples against the expected ones (Pearson) |
//! | [`assert_kl`] | a divergence against the integral that defines it |
//! | [`assert_close`] | one number against another, relative to their size |
//!
//! [`integrate`] is the quadrature. [`edit_parameters`] and [`parameter_gradients`] walk through a module; [`spread`] gives
//! numbers to fill it with, and [`weighted_sum`] makes a loss of what comes out.
#![forbid(unsafe_code)]

mod chi_square;
mod gradient;
mod kl;
mod ks;
mod module;
mod quadrature;

pub use chi_square::{assert_chi_square, chi_square_p_value};
pub use gradient::{Matrix, assert_grad, weighted_sum};
pub use kl::assert_kl;
pub use ks::{assert_ks, ks_p_value};
pub use module::{assert_module_grad, edit_parameters, parameter_gradients, spread};
pub use quadrature::integrate;

/// Asserts |a − b| ≤ tolerance · (1 + |b|); infinities have to agree, and NaN is never close to anything.
///
/// ```
/// vae_testkit::assert_close(1000.0, 1000.1, 1e-3);
/// ```
#[track_caller]
pub fn assert_close(a: f64, b: f64, tolerance: f64) {
    assert!(
        a == b || (a - b).abs() <= tolerance * (1.0 + b.abs()),
        "{a} is not close to {b}"
    );
}
