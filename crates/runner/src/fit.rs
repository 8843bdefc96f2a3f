use crate::checkpoint::BEST;
use crate::history::{best, stalled};
use crate::interrupt::Training;
use crate::progress::Bar;
use crate::tensorboard::EventFile;
use crate::{Checkpoint, Epoch, Error, Result, Run, console, standing};
use dfdx::prelude::{Cpu, Dim, NoneTape, TensorCollection};
use std::time::Instant;
use vae_architectures::LatentModel;
use vae_data::Batches;
use vae_losses::{Examples, Objective, Terms, differentiate};
use vae_metrics::evaluate;
use vae_ops::{Optimizer, as_slice};
use vae_reparam::Noise;

/// Trains a model for the run's number of epochs, and returns what was measured in each: [`fit_with`] without a hook.
///
/// # Errors
/// As there.
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
    fit_with(run, model, optimizer, objective, train, valid, |_| Ok(()))
}

/// Where the training loop is, for the hook of [`fit_with`].
pub enum Moment<'a, M, P, O> {
    /// An epoch is about to begin. What a hook sets here should follow from the `history` alone, which a run that resumes has as
    /// well: it then ends as if it had never stopped.
    Epoch {
        /// The epochs so far.
        history: &'a [Epoch],
        /// What is trained.
        model: &'a mut M,
        /// By what.
        optimizer: &'a mut P,
        /// For what.
        objective: &'a mut O,
    },
    /// A batch was trained on.
    Batch {
        /// Its number in the run, from 0.
        step: u64,
        /// The terms of its shards.
        terms: &'a [Terms<f32, NoneTape>],
        /// As it is now.
        model: &'a M,
    },
    /// An epoch was measured, and is in `metrics.jsonl` and the checkpoint.
    Measured {
        /// What was measured.
        epoch: &'a Epoch,
        /// On which model: the [evaluated](Optimizer::evaluated) one.
        model: &'a M,
    },
}

/// Trains a model for the run's number of epochs or steps, calls `hook` at every [`Moment`], and returns what was measured in each
/// epoch.
///
/// After every epoch the model is evaluated on `valid`, a line is added to `metrics.jsonl`, TensorBoard gets the same, and a
/// checkpoint is written; also when Ctrl-C or SIGTERM asks to stop. A resumed run goes on at the very batch where it stopped, and
/// ends with the same parameters as one that never did. With `--patience` it ends when the bound on `valid` has not improved for
/// so many epochs, and the model is that of the best epoch. An optimizer that [averages](vae_ops::Averaged) leaves the average.
///
/// ```no_run
/// # use vae_runner::*;
/// # use vae_ops::{Adam, Optimizer};
/// # use vae_architectures::LatentModel;
/// # use vae_losses::{Elbo, Examples};
/// # use dfdx::prelude::{Cpu, TensorCollection};
/// # fn train<M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync>(
/// #     run: &Run, model: &mut M, train: &impl Examples<f32>, valid: &impl Examples<f32>) -> Result<()> {
/// let (mut adam, mut elbo) = (Adam::new(1e-3), Elbo { beta: 1.0 });
/// let history = fit_with(run, model, &mut adam, &mut elbo, train, valid, |moment| {
///     if let Moment::Epoch { history, optimizer, .. } = moment {
///         optimizer.learning_rate = 1e-3 * plateau(history, 5, 0.5);
///     }
///     Ok(())
/// })?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the examples are not as wide as the model's input, if it was [stopped](Error::Stopped), if the loss is not finite any more, if a
/// file cannot be written, or if the hook says so.
pub fn fit_with<M, P, O>(
    run: &Run,
    model: &mut M,
    optimizer: &mut P,
    objective: &mut O,
    train: &impl Examples<f32>,
    valid: &impl Examples<f32>,
    mut hook: impl FnMut(Moment<'_, M, P, O>) -> Result<()>,
) -> Result<Vec<Epoch>>
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync,
    P: Optimizer,
    O: Objective<f32> + Sync,
{
    check(model, train)?;
    check(model, valid)?;
    let [order, data, latent, validation] =
        ["shuffle", "data", "latent", "validation"].map(|s| run.noise(s));
    let (epochs, steps) = (run.epochs(train.len()), run.steps(train.len()));
    let mut at = standing::begin(run, model, optimizer, objective)?;
    let mut board = EventFile::create(run.dir())?;

    let training = Training::begin();
    let bar = Bar::new("training", epochs, at.epoch);
    while at.epoch < epochs && at.step < steps && !stalled(&at.history, run.args().patience) {
        hook(Moment::Epoch {
            history: &at.history,
            model,
            optimizer,
            objective,
        })?;
        let clock = Instant::now();
        let shuffled = &mut order.at(at.epoch as u64).rng();
        let batches = Batches::shuffled(train.len(), run.args().batch_size, shuffled);
        let batch_bar = Bar::new(format!("epoch {}", at.epoch + 1), batches.len(), at.batch);
        for batch in batches.iter().skip(at.batch) {
            if at.step == steps {
                break;
            }
            objective.begin(at.step);
            let noise = [data.at(at.step), latent.at(at.step)];
            let (terms, mut gradients) = differentiate(&*objective, model, train, batch, noise);
            if let Some((term, value, rows)) = not_finite(&terms, batch) {
                return Err(at.diverged(run, term, value, rows));
            }
            objective.observe(&terms);
            optimizer.update(model, &mut gradients);
            hook(Moment::Batch {
                step: at.step,
                terms: &terms,
                model,
            })?;
            at.advance(&terms);
            batch_bar.batch(&at.sums, clock.elapsed());
            if training.interrupted() {
                at.sums.seconds += clock.elapsed().as_secs_f64();
                at.save(run, model, optimizer, objective)?;
                return Err(at.stopped(run));
            }
        }
        drop(batch_bar);

        at.sums.seconds += clock.elapsed().as_secs_f64();
        let averaged = optimizer.evaluated(model);
        let evaluated = averaged.as_ref().unwrap_or(model);
        let measured = evaluate(&*objective, evaluated, valid, validation);
        let epoch = at.measured(measured, optimizer.state().step);
        standing::show(&mut board, &epoch, evaluated)?;
        run.write_metrics(&at.history)?;
        at.save(run, model, optimizer, objective)?;
        bar.advance(1);
        console::epoch(
            &epoch,
            epochs,
            (epochs - at.epoch) as f64 * clock.elapsed().as_secs_f64(),
        );
        hook(Moment::Measured {
            epoch: &epoch,
            model: evaluated,
        })?;
        if training.interrupted() {
            return Err(at.stopped(run));
        }
    }
    if run.args().patience.is_some() && best(&at.history).is_some() {
        let Checkpoint { epoch, .. } = Checkpoint::load(&run.path(BEST), model)?;
        console::say(format_args!("the model is that of epoch {epoch}, the best"));
    } else if let Some(averaged) = optimizer.evaluated(model) {
        *model = averaged;
    }
    Ok(at.history)
}

/// That the examples are as wide as the model takes them.
fn check<M: LatentModel<f32>>(model: &M, examples: &impl Examples<f32>) -> Result<()> {
    let (input, side) = (width(examples), examples.side(&[0]).len());
    if input != Some(model.input().size()) {
        return Err(Error::Width {
            model: model.input().size(),
            examples: input,
        });
    }
    if side != model.side_width() {
        return Err(Error::Side {
            model: model.side_width(),
            examples: side,
        });
    }
    Ok(())
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
