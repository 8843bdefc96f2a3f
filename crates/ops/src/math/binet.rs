//! What Stirling's formula leaves of the gamma function.

use super::GammaFunction;
use super::gamma::STIRLING;
use super::wide::horner;
use std::f64::consts::TAU;

/// From here on the asymptotic series hold to all digits.
const SERIES_FROM: f64 = 10.0;

/// Binet's function μ(x) = ln Γ(x) − (x − ½) ln x + x − ½ ln 2π for x > 0 (DLMF 5.11.1). Absolute error at most 1e-14.
pub(super) fn binet(x: f64) -> f64 {
    if x < SERIES_FROM {
        x.lgamma() - (x - 0.5) * x.ln() + x - 0.5 * TAU.ln()
    } else {
        horner(&STIRLING, 1.0 / (x * x)) / x
    }
}

/// ψ(1 + x) − ln x > 0 for x > 0, which is 1/2x to first order (DLMF 5.11.2). Error at most 1e-13.
pub(super) fn digamma_excess(x: f64) -> f64 {
    // B₂ₖ / 2k.
    const SERIES: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 120.0,
        1.0 / 252.0,
        -1.0 / 240.0,
        1.0 / 132.0,
        -691.0 / 32_760.0,
        1.0 / 12.0,
        -3617.0 / 8160.0,
    ];
    if x < SERIES_FROM {
        (1.0 + x).digamma() - x.ln()
    } else {
        let square = 1.0 / (x * x);
        0.5 / x - square * horner(&SERIES, square)
    }
}
