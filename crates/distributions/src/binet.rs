//! What the gamma function leaves when Stirling's formula is taken out of it, Binet's function
//!
//! μ(x) = ln Γ(x) − (x − ½) ln x + x − ½ ln 2π for x > 0.
//!
//! It is small where x is large, so that densities and divergences written with it keep their digits where ln Γ and its
//! differences lose them all; and it is completely monotone, so that its Bregman divergence is never negative.

use crate::relative_entropy::{log_ratio, relative_entropy};
use std::f64::consts::TAU;
use vae_ops::Dual;
use vae_ops::math::GammaFunction;

/// B₂ₖ / (2k (2k − 1)): μ(x) = Σ cₖ x^(1 − 2k), to all digits from x = 10 on.
const SERIES: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];
const SERIES_FROM: f64 = 10.0;

/// μ(x), μ′(x) and μ″(x), to 10⁻¹⁴ of the terms of the definition.
fn derivatives(x: f64) -> [f64; 3] {
    if x < SERIES_FROM {
        let log = x.ln();
        return [
            x.lgamma() - (x - 0.5) * log + x - 0.5 * TAU.ln(),
            x.digamma() - log + 0.5 / x,
            x.trigamma() - 1.0 / x - 0.5 / (x * x),
        ];
    }
    let square = 1.0 / (x * x);
    let [mut value, mut first, mut second] = [0.0; 3];
    for (k, c) in SERIES.iter().enumerate().rev() {
        let m = (2 * k + 1) as f64;
        value = value * square + c;
        first = first * square - m * c;
        second = second * square + m * (m + 1.0) * c;
    }
    [value / x, first * square, second * square / x]
}

/// μ(x)
pub(crate) fn binet<const K: usize>(x: Dual<f64, K>) -> Dual<f64, K> {
    let [value, first, _] = derivatives(x.value);
    x.chain(value, first)
}

/// μ(b) − μ(a) − μ′(a) (b − a) ≥ 0.
fn binet_bregman<const K: usize>(b: Dual<f64, K>, a: Dual<f64, K>) -> Dual<f64, K> {
    let [at_b, at_a] = [derivatives(b.value), derivatives(a.value)];
    let difference = b.value - a.value;
    let value = if difference.abs() < 0.5 * a.value {
        near(b.value, a.value)
    } else {
        at_b[0] - at_a[0] - at_a[1] * difference
    };
    b.chain_with(a, value, [at_b[1] - at_a[1], -at_a[2] * difference])
}

/// The same where a and b are close, without the differences.
fn near(mut b: f64, mut a: f64) -> f64 {
    let residual = |x: f64| vae_ops::Real::exp_m1_residual(x);
    let difference = b - a;
    let mut sum = 0.0;
    while a < SERIES_FROM {
        // μ(x) = (x + ½) ln(1 + 1/x) − 1 + μ(x + 1).
        let share = difference / (a + 1.0);
        let logarithm = (-share / b).ln_1p();
        sum += share * difference / (2.0 * a * b) - (b + 0.5) * residual(logarithm);
        (a, b) = (a + 1.0, b + 1.0);
    }
    // b⁻ᵐ − a⁻ᵐ + m a⁻ᵐ⁻¹ (b − a) with ln b/a = t.
    let t = (difference / a).ln_1p();
    let powers = SERIES.iter().enumerate().rev().fold(0.0, |sum, (k, c)| {
        let m = (2 * k + 1) as f64;
        sum / (a * a) + c * (residual(-m * t) + m * residual(t))
    });
    sum + powers / a
}

/// φ(b) − φ(a) − φ′(a) (b − a) ≥ 0 for φ(x) = ln Γ(x) − x ln x + x, which is convex.
pub(crate) fn gamma_bregman<const K: usize>(b: Dual<f64, K>, a: Dual<f64, K>) -> Dual<f64, K> {
    0.5 * log_ratio(b, a).exp_m1_residual() + binet_bregman(b, a)
}

/// The entropy of a gamma variable of concentration a and rate 1, a + ln Γ(a) + (1 − a) ψ(a).
pub(crate) fn gamma_entropy<const K: usize>(a: Dual<f64, K>) -> Dual<f64, K> {
    let [value, first, second] = derivatives(a.value);
    let slope = a.chain(first, second);
    0.5 * (a.ln() + 1.0 - 1.0 / a + TAU.ln()) + a.chain(value, first) + (1.0 - a) * slope
}

/// ln[Γ(k + m + 1) / Γ(k + 1) Γ(m + 1)] + k ln p + m ln(1 − p) for real k, m > 0: the density of binomial, negative
/// binomial and beta variables, as Loader (2000), "Fast and accurate computation of binomial probabilities", writes it.
pub(crate) fn log_binomial<const K: usize>(
    [k, m]: [Dual<f64, K>; 2],
    [log_p, log_q]: [Dual<f64, K>; 2],
) -> Dual<f64, K> {
    let n = k + m;
    let deviance = relative_entropy(k, n * log_p.exp(), (m / k).ln_1p() + log_p)
        + relative_entropy(m, n * log_q.exp(), (k / m).ln_1p() + log_q);
    let normalizer = 0.5 * (n.ln() - k.ln() - m.ln() - TAU.ln());
    normalizer + binet(n) - binet(k) - binet(m) - deviance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_continues_the_definition() {
        for x in [10.0, 14.0, 50.0] {
            let [value, first, second] = derivatives(x);
            let definition = [
                x.lgamma() - (x - 0.5) * x.ln() + x - 0.5 * TAU.ln(),
                x.digamma() - x.ln() + 0.5 / x,
                x.trigamma() - 1.0 / x - 0.5 / (x * x),
            ];
            for (series, definition) in [value, first, second].iter().zip(definition) {
                assert!((series - definition).abs() < 2e-13, "{series} {definition}");
            }
        }
    }

    #[test]
    fn the_bregman_divergence_keeps_its_digits() {
        for a in [1e-10, 0.3, 1.0, 7.5, 9.99, 12.0, 1e6] {
            // Either way of computing it, where both hold.
            let b = 1.4 * a;
            let direct = derivatives(b)[0] - derivatives(a)[0] - derivatives(a)[1] * (b - a);
            assert!(
                (near(b, a) - direct).abs() < 1e-13 * (1.0 + a.ln().abs()),
                "{a}"
            );
            // ½ μ″(a) (b − a)² where they are close.
            let b = a * (1.0 + 1e-8);
            let second_order = 0.5 * derivatives(a)[2] * (b - a).powi(2);
            assert!((near(b, a) / second_order - 1.0).abs() < 1e-6, "{a}");
            assert_eq!(near(a, a), 0.0);
        }
    }
}
