//! Where a training stands: what has to be kept of it beside the model to go on as if it had never stopped.

use crate::checkpoint::{BEST, LAST};
use crate::history::{Sums, best};
use crate::tensorboard::{Content, EventFile};
use crate::{Checkpoint, Epoch, Error, Parameter, Result, Run, file, parameters};
use dfdx::prelude::{Cpu, NoneTape, TensorCollection};
use vae_losses::{Objective, Terms};
use vae_metrics::Evaluation;
use vae_ops::Optimizer;

/// Everything but the model, the optimizer and the objective.
#[derive(Default)]
pub(crate) struct Standing {
    /// Completed epochs.
    pub epoch: usize,
    /// Completed batches of the one under way.
    pub batch: usize,
    /// Completed batches in all.
    pub step: u64,
    /// What the epoch under way has summed up.
    pub sums: Sums,
    pub history: Vec<Epoch>,
}

/// Opens the run folder, at the beginning or where the run stopped.
pub(crate) fn begin<M: TensorCollection<f32, Cpu>>(
    run: &Run,
    model: &mut M,
    optimizer: &mut impl Optimizer,
    objective: &mut impl Objective<f32>,
) -> Result<Standing> {
    let resumed = run.restore(model, optimizer)?;
    run.open_folder()?;
    let Some(checkpoint) = resumed else {
        return Ok(Standing::default());
    };
    objective.restore(&checkpoint.objective);
    // Had it stopped between the two files of an epoch, the best would not be there.
    if checkpoint.batch == 0 && best(&checkpoint.history) == checkpoint.epoch.checked_sub(1) {
        checkpoint.save(&run.path(BEST))?;
    }
    Ok(Standing {
        epoch: checkpoint.epoch,
        batch: checkpoint.batch,
        // Files of format version 1 have no batches; their optimizers made a step for each.
        step: checkpoint.step.max(checkpoint.optimizer.step),
        sums: checkpoint.sums,
        history: checkpoint.history,
    })
}

impl Standing {
    /// Another batch was trained on.
    pub fn advance(&mut self, terms: &[Terms<f32, NoneTape>]) {
        self.sums.add(terms);
        self.batch += 1;
        self.step += 1;
    }

    /// The epoch is over.
    pub fn measured(&mut self, valid: Evaluation, updates: u64) -> Epoch {
        let sums = std::mem::take(&mut self.sums);
        (self.epoch, self.batch) = (self.epoch + 1, 0);
        let epoch = Epoch {
            epoch: self.epoch,
            step: updates,
            train: sums.means(),
            valid,
            seconds: sums.seconds,
            images_per_second: sums.images_per_second(),
        };
        self.history.push(epoch.clone());
        epoch
    }

    /// Writes the checkpoint; at the end of an epoch that is the best so far, the best one as well.
    pub fn save<M: TensorCollection<f32, Cpu>>(
        &self,
        run: &Run,
        model: &M,
        optimizer: &mut impl Optimizer,
        objective: &impl Objective<f32>,
    ) -> Result<()> {
        let checkpoint = Checkpoint {
            crate_version: env!("CARGO_PKG_VERSION").into(),
            epoch: self.epoch,
            batch: self.batch,
            step: self.step,
            sums: self.sums.clone(),
            history: self.history.clone(),
            parameters: parameters::save(model),
            optimizer: optimizer.state().clone(),
            objective: objective.state(),
            config: run.config().clone(),
        };
        checkpoint.save_in(run.dir())?;
        if self.batch == 0 && best(&self.history) == self.epoch.checked_sub(1) {
            file::link(&run.path(LAST), &run.path(BEST))?;
        }
        Ok(())
    }

    /// The error of a run that someone stopped.
    pub fn stopped(&self, run: &Run) -> Error {
        Error::Stopped {
            // At the end of an epoch it is the next one that has not begun.
            epoch: self.epoch + usize::from(self.batch > 0 || self.epoch == 0),
            dir: run.dir().into(),
        }
    }

    /// The error of one whose `term` is no number any more, at some training examples.
    pub fn diverged(&self, run: &Run, term: &'static str, value: f64, rows: Vec<usize>) -> Error {
        Error::Diverged {
            term,
            value,
            step: self.step + 1,
            epoch: self.epoch + 1,
            rows,
            checkpoint: (self.epoch > 0).then(|| run.path(LAST)),
        }
    }
}

/// Shows TensorBoard an epoch: what is in `metrics.jsonl`, and how the weights are distributed.
pub(crate) fn show<M: TensorCollection<f32, Cpu>>(
    board: &mut EventFile,
    epoch: &Epoch,
    model: &M,
) -> Result<()> {
    let (train, valid) = (&epoch.train, &epoch.valid);
    let named = [
        ("train/loss", train.loss),
        ("train/reconstruction", train.reconstruction),
        ("train/kl", train.kl),
        ("valid/elbo", valid.elbo.mean),
        ("valid/reconstruction", valid.reconstruction.mean),
        ("valid/kl", valid.kl.mean),
        ("speed/images_per_second", epoch.images_per_second),
    ];
    let named = named.map(|(tag, value)| (tag.to_string(), value));
    let extras = train.extras.iter();
    let extras = extras.map(|(name, value)| (format!("train/{name}"), *value));
    let scalars: Vec<(String, f64)> = named.into_iter().chain(extras).collect();
    let weights = parameters::save(model);
    let tag = |parameter: &Parameter| format!("weights/{}", parameter.name);
    let tags: Vec<String> = weights.iter().map(tag).collect();

    let scalars = scalars.iter();
    let mut values: Vec<(&str, Content)> = scalars
        .map(|(tag, value)| (tag.as_str(), Content::Scalar(*value)))
        .collect();
    values.extend(tags.iter().zip(&weights).map(|(tag, parameter)| {
        let histogram = Content::Histogram(&parameter.values);
        (tag.as_str(), histogram)
    }));
    board.append(epoch.step, &values)
}
