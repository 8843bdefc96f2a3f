use super::{closed_forms, to_normal};
use crate::log_gamma::EULER_GAMMA;
use std::f64::consts::PI;

closed_forms! {
    /// Σ ½ (ln 2πσ²/β² + ((μ₁ + γβ − μ₂)² + π²β²/6)/σ²) − γ − 1.
    Gumbel[loc, scale] to Normal[mean, log_var]: |[loc, scale, mean, log_var]| {
        let log_scale = scale.ln();
        to_normal(
            log_scale + (EULER_GAMMA + 1.0),
            [loc + EULER_GAMMA * scale, 2.0 * log_scale + (PI * PI / 6.0).ln()],
            [mean, log_var],
        )
    };
}
