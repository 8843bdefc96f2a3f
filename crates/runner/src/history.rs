use crate::{Error, Result, file};
use dfdx::prelude::NoneTape;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
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

impl Epoch {
    /// The lines of a `metrics.jsonl`, in order.
    ///
    /// # Errors
    /// If the file cannot be read, or a line of it is no epoch.
    pub fn read_all(path: &Path) -> Result<Vec<Self>> {
        parse(&file::read(path)?).map_err(|(line, reason)| Error::Metrics {
            path: path.into(),
            line,
            reason,
        })
    }
}

/// One epoch a line; or the first line, from 1, that is none, and why.
fn parse(bytes: &[u8]) -> Result<Vec<Epoch>, (usize, String)> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    let epoch = |(i, line)| {
        serde_json::from_slice(line).map_err(|error: serde_json::Error| {
            let text = error.to_string();
            // It counts lines from here.
            let reason = text.split(" at line ").next().unwrap_or(&text);
            (i + 1, reason.into())
        })
    };
    lines.map(epoch).collect()
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
    use crate::damage::damaged;
    use proptest::num::f64::{NEGATIVE, NORMAL, POSITIVE, SUBNORMAL, ZERO};
    use proptest::{array::uniform3, collection::vec, prelude::*};
    use vae_metrics::Estimate;

    /// A line of `metrics.jsonl`.
    const LINE: &str = r#"{"epoch":1,"step":391,"train":{"loss":164.5,"reconstruction":149.25,"kl":15.25,"beta":0.1},"valid":{"elbo":{"mean":-131.0,"standard_error":0.25,"count":10000},"reconstruction":{"mean":113.5,"standard_error":0.25,"count":10000},"kl":{"mean":17.5,"standard_error":0.0625,"count":10000}},"seconds":2.5,"images_per_second":20000.0}"#;

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

    #[test]
    fn lines_are_read_in_order() {
        let second = LINE.replace("\"epoch\":1", "\"epoch\":2");
        let epochs = parse(format!("{LINE}\n{second}\n").as_bytes()).unwrap();
        assert_eq!(epochs.iter().map(|e| e.epoch).collect::<Vec<_>>(), [1, 2]);
        let [first, _] = &epochs[..] else { panic!() };
        assert_eq!((first.step, first.seconds), (391, 2.5));
        assert_eq!(first.valid.elbo.mean, -131.0);
        assert_eq!(first.train.extras["beta"], 0.1);
        assert_eq!(parse(b""), Ok(Vec::new()));
    }

    #[test]
    fn a_line_that_is_no_epoch_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("metrics.jsonl");
        for bad in [
            "",
            "{}",
            "epoch 3",
            &LINE[..200],
            &LINE.replace("391", "-1"),
        ] {
            std::fs::write(&path, format!("{LINE}\n{LINE}\n{bad}\n{LINE}\n")).unwrap();
            let error = Epoch::read_all(&path).unwrap_err().to_string();
            assert!(error.contains("metrics.jsonl:3: "), "{error}");
        }
        let error = Epoch::read_all(&dir.path().join("missing")).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error}");
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let epochs = parse(LINE.as_bytes()).unwrap();
        assert_eq!(epochs.len(), 1);
        assert_eq!(serde_json::to_string(&epochs[0]).unwrap(), LINE);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        /// Most after a good beginning.
        #[test]
        fn arbitrary_bytes_never_panic(good in 0..LINE.len(), bytes in vec(any::<u8>(), 0..60)) {
            let _ = parse(&bytes);
            let _ = parse(&[&LINE.as_bytes()[..good], &bytes].concat());
        }

        #[test]
        fn damaged_lines_never_panic(line in damaged(LINE.into())) {
            for epoch in parse(&line).unwrap_or_default() {
                let again = parse(&serde_json::to_vec(&epoch).unwrap());
                prop_assert_eq!(again.unwrap(), [epoch]);
            }
        }

        #[test]
        fn numbers_come_back_exactly(values in uniform3(POSITIVE | NEGATIVE | NORMAL | SUBNORMAL | ZERO)) {
            let mut epoch = parse(LINE.as_bytes()).unwrap().remove(0);
            [epoch.train.loss, epoch.valid.kl.mean, epoch.seconds] = values;
            let again = parse(&serde_json::to_vec(&epoch).unwrap());
            prop_assert_eq!(again.unwrap(), [epoch]);
        }
    }
}
