use std::ops::Range;

/// Asserts that `kl` is KL(p ‖ q) = ∫ p (ln p − ln q), to 10⁻⁶, and not negative, for densities on the line.
///
/// `support` has to hold all but a negligible part of p, and both log-densities have to be smooth inside it.
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
    let mass = simpson(&support, |x| log_p(x).exp());
    assert!(
        (mass - 1.0).abs() < 1e-7,
        "the support {support:?} holds {mass} of the density"
    );
    let integral = simpson(&support, |x| {
        let log_p = log_p(x);
        if log_p == f64::NEG_INFINITY {
            0.0
        } else {
            log_p.exp() * (log_p - log_q(x))
        }
    });
    crate::assert_close(kl, integral, 1e-6);
}

/// Simpson's rule on 20 000 intervals.
fn simpson(range: &Range<f64>, f: impl Fn(f64) -> f64) -> f64 {
    const N: u32 = 20_000;
    let step = (range.end - range.start) / f64::from(N);
    let weight = |i| match i {
        0 | N => 1.0,
        i if i % 2 == 1 => 4.0,
        _ => 2.0,
    };
    (0..=N)
        .map(|i| weight(i) * f(range.start + f64::from(i) * step))
        .sum::<f64>()
        * step
        / 3.0
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
