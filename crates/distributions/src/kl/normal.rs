use super::closed_forms;
use std::f64::consts::{E as EULER, FRAC_1_SQRT_2, FRAC_2_PI, LN_2, TAU};
use vae_ops::math::ErrorFunction;
use vae_ops::{Dual, Real};

closed_forms! {
    /// Σ z + e^{w − z} + ln β/σ − ½ ln 2πe with z = (μ₁ − μ₂)/β and w = σ²/2β².
    Normal[mean, log_var] to Gumbel[loc, scale]: |[mean, log_var, loc, scale]| {
        let log_ratio = log_var - 2.0 * scale.ln();
        let log_laplace = 0.5 * log_ratio.exp() - (mean - loc) / scale;
        log_laplace.exp_m1_residual() + 0.5 * log_ratio.exp_m1_residual() + (1.0 - 0.5 * TAU.ln())
    };

    /// Σ E|x − μ₂|/b + ln 2b/σ − ½ ln 2πe, |x − μ₂|/σ being the size of a normal variable of mean (μ₁ − μ₂)/σ.
    Normal[mean, log_var] to Laplace[loc, scale]: |[mean, log_var, loc, scale]| {
        let log_ratio = 0.5 * log_var - scale.ln();
        let size = mean_size((mean - loc) * (-0.5 * log_var).exp());
        // By its logarithm: the ratio may underflow where the size overflows.
        (log_ratio + size.ln()).exp() - log_ratio + (LN_2 - 0.5 * (TAU * EULER).ln())
    };
}

/// E|z| of a normal variable with this mean and variance 1: √(2/π) e^{−t²/2} + t erf(t/√2), of slope erf(t/√2).
#[inline(always)]
fn mean_size<const K: usize>(t: Dual<f64, K>) -> Dual<f64, K> {
    let at = t.value;
    let slope = (FRAC_1_SQRT_2 * at).erf_v();
    t.chain(
        FRAC_2_PI.sqrt() * (-0.5 * at * at).exp_v() + at * slope,
        slope,
    )
}
