use super::{closed_forms, gamma, to_exponential, to_normal};
use vae_ops::Dual;

closed_forms! {
    /// Σ λ m α/(α − 1) − ln λm/α − 1/α − 1; +∞ for α ≤ 1.
    Pareto[scale, alpha] to Exponential[rate]: |[m, alpha, rate]| {
        if alpha.value <= 1.0 {
            return Dual::constant(f64::INFINITY);
        }
        to_exponential(entropy(m, alpha), m.ln() - (-1.0 / alpha).ln_1p(), rate)
    };

    /// Σ −α₂ ln β − (α₂ − 1) (ln m + 1/α₁) + β m α₁/(α₁ − 1) + ln Γ(α₂) less the entropy; +∞ for α₁ ≤ 1.
    Pareto[scale, alpha] to Gamma[concentration, rate]: |[m, alpha, a, rate]| {
        if alpha.value <= 1.0 {
            return Dual::constant(f64::INFINITY);
        }
        // −ln(1 − 1/α₁) − 1/α₁
        let gap = (-1.0 / alpha).ln_1p().exp_m1_residual();
        gamma::cross_entropy([mean(m, alpha), gap], [a, rate]) - entropy(m, alpha)
    };

    /// Σ ½ (ln 2πσ² + ((m α/(α − 1) − μ)² + m² α/(α − 1)²(α − 2))/σ²) less the entropy; +∞ for α ≤ 2.
    Pareto[scale, alpha] to Normal[mean, log_var]: |[m, alpha, mean2, log_var]| {
        if alpha.value <= 2.0 {
            return Dual::constant(f64::INFINITY);
        }
        let log_variance = 2.0 * (m / (alpha - 1.0)).ln() + alpha.ln() - (alpha - 2.0).ln();
        to_normal(entropy(m, alpha), [mean(m, alpha), log_variance], [mean2, log_var])
    };
}

#[inline(always)]
fn entropy<const K: usize>(m: Dual<f64, K>, alpha: Dual<f64, K>) -> Dual<f64, K> {
    m.ln() - alpha.ln() + 1.0 + 1.0 / alpha
}

#[inline(always)]
fn mean<const K: usize>(m: Dual<f64, K>, alpha: Dual<f64, K>) -> Dual<f64, K> {
    m * (alpha / (alpha - 1.0))
}
