//! Bounds on ln p(x) made of the weights of several samples: one file for each.

mod ciwae;
mod iwae;
mod miwae;
mod piwae;
mod renyi;
mod vr_max;

pub use ciwae::Ciwae;
pub use iwae::Iwae;
pub use miwae::Miwae;
pub use piwae::Piwae;
pub use renyi::Renyi;
pub use vr_max::VrMax;

use vae_ops::log_mean_exp;

/// A bound L(ln w₁, …, ln w_K) on ln p(x), with wₖ = p(x, zₖ)/q(zₖ|x) and zₖ ~ q(z|x) independent.
///
/// An [`Estimator`](crate::Estimator) gets its gradient through the samples.
///
/// ```
/// use vae_reparam::{Bound, Iwae, Miwae, Renyi};
///
/// let log_weights = [-2.0, -1.0, -1.5, -3.0];
/// let elbo = Miwae { groups: 4 }.weigh(&log_weights).value;
/// let iwae = Iwae.weigh(&log_weights).value;
/// let between = Renyi { alpha: 0.5 }.weigh(&log_weights).value;
/// assert_eq!(elbo, -7.5 / 4.0);
/// assert!(elbo < between && between < iwae);
/// ```
pub trait Bound: Copy {
    /// L, and how much each sample counts in its gradient, for the log-weights of one example.
    fn weigh(&self, log_weights: &[f64]) -> Weighed;
}

/// A [`Bound`] at the log-weights of an example, and the weight of each of the K samples in its gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// L, in nats.
    pub value: f64,
    /// ∂L/∂ln wₖ: in the gradient of the model's parameters, Σₖ · ∇ ln p(x, zₖ).
    pub model: Vec<f64>,
    /// In the gradient of q's parameters: the same, except where a bound trains q by another.
    pub encoder: Vec<f64>,
    /// In the gradient of q's parameters through zₖ once the scores are reparameterized too: with L that of `encoder`,
    /// ∂L/∂ln wₖ − ∂²L/∂(ln wₖ)² (Tucker et al. 2019, eq. 6).
    pub doubly: Vec<f64>,
}

impl Weighed {
    /// Of a bound that trains q and the model alike.
    fn new(value: f64, weights: Vec<f64>, doubly: Vec<f64>) -> Self {
        Self {
            value,
            encoder: weights.clone(),
            model: weights,
            doubly,
        }
    }
}

/// w̃ₖ = wₖ/Σⱼ wⱼ; all 0 where all wₖ are.
fn normalized(log_weights: &[f64]) -> Vec<f64> {
    let bound = log_mean_exp(log_weights);
    if bound == f64::NEG_INFINITY {
        return vec![0.0; log_weights.len()];
    }
    let terms = log_weights.iter().map(|l| (l - bound).exp());
    let sum: f64 = terms.clone().sum();
    terms.map(|term| term / sum).collect()
}
