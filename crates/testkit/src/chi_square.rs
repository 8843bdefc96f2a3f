use vae_ops::math::ErrorFunction;

/// Asserts that `observed` counts come from a distribution with these `expected` counts: Pearson's χ² test at the level
/// 10⁻⁴. Both cover the whole support, so their sums agree.
///
/// ```
/// vae_testkit::assert_chi_square(&[498.0, 502.0], &[500.0, 500.0]);
/// ```
#[track_caller]
pub fn assert_chi_square(observed: &[f64], expected: &[f64]) {
    let (drawn, mass): (f64, f64) = (observed.iter().sum(), expected.iter().sum());
    assert!(
        (drawn - mass).abs() <= 1e-6 * mass,
        "{drawn} samples, of which {mass} are expected"
    );
    let p = chi_square_p_value(observed, expected);
    assert!(
        p > 1e-4,
        "{drawn} samples do not follow the distribution: χ² p = {p:.1e}"
    );
}

/// The p-value of Pearson's χ² test, in the approximation of Wilson and Hilferty (1931). Neighbouring cells are merged
/// until 10 samples or more are expected in each; with one cell left it is 1.
pub fn chi_square_p_value(observed: &[f64], expected: &[f64]) -> f64 {
    let mut cells = vec![[0.0; 2]];
    for (o, e) in observed.iter().zip(expected) {
        let last = cells.len() - 1;
        cells[last] = [cells[last][0] + o, cells[last][1] + e];
        if cells[last][1] >= 10.0 {
            cells.push([0.0; 2]);
        }
    }
    // What is left over belongs to the last full cell.
    if let (Some([o, e]), Some(last)) = (cells.pop(), cells.last_mut()) {
        *last = [last[0] + o, last[1] + e];
    }
    if cells.len() < 2 {
        return 1.0;
    }
    let statistic: f64 = cells.iter().map(|[o, e]| (o - e).powi(2) / e).sum();
    let spread = 2.0 / (9.0 * (cells.len() - 1) as f64);
    let z = ((statistic / (cells.len() - 1) as f64).cbrt() - 1.0 + spread) / spread.sqrt();
    0.5 * (z / 2f64.sqrt()).erfc_v()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_critical_value() {
        // P(χ² > 18.307) = 0.05 with 10 degrees of freedom, P(χ² > 3.841) = 0.05 with 1.
        let mut observed = [1000.0; 11];
        let shift = (18.307f64 * 1000.0 / 2.0).sqrt();
        observed[3] += shift;
        observed[7] -= shift;
        assert!((chi_square_p_value(&observed, &[1000.0; 11]) - 0.05).abs() < 1e-3);
        let shift = (3.841f64 * 1000.0 / 2.0).sqrt();
        let p = chi_square_p_value(&[1000.0 + shift, 1000.0 - shift], &[1000.0; 2]);
        assert!((p - 0.05).abs() < 3e-3, "{p}");
    }

    #[test]
    fn small_cells_are_merged() {
        // One sample where 0.01 was expected is no evidence, as long as its neighbourhood is full enough.
        let p = chi_square_p_value(&[1.0, 99.0, 100.0, 0.0], &[0.01, 99.99, 99.0, 1.0]);
        assert!(p > 0.9, "{p}");
    }

    #[test]
    #[should_panic(expected = "do not follow")]
    fn refuses_a_shifted_distribution() {
        assert_chi_square(&[51_000.0, 49_000.0], &[50_000.0, 50_000.0]);
    }

    #[test]
    #[should_panic(expected = "are expected")]
    fn refuses_cells_that_miss_some_samples() {
        assert_chi_square(&[50.0, 40.0], &[50.0, 50.0]);
    }
}
