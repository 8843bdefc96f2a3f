use dfdx::prelude::NoneTape;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use vae_losses::Terms;
use vae_metrics::Evaluation;
use vae_ops::{PerExample, as_slice};

/// What is written about an epoch: a line of `metrics.jsonl`. All terms are in nats per example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Parameter updates made so far.
    pub step: u64,
    /// Means over the epoch, while the model was learning.
    pub train: Means,
    /// On the validation set, after the epoch.
    pub valid: Evaluation,
    /// Wall time of the epoch's training.
    pub seconds: f64,
    /// Training images per second.
    pub images_per_second: f64,
}

/// The place of the epoch with the best bound on the validation set, the first of equals.
pub(crate) fn best(history: &[Epoch]) -> Option<usize> {
    let bound = |i: usize| history[i].valid.elbo.mean;
    (0..history.len()).reduce(|best, i| if bound(i) > bound(best) { i } else { best })
}

/// Whether the bound has not improved for as many epochs.
pub(crate) fn stalled(history: &[Epoch], patience: Option<NonZeroUsize>) -> bool {
    let since = best(history).map_or(0, |best| history.len() - 1 - best);
    patience.is_some_and(|patience| since >= patience.get())
}

/// Means over examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Means {
    /// What is minimized.
    pub loss: f64,
    /// −ln p(x|z).
    pub reconstruction: f64,
    /// KL(q(z|x) ‖ p(z)).
    pub kl: f64,
    /// What else the objective has to show, by name.
    #[serde(flatten)]
    pub extras: BTreeMap<String, f64>,
}

/// Sums over the examples of an epoch so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sums {
    pub examples: usize,
    pub loss: f64,
    pub reconstruction: f64,
    pub kl: f64,
    #[serde(default)]
    pub extras: BTreeMap<String, f64>,
    pub seconds: f64,
}

impl Sums {
    /// Adds the shards of a batch.
    pub fn add(&mut self, shards: &[Terms<f32, NoneTape>]) {
        for terms in shards {
            let total =
                |values: &PerExample| as_slice(values).iter().copied().map(f64::from).sum::<f64>();
            let examples = as_slice(&terms.elbo).len();
            self.examples += examples;
            self.loss += f64::from(as_slice(&terms.loss)[0]) * examples as f64;
            self.reconstruction += total(&terms.reconstruction);
            self.kl += total(&terms.kl);
            for (name, value) in &terms.extras {
                *self.extras.entry(name.to_string()).or_default() += value * examples as f64;
            }
        }
    }

    pub fn means(&self) -> Means {
        let n = self.examples as f64;
        Means {
            loss: self.loss / n,
            reconstruction: self.reconstruction / n,
            kl: self.kl / n,
            extras: self
                .extras
                .iter()
                .map(|(name, sum)| (name.clone(), sum / n))
                .collect(),
        }
    }

    pub fn images_per_second(&self) -> f64 {
        self.examples as f64 / self.seconds
    }
}
