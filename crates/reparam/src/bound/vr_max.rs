use super::{Bound, Weighed};

/// maxₖ ln wₖ (Li & Turner 2016, §4.3): only the sample of the largest weight learns. Not a lower bound on ln p(x).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VrMax;

impl Bound for VrMax {
    fn weigh(&self, log_weights: &[f64]) -> Weighed {
        let mut best = 0;
        for (k, l) in log_weights.iter().enumerate() {
            if *l > log_weights[best] {
                best = k;
            }
        }
        let weights: Vec<f64> = (0..log_weights.len())
            .map(|k| f64::from(k == best))
            .collect();
        Weighed::new(log_weights[best], weights.clone(), weights)
    }
}
