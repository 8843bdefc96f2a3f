//! What is around the loop: optimizers in optimizers, schedules, hooks, a number of steps.

use crate::{Model, checkpoint, images, start, timeless};
use dfdx::prelude::{BuildModule, Cpu};
use std::path::Path;
use vae_losses::Elbo;
use vae_ops::{Accumulated, Adam, Averaged, Clipped, Scheduled, ramp};
use vae_runner::{Checkpoint, Epoch, Error, Moment, Result, Run, fit_with, plateau, weights};

/// All of it at once: gradients of three batches, clipped, by a step size that warms up, averaged, and halved on plateaus. An
/// epoch has two batches, so steps and epochs are out of step.
fn train(run: &Run) -> Result<(Model, Vec<Epoch>)> {
    let mut model = Model::build(&run.device());
    let scheduled = Scheduled {
        optimizer: Clipped {
            optimizer: Adam::new(0.0),
            max_norm: 10.0,
        },
        schedule: |adam: &mut Clipped<Adam>, t| {
            adam.optimizer.learning_rate = adam.optimizer.epsilon * 1e6 * ramp(t, 4);
        },
    };
    let accumulated = Accumulated {
        optimizer: scheduled,
        batches: 3,
    };
    let mut averaged = Averaged {
        optimizer: accumulated,
        decay: 0.9,
    };
    let (train, valid) = (images(100, "train"), images(100, "valid"));
    let mut elbo = Elbo { beta: 1.0 };
    let hook = |moment: Moment<_, Averaged<Accumulated<Scheduled<Clipped<Adam>, _>>>, _>| {
        if let Moment::Epoch {
            history, optimizer, ..
        } = moment
        {
            // What the schedule multiplies: here ε stands for the step size of a run.
            let adam = &mut optimizer.optimizer.optimizer.optimizer.optimizer;
            adam.epsilon = 1e-8 * plateau(history, 1, 0.5);
        }
        Ok(())
    };
    let history = fit_with(
        run,
        &mut model,
        &mut averaged,
        &mut elbo,
        &train,
        &valid,
        hook,
    )?;
    Ok((model, history))
}

fn stored(model: &Model, dir: &Path) -> Vec<u8> {
    let path = dir.join("stored.safetensors");
    weights::save(model, &path).unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn wrapped_optimizers_and_hooks_resume_exactly() {
    let [whole, hurt, files] = [(), (), ()].map(|()| tempfile::tempdir().unwrap());
    let (expected, straight) = train(&start(whole.path(), "--epochs 7").unwrap()).unwrap();
    for epochs in [1, 4, 7] {
        let run = start(hurt.path(), &format!("--epochs {epochs} --resume")).unwrap();
        let (model, history) = train(&run).unwrap();
        assert!(timeless(&history) == timeless(&straight[..epochs]));
        if epochs == 7 {
            assert!(stored(&model, files.path()) == stored(&expected, files.path()));
        }
    }
    let [a, b] = [&whole, &hurt].map(|dir| checkpoint(dir.path(), "checkpoint.bin"));
    assert!((&a.parameters, &a.optimizer) == (&b.parameters, &b.optimizer));
    // Fourteen batches are four steps, and two that wait.
    assert_eq!(
        (a.step, a.optimizer.step, a.optimizer.pending_batches),
        (14, 4, 2)
    );

    // The model is the average, which a checkpoint gives as well; what it is trained on from is another.
    let path = whole.path().join("checkpoint.bin");
    let mut loaded = Model::build(&Cpu::seed_from_u64(9));
    Checkpoint::load(&path, &mut loaded).unwrap();
    assert!(stored(&loaded, files.path()) == stored(&expected, files.path()));
    let raw = a.parameters[0].values.clone();
    assert!(loaded.encoder.body.weight.as_vec() != raw);
}

/// Trains by Adam, and calls the hook.
fn hooked(
    run: &Run,
    hook: impl FnMut(Moment<Model, Adam, Elbo>) -> Result<()>,
) -> Result<Vec<Epoch>> {
    let mut model = Model::build(&run.device());
    let (mut adam, mut elbo) = (Adam::new(1e-2), Elbo { beta: 1.0 });
    let (train, valid) = (images(100, "train"), images(100, "valid"));
    fit_with(run, &mut model, &mut adam, &mut elbo, &train, &valid, hook)
}

#[test]
fn hooks_are_called_in_order_and_may_refuse() {
    let dir = tempfile::tempdir().unwrap();
    let mut moments = Vec::new();
    hooked(&start(dir.path(), "--epochs 2").unwrap(), |moment| {
        moments.push(match moment {
            Moment::Epoch { history, .. } => format!("epoch after {}", history.len()),
            Moment::Batch { step, .. } => format!("batch {step}"),
            Moment::Measured { epoch, .. } => format!("measured {}", epoch.epoch),
        });
        Ok(())
    })
    .unwrap();
    let expected = [
        ["epoch after 0", "batch 0", "batch 1", "measured 1"],
        ["epoch after 1", "batch 2", "batch 3", "measured 2"],
    ];
    assert_eq!(moments, expected.concat());

    let refuse = |moment: Moment<_, _, _>| match moment {
        Moment::Batch { step: 5, .. } => Err(Error::NotFinite {
            figure: "mine".into(),
            value: f64::NAN,
        }),
        _ => Ok(()),
    };
    let error = hooked(&start(dir.path(), "--epochs 5 --resume").unwrap(), refuse).unwrap_err();
    assert!(error.to_string().starts_with("mine is NaN"), "{error}");
    assert_eq!(checkpoint(dir.path(), "checkpoint.bin").epoch, 2);
}

#[test]
fn a_number_of_steps_may_end_within_an_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let run = start(dir.path(), "--steps 5").unwrap();
    assert_eq!((run.steps(100), run.epochs(100)), (5, 3));
    let mut steps = 0;
    let history = hooked(&run, |moment| {
        steps += u64::from(matches!(moment, Moment::Batch { .. }));
        Ok(())
    });
    let history = history.unwrap();
    assert_eq!((steps, history.len(), history[2].step), (5, 3, 5));
    assert_eq!(checkpoint(dir.path(), "checkpoint.bin").step, 5);
}
