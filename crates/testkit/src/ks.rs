/// Asserts that `samples` come from the continuous distribution with this CDF: two-sided Kolmogorov–Smirnov test at
/// the level 10⁻⁴. With a fixed seed it passes or fails for good; a sampler that is off by 1 % of a standard deviation
/// fails with 10⁵ samples.
///
/// ```
/// let samples: Vec<f64> = (0..1000).map(|i| (f64::from(i) + 0.5) / 1000.0).collect();
/// vae_testkit::assert_ks(&samples, |x| x);
/// ```
#[track_caller]
pub fn assert_ks(samples: &[f64], cdf: impl Fn(f64) -> f64) {
    let p = ks_p_value(samples, cdf);
    assert!(
        p > 1e-4,
        "{} samples do not follow the distribution: Kolmogorov–Smirnov p = {p:.1e}",
        samples.len()
    );
}

/// The asymptotic p-value of the two-sided Kolmogorov–Smirnov test; 0 if a sample is NaN.
pub fn ks_p_value(samples: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    if samples.iter().any(|x| x.is_nan()) {
        return 0.0;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let distance = sorted.iter().enumerate().map(|(i, x)| {
        let (below, p) = (i as f64 / n, cdf(*x));
        (p - below).max(below + 1.0 / n - p)
    });
    let lambda = distance.fold(0.0, f64::max) * (n.sqrt() + 0.12 + 0.11 / n.sqrt());
    // Kolmogorov's series; it does not converge at 0, where the probability is 1.
    if lambda < 0.2 {
        return 1.0;
    }
    let term = |k: i32| (-1f64).powi(k - 1) * (-2.0 * f64::from(k * k) * lambda * lambda).exp();
    (2.0 * (1..=100).map(term).sum::<f64>()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uniform(n: u32) -> Vec<f64> {
        // Weyl's sequence is uniform but not random: scrambled enough for a distribution test.
        (0..n)
            .map(|i| (f64::from(i) * 0.754_877_666_246_693).fract())
            .collect()
    }

    #[test]
    fn knows_the_critical_value() {
        // P(√n D > 1.3581) = 0.05.
        let n = 10_000;
        let shift = 1.3581 / (f64::from(n).sqrt() + 0.12 + 0.11 / f64::from(n).sqrt());
        let samples: Vec<f64> = (0..n)
            .map(|i| (f64::from(i) + 1.0) / f64::from(n))
            .collect();
        let p = ks_p_value(&samples, |x| (x - shift).clamp(0.0, 1.0));
        assert!((p - 0.05).abs() < 2e-3, "p = {p}");
    }

    #[test]
    #[should_panic(expected = "do not follow")]
    fn refuses_a_shifted_distribution() {
        assert_ks(&uniform(100_000), |x| (x - 0.01).clamp(0.0, 1.0));
    }

    #[test]
    #[should_panic(expected = "do not follow")]
    fn refuses_nan() {
        assert_ks(&[0.5, f64::NAN], |x| x);
    }
}
