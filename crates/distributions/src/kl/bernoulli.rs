use super::closed_forms;
use crate::relative_entropy::relative_entropy;
use vae_ops::Dual;

closed_forms! {
    /// Σ p ln p/λ + (1 − p) ln(1 − p) + λ with p = σ(l); +∞ for λ = 0.
    Bernoulli[logits] to Poisson[rate]: |[l, rate]| {
        if rate.value == 0.0 {
            return Dual::constant(f64::INFINITY);
        }
        // p ln p/λ − p + λ and (1 − p) ln(1 − p) + p, neither of them ever negative.
        relative_entropy(l.sigmoid(), rate, rate.ln() - l.log_sigmoid())
            + relative_entropy((-l).sigmoid(), Dual::constant(1.0), l.softplus())
    };
}
