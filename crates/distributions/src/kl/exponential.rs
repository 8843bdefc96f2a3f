use super::{closed_forms, to_normal};
use crate::gamma;
use vae_ops::Dual;

closed_forms! {
    /// That of two gamma distributions, the first of concentration 1.
    Exponential[rate] to Gamma[concentration, rate]: |[rate1, a, rate2]| {
        gamma::divergence([Dual::constant(1.0), rate1], [a, rate2])
    };

    /// Σ ln λβ + 1/λβ − μ/β − 1 + e^{μ/β} λβ/(1 + λβ).
    Exponential[rate] to Gumbel[loc, scale]: |[rate, loc, scale]| {
        let inverse = 1.0 / (rate * scale);
        let log_ratio = inverse.ln_1p();
        (loc / scale - log_ratio).exp_m1_residual() + log_ratio.exp_m1_residual() - inverse.ln()
    };

    /// Σ ½ (ln 2πσ²λ² + ((1/λ − μ)² + 1/λ²)/σ²) − 1.
    Exponential[rate] to Normal[mean, log_var]: |[rate, mean, log_var]| {
        to_normal(1.0 - rate.ln(), [1.0 / rate, -2.0 * rate.ln()], [mean, log_var])
    };
}
