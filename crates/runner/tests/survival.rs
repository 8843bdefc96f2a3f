//! A run folder survives a damaged checkpoint and a second process, and early stopping goes back to the best model.

use clap::Parser;
use dfdx::prelude::*;
use std::fs;
use std::path::Path;
use vae_architectures::{BernoulliDecoder, GaussianEncoder, Mlp, Vae};
use vae_data::{Images, mnist};
use vae_losses::Elbo;
use vae_metrics::evaluate;
use vae_ops::Adam;
use vae_priors::StandardNormal;
use vae_runner::{Checkpoint, Epoch, Fixed, Result, Run, RunArgs, fit};

type X = Const<784>;
type H = Const<32>;
type Z = Const<4>;
type Model = Vae<GaussianEncoder<Mlp<X, H>, Z>, BernoulliDecoder<Mlp<Z, H>, X>, StandardNormal<Z>>;

#[derive(Parser, serde::Serialize)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
}

fn start(dir: &Path, flags: &str) -> Result<Run> {
    let out = ["test", "--out", dir.to_str().unwrap(), "--batch-size", "50"];
    let args = Args::parse_from(out.into_iter().chain(flags.split_whitespace()));
    Run::start("test", &args.run, &args)
}

fn digits(rows: std::ops::Range<usize>) -> Fixed {
    let images: Images = mnist::bundled().train.range(rows);
    Fixed::binarized(images)
}

fn train(run: &Run) -> Result<(Model, Vec<Epoch>)> {
    let mut model = Model::build(&run.device());
    let (mut adam, mut elbo) = (Adam::new(1e-2), Elbo { beta: 1.0 });
    let (train, valid) = (digits(0..100), digits(100..200));
    let history = fit(run, &mut model, &mut adam, &mut elbo, &train, &valid)?;
    Ok((model, history))
}

fn checkpoint(dir: &Path, name: &str) -> Checkpoint {
    Checkpoint::read(&dir.join(name)).unwrap()
}

#[test]
fn a_damaged_or_lost_checkpoint_costs_one_epoch() {
    let [whole, hurt] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    train(&start(whole.path(), "--epochs 4").unwrap()).unwrap();
    let expected = checkpoint(whole.path(), "checkpoint.bin");
    for damage in [
        |file: &Path| fs::write(file, "VAE-CKPT").unwrap(),
        |file: &Path| fs::remove_file(file).unwrap(),
    ] {
        train(&start(hurt.path(), "--epochs 3 --force").unwrap()).unwrap();
        assert_eq!(checkpoint(hurt.path(), "previous.bin").epoch, 2);
        damage(&hurt.path().join("checkpoint.bin"));
        train(&start(hurt.path(), "--epochs 4 --resume").unwrap()).unwrap();
        let resumed = checkpoint(hurt.path(), "checkpoint.bin");
        assert!(resumed.parameters == expected.parameters);
        assert!(resumed.optimizer == expected.optimizer);
    }
    for file in ["checkpoint.bin", "previous.bin"] {
        fs::write(hurt.path().join(file), "").unwrap();
    }
    let error = start(hurt.path(), "--epochs 5 --resume")
        .unwrap_err()
        .to_string();
    assert!(error.contains("checkpoint.bin: it is too short"), "{error}");
}

#[test]
fn a_folder_in_use_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    // Neither has begun, so there is no folder yet.
    let [first, second] = [(); 2].map(|()| start(&out, "--epochs 1").unwrap());
    train(&first).unwrap();
    let before = fs::read(out.join("checkpoint.bin")).unwrap();
    for flags in ["--epochs 2 --resume", "--epochs 1 --force"] {
        let error = start(&out, flags).unwrap_err().to_string();
        assert!(error.contains("in use by another process"), "{error}");
    }
    let error = train(&second).unwrap_err().to_string();
    assert!(error.contains("in use by another process"), "{error}");

    // Once the first has ended, the second finds out that it was there.
    drop(first);
    let error = train(&second).unwrap_err().to_string();
    assert!(error.contains("holds an unfinished run"), "{error}");
    assert_eq!(fs::read(out.join("checkpoint.bin")).unwrap(), before);
    drop(second);
    train(&start(&out, "--epochs 2 --resume").unwrap()).unwrap();
}

#[test]
fn patience_ends_with_the_best_model() {
    let dir = tempfile::tempdir().unwrap();
    let run = start(dir.path(), "--epochs 200 --patience 3").unwrap();
    let (model, history) = train(&run).unwrap();
    let bounds: Vec<f64> = history.iter().map(|epoch| epoch.valid.elbo.mean).collect();
    let best = bounds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let at = bounds.iter().position(|bound| *bound == best).unwrap();
    assert!(history.len() < 200);
    assert_eq!(history.len(), at + 1 + 3);

    let noise = run.noise("validation");
    let again = evaluate(&Elbo { beta: 1.0 }, &model, &digits(100..200), noise);
    assert_eq!(again.elbo.mean, best);
    assert_eq!(checkpoint(dir.path(), "best.bin").epoch, at + 1);

    // Nothing is left to do, whether the run has been concluded or not.
    drop(run);
    let (_, same) =
        train(&start(dir.path(), "--epochs 200 --patience 3 --resume").unwrap()).unwrap();
    assert!(same == history);
    fs::write(dir.path().join("summary.json"), "{}").unwrap();
    let error = start(dir.path(), "--epochs 200 --patience 3 --resume")
        .unwrap_err()
        .to_string();
    assert!(error.contains("finished"), "{error}");
}
