use crate::checkpoint::{BEST, LAST};
use crate::history::{Sums, best, stalled};
use crate::interrupt::Training;
use crate::{Checkpoint, Epoch, Error, Result, Run, console, file, parameters};
use dfdx::prelude::{Cpu, Dim, NoneTape, TensorCollection};
use std::time::Instant;
use vae_architectures::LatentModel;
use vae_data::Batches;
use vae_losses::{Examples, Objective, Terms, differentiate};
use vae_metrics::evaluate;
use vae_ops::{Optimizer, OptimizerState, as_slice};
use vae_reparam::Noise;

/// Trains a model for the run's number of epochs, and returns what was measured in each.
///
/// After every epoch the model is evaluated on `valid`, a line is added to `metrics.jsonl`, and a checkpoint is
/// written; also when Ctrl-C or SIGTERM asks to stop. A resumed run goes on at the very batch where it stopped, and
/// ends with the same parameters as one that never did. With `--patience` it ends when the bound on `valid` has not improved for
/// so many epochs, and the model is that of the best epoch.
///
/// # Errors
/// If the examples are not as wide as the model's input, if it was [stopped](Error::Stopped), if the loss is not finite any more, or if a file cannot be written.
pub fn fit<M, O>(
    run: &Run,
    model: &mut M,
    optimizer: &mut impl Optimizer,
    objective: &mut O,
    train: &impl Examples<f32>,
    valid: &impl Examples<f32>,
) -> Result<Vec<Epoch>>
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync,
    O: Objective<f32> + Sync,
{
    let [order, data, latent, validation] =
        ["shuffle", "data", "latent", "validation"].map(|s| run.noise(s));
    for examples in [width(train), width(valid)] {
        if examples != Some(model.input().size()) {
            return Err(Error::Width {
                model: model.input().size(),
                examples,
            });
        }
    }
    for examples in [train.side(&[0]).len(), valid.side(&[0]).len()] {
        if examples != model.side_width() {
            return Err(Error::Side {
                model: model.side_width(),
                examples,
            });
        }
    }
    let (mut start, mut sums, mut history) = ([0, 0], Sums::default(), Vec::new());
    let resumed = run.restore(model, optimizer)?;
    run.open_folder()?;
    if let Some(checkpoint) = resumed {
        objective.restore(&checkpoint.objective);
        // Had it stopped between the two files of an epoch, the best would not be there.
        if checkpoint.batch == 0 && best(&checkpoint.history) == checkpoint.epoch.checked_sub(1) {
            checkpoint.save(&run.path(BEST))?;
        }
        (start, sums, history) = (
            [checkpoint.epoch, checkpoint.batch],
            checkpoint.sums,
            checkpoint.history,
        );
    }
    let save = |at: [usize; 2],
                sums: &Sums,
                history: &[Epoch],
                model: &M,
                objective: &O,
                optimizer: &OptimizerState<f32>| {
        Checkpoint {
            crate_version: env!("CARGO_PKG_VERSION").into(),
            epoch: at[0],
            batch: at[1],
            sums: sums.clone(),
            history: history.to_vec(),
            parameters: parameters::save(model),
            optimizer: optimizer.clone(),
            objective: objective.state(),
        }
        .save_in(run.dir())
    };

    let stopped = |epoch| Error::Stopped {
        epoch: epoch + 1,
        dir: run.dir().into(),
    };

    let training = Training::begin();
    let patience = run.args().patience;
    for epoch in start[0]..run.epochs() {
        if stalled(&history, patience) {
            break;
        }
        let clock = Instant::now();
        let batches = Batches::shuffled(
            train.len(),
            run.args().batch_size,
            &mut order.at(epoch as u64).rng(),
        );
        let skip = std::mem::take(&mut start[1]);
        let bar = console::Bar::new(epoch + 1, run.epochs(), batches.len(), skip);
        for (i, batch) in batches.iter().enumerate().skip(skip) {
            let step = (epoch * batches.len() + i) as u64;
            objective.begin(step);
            let (terms, mut gradients) = differentiate(
                &*objective,
                model,
                train,
                batch,
                [data.at(step), latent.at(step)],
            );

            if let Some((term, value, rows)) = not_finite(&terms, batch) {
                return Err(Error::Diverged {
                    term,
                    value,
                    step: step + 1,
                    epoch: epoch + 1,
                    rows,
                    checkpoint: (!history.is_empty()).then(|| run.path(LAST)),
                });
            }
            sums.add(&terms);
            objective.observe(&terms);
            optimizer.update(model, &mut gradients);
            bar.advance(&sums, clock.elapsed());

            if training.interrupted() {
                bar.finish();
                sums.seconds += clock.elapsed().as_secs_f64();
                save(
                    [epoch, i + 1],
                    &sums,
                    &history,
                    model,
                    objective,
                    optimizer.state(),
                )?;
                return Err(stopped(epoch));
            }
        }
        bar.finish();
        sums.seconds += clock.elapsed().as_secs_f64();
        let line = Epoch {
            epoch: epoch + 1,
            step: optimizer.state().step,
            train: sums.means(),
            valid: evaluate(&*objective, model, valid, validation),
            seconds: sums.seconds,
            images_per_second: sums.images_per_second(),
        };
        history.push(line.clone());
        sums = Sums::default();
        run.write_metrics(&history)?;
        save(
            [epoch + 1, 0],
            &sums,
            &history,
            model,
            objective,
            optimizer.state(),
        )?;
        if best(&history) == Some(epoch) {
            file::link(&run.path(LAST), &run.path(BEST))?;
        }
        let left = (run.epochs() - epoch - 1) as f64 * (clock.elapsed().as_secs_f64());
        console::say(console::epoch_line(&line, run.epochs(), left));
        if training.interrupted() {
            return Err(stopped(epoch));
        }
    }
    if patience.is_some() {
        let Checkpoint { epoch, .. } = Checkpoint::load(&run.path(BEST), model)?;
        console::say(format_args!("the model is that of epoch {epoch}, the best"));
    }
    Ok(history)
}

/// The first term that is not finite: its name, its value, and the examples where it is not, if it has a value for each.
fn not_finite(
    shards: &[Terms<f32, NoneTape>],
    batch: &[usize],
) -> Option<(&'static str, f64, Vec<usize>)> {
    let mut rest = batch;
    for terms in shards {
        let (rows, after) = rest.split_at(as_slice(&terms.elbo).len());
        for (name, values) in [
            ("reconstruction", &terms.reconstruction),
            ("KL divergence", &terms.kl),
            ("bound", &terms.elbo),
        ] {
            let bad: Vec<(f32, usize)> = as_slice(values)
                .iter()
                .zip(rows)
                .filter(|(value, _)| !value.is_finite())
                .map(|(value, row)| (*value, *row))
                .collect();
            if let Some((value, _)) = bad.first() {
                let value = f64::from(*value);
                return Some((name, value, bad.iter().map(|(_, row)| *row).collect()));
            }
        }
        let loss = f64::from(as_slice(&terms.loss)[0]);
        let extras = terms.extras.iter().copied();
        for (name, value) in extras.chain([("loss", loss)]) {
            if !value.is_finite() {
                return Some((name, value, Vec::new()));
            }
        }
        rest = after;
    }
    None
}

/// How many numbers an example has; `None` if there is no example.
fn width(examples: &impl Examples<f32>) -> Option<usize> {
    (!examples.is_empty()).then(|| examples.load(&[0], Noise::new(0, "width")).len())
}
