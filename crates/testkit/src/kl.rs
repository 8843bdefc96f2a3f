use crate::integrate;
use std::ops::Range;

/// Asserts that `kl` is KL(p ‖ q) = ∫ p (ln p − ln q), to 10⁻⁶, and not negative, for densities on the line.
///
/// `support` has to hold all but a negligible part of p.
///
/// ```
/// let normal = |x: f64| -0.5 * (x * x + std::f64::consts::TAU.ln());
/// vae_testkit::assert_kl(0.5, normal, |x| normal(x - 1.0), -10.0..10.0);
/// ```
#[track_caller]
pub fn assert_kl(
    kl: f64,
    log_p: impl Fn(f64) -> f64,
    log_q: impl Fn(f64) -> f64,
    support: Range<f64>,
) {
    assert!(kl >= 0.0, "a divergence is never negative: {kl}");
    let integral = |f: &dyn Fn(f64) -> f64| {
        integrate(&[support.start, support.end], |x| {
            x.iter().map(|x| f(*x)).collect()
        })
    };
    let mass = integral(&|x| log_p(x).exp());
    assert!(
        (mass - 1.0).abs() < 1e-7,
        "the support {support:?} holds {mass} of the density"
    );
    let expected = integral(&|x| {
        let log_p = log_p(x);
        if log_p == f64::NEG_INFINITY {
            0.0
        } else {
            log_p.exp() * (log_p - log_q(x))
        }
    });
    crate::assert_close(kl, expected, 1e-6);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(x: f64) -> f64 {
        -0.5 * (x * x + std::f64::consts::TAU.ln())
    }

    #[test]
    #[should_panic(expected = "is not close")]
    fn refuses_a_wrong_value() {
        assert_kl(0.5001, normal, |x| normal(x - 1.0), -10.0..10.0);
    }

    #[test]
    #[should_panic(expected = "never negative")]
    fn refuses_a_negative_value() {
        assert_kl(-1e-9, normal, normal, -10.0..10.0);
    }

    #[test]
    #[should_panic(expected = "holds")]
    fn refuses_a_truncated_support() {
        assert_kl(0.5, normal, |x| normal(x - 1.0), -2.0..2.0);
    }
}
