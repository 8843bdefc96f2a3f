use super::{closed_forms, to_normal};
use std::f64::consts::LN_2;

closed_forms! {
    /// Σ ½ (ln πσ²/2b² + ((μ₁ − μ₂)² + 2b²)/σ²) − 1.
    Laplace[loc, scale] to Normal[mean, log_var]: |[loc, scale, mean, log_var]| {
        let log_scale = scale.ln();
        to_normal(log_scale + (LN_2 + 1.0), [loc, 2.0 * log_scale + LN_2], [mean, log_var])
    };
}
