use super::{Bound, Miwae, Weighed, normalized};
use vae_ops::log_mean_exp;

/// (1 − α)⁻¹ ln (1/K) Σₖ wₖ^(1−α), the variational Rényi bound (Li & Turner 2016, eq. 6): [`Iwae`](super::Iwae) for α = 0,
/// the evidence lower bound in the limit α → 1, [`VrMax`](super::VrMax) for α → −∞.
///
/// It falls as α grows. With infinitely many samples it bounds ln p(x) from above for α < 0; with K, on average, as long as K is
/// small enough (Li & Turner 2016, theorem 2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Renyi {
    /// α
    pub alpha: f64,
}

impl Bound for Renyi {
    fn weigh(&self, log_weights: &[f64]) -> Weighed {
        let power = 1.0 - self.alpha;
        if power == 0.0 {
            let groups = log_weights.len();
            return Miwae { groups }.weigh(log_weights);
        }
        let raised: Vec<f64> = log_weights.iter().map(|l| power * l).collect();
        let weights = normalized(&raised);
        let doubly = weights.iter().map(|w| w * (1.0 - power * (1.0 - w)));
        let doubly = doubly.collect();
        Weighed::new(log_mean_exp(&raised) / power, weights, doubly)
    }
}
