use super::{Bound, Weighed, normalized};
use vae_ops::log_mean_exp;

/// ln (1/K) Σₖ wₖ, the importance-weighted bound (Burda, Grosse & Salakhutdinov 2016, eq. 8): the tighter the more samples,
/// and the evidence lower bound for one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Iwae;

impl Bound for Iwae {
    fn weigh(&self, log_weights: &[f64]) -> Weighed {
        let weights = normalized(log_weights);
        let doubly = weights.iter().map(|w| w * w).collect();
        Weighed::new(log_mean_exp(log_weights), weights, doubly)
    }
}
