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

/// `factor` for every time that the bound on the validation set has not improved for `patience` epochs: a step size that falls on
/// plateaus, as a function of the `history` alone, so that a resumed run has it as well.
///
/// After each fall the bound has as many epochs again. Set it before an epoch, by a hook of [`fit_with`](crate::fit_with).
///
/// ```
/// use vae_runner::plateau;
///
/// assert_eq!(plateau(&[], 5, 0.5), 1.0);
/// ```
pub fn plateau(history: &[Epoch], patience: usize, factor: f64) -> f64 {
    let (mut best, mut since, mut falls) = (f64::NEG_INFINITY, 0, 0);
    for epoch in history {
        let bound = epoch.valid.elbo.mean;
        since = if bound > best { 0 } else { since + 1 };
        best = best.max(bound);
        if since == patience.max(1) {
            (since, falls) = (0, falls + 1);
        }
    }
    factor.powi(falls)
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

#[cfg(test)]
mod tests {
    use super::*;
    use vae_metrics::Estimate;

    fn history(bounds: &[f64]) -> Vec<Epoch> {
        let epoch = |(i, bound): (usize, &f64)| {
            let estimate = Estimate::of(&[*bound]);
            Epoch {
                epoch: i + 1,
                step: i as u64,
                train: Sums::default().means(),
                valid: Evaluation {
                    elbo: estimate,
                    reconstruction: estimate,
                    kl: estimate,
                },
                seconds: 1.0,
                images_per_second: 1.0,
            }
        };
        bounds.iter().enumerate().map(epoch).collect()
    }

    #[test]
    fn the_step_size_falls_once_for_each_plateau() {
        let bounds = [
            -3.0, -2.0, -2.0, -2.5, -1.0, -1.0, -1.0, -1.0, -1.0, -0.5, -0.4,
        ];
        let found: Vec<f64> = (0..=bounds.len())
            .map(|epochs| plateau(&history(&bounds[..epochs]), 2, 0.5))
            .collect();
        let expected = [
            1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125,
        ];
        assert_eq!(found, expected);
    }
}
