/// Some terms of a sum, drawn at random, whose weighted sum is that of all in expectation: their places, in order, with their
/// weights.
///
/// Of terms of `sizes` sₖ about `kept` are drawn, one systematically by the uniform number `u` ∈ \[0, 1): term k with probability
/// pₖ = min(1, sₖ/τ), with τ such that Σ pₖ = `kept`, and weight 1/pₖ (Madow 1949; Duffield et al. 2007 have the same τ). For
/// as many draws no other probabilities make Σ sₖ² (1/pₖ − 1), the variances of all terms, smaller; terms as large as τ are all there, with
/// weight 1. Those of
/// size 0 are never drawn, and where no more than `kept` are left, all are.
///
/// ```
/// use vae_reparam::thin;
///
/// // Half of each pair of equals stands for the pair.
/// assert_eq!(thin(&[1.0, 1.0, 0.0, 9.0, 1.0, 1.0], 3, 0.4), [(0, 2.0), (3, 1.0), (4, 2.0)]);
/// assert_eq!(thin(&[0.5, 0.0, 2.0], 5, 0.4), [(0, 1.0), (2, 1.0)]);
/// ```
pub fn thin(sizes: &[f64], kept: usize, u: f64) -> Vec<(usize, f64)> {
    let tau = threshold(sizes, kept.max(1));
    let (mut passed, mut drawn) = (0.0, Vec::new());
    for (k, size) in sizes.iter().enumerate().filter(|(_, size)| **size != 0.0) {
        // What is not a number is not to vanish.
        if size.is_nan() || *size >= tau {
            drawn.push((k, 1.0));
            continue;
        }
        // A term is drawn where the sum of the probabilities so far passes a whole number + u.
        let before: f64 = passed;
        passed += size / tau;
        if (passed - u).ceil() > (before - u).ceil() {
            drawn.push((k, tau / size));
        }
    }
    drawn
}

/// τ with Σ min(1, sₖ/τ) = `kept`; 0 if there are no more terms than that.
fn threshold(sizes: &[f64], kept: usize) -> f64 {
    let mut sizes: Vec<f64> = sizes.iter().copied().filter(|size| *size > 0.0).collect();
    if sizes.len() <= kept {
        return 0.0;
    }
    sizes.sort_unstable_by(f64::total_cmp);
    // If the largest n are kept for certain, the others share what is left of `kept`.
    let mut rest: f64 = sizes.iter().sum();
    for (n, largest) in sizes.iter().rev().enumerate().take(kept) {
        let tau = rest / (kept - n) as f64;
        if *largest < tau {
            return tau;
        }
        rest -= largest;
    }
    // Next to the largest, the others are lost in rounding.
    sizes[sizes.len() - kept]
}
