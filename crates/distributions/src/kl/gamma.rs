use super::{closed_forms, to_normal};
use crate::binet::gamma_entropy;
use crate::gamma::{divergence, log_density_of_log};
use vae_ops::Dual;

closed_forms! {
    /// That of two gamma distributions, the second of concentration 1.
    Gamma[concentration, rate] to Exponential[rate]: |[a, rate1, rate2]| {
        divergence([a, rate1], [Dual::constant(1.0), rate2])
    };

    /// Σ E\[z\] + ln β + E\[e^−z\] less the entropy, z = (x − μ)/β: E\[e^−z\] = e^{μ/β} (1 + 1/λβ)^−α.
    Gamma[concentration, rate] to Gumbel[loc, scale]: |[a, rate, loc, scale]| {
        let inverse = 1.0 / (rate * scale);
        let log_ratio = inverse.ln_1p();
        let log_laplace = loc / scale - a * log_ratio;
        (1.0 - gamma_entropy(a)) - inverse.ln()
            + log_laplace.exp_m1_residual()
            + a * log_ratio.exp_m1_residual()
    };

    /// Σ ½ (ln 2πσ² + ((α/λ − μ)² + α/λ²)/σ²) less the entropy.
    Gamma[concentration, rate] to Normal[mean, log_var]: |[a, rate, mean, log_var]| {
        let entropy = gamma_entropy(a) - rate.ln();
        to_normal(entropy, [a / rate, a.ln() - 2.0 * rate.ln()], [mean, log_var])
    };
}

/// −E\[ln q(x)\] of a gamma density q: −ln q at the mean of x, and (α − 1) times Jensen's gap ln E\[x\] − E\[ln x\].
#[inline(always)]
pub(super) fn cross_entropy<const K: usize>(
    [mean, gap]: [Dual<f64, K>; 2],
    [a, rate]: [Dual<f64, K>; 2],
) -> Dual<f64, K> {
    mean.ln() - log_density_of_log(a, rate * mean) + (a - 1.0) * gap
}
