//! A distribution function of one large parameter a, uniformly in its argument (Temme 1979; Gil, Segura and Temme 2012,
//! "Efficient and accurate algorithms for the computation and inversion of the incomplete gamma function ratios").
//!
//! The argument is mapped to η on the line such that the density is e^{−½aη²} f(η) √(a/2π) / C(a) with f(0) = 1. Then
//! Q = ½ erfc(η √(a/2)) + e^{−½aη²} S / √(2πa), where C S = B = Σ bₙηⁿ with bₙ₋₁ = fₙ + (n + 1) bₙ₊₁ / a, and C = 1 + b₁/a.

use super::ErrorFunction;
use crate::Dual;
use std::f64::consts::TAU;

/// The expansions hold to all digits for a from here on, and |η| ≤ 1.
pub(super) const LARGE: f64 = 20.0;

/// An argument, by ½η² and the drift −∂(½aη²)/∂a of the exponent at a fixed argument.
pub(super) struct Place {
    pub(super) a: f64,
    pub(super) eta: f64,
    pub(super) half_square: f64,
    /// The drift over η.
    pub(super) drift: f64,
}

impl Place {
    /// P and Q, each to all digits.
    pub(super) fn tails<const N: usize>(&self, f: &[f64; N]) -> [f64; 2] {
        let [b, c] = self.series(f);
        let root = self.a.sqrt();
        let scale = (-self.a * self.half_square).exp() / TAU.sqrt();
        let correction = b.value / (c.value * root);
        let tail = |sign: f64| {
            scale * ((-sign * self.eta * root).inverse_mills().recip() + sign * correction)
        };
        if self.eta < 0.0 {
            let lower = tail(-1.0);
            [lower, 1.0 - lower]
        } else {
            let upper = tail(1.0);
            [1.0 - upper, upper]
        }
    }

    /// (∂Q/∂a) / e^{−½aη²} · C √(2πa): how the argument moves with a while Q stays, but for a factor of the family's.
    /// The common exponential is gone before anything can underflow.
    pub(super) fn shift<const N: usize>(&self, f: &[f64; N]) -> f64 {
        let [b, c] = self.series(f);
        let normalizers = 0.5 / self.a + c.partials[0] / c.value;
        self.drift * (c.value + self.eta * b.value) + b.partials[0] - b.value * normalizers
    }

    /// B and C, with their derivatives in a.
    fn series<const N: usize>(&self, f: &[f64; N]) -> [Dual<f64, 1>; 2] {
        let [a] = Dual::variables([self.a]);
        let eta = a.chain(self.eta, -(self.drift + 0.5 * self.eta) / self.a);
        let inverse = a.recip();
        let [mut sum, mut b, mut next] = [Dual::constant(0.0); 3];
        for n in (1..N).rev() {
            (b, next) = ((n + 1) as f64 * inverse * next + f[n], b);
            sum = sum * eta + b;
        }
        [sum, inverse * next + 1.0]
    }
}
