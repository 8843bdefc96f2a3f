//! A run folder survives kills, a damaged checkpoint and a second process, and early stopping goes back to the best model.

use crate::{checkpoint, images, start, timeless, train};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use vae_losses::Elbo;
use vae_metrics::evaluate;
use vae_reparam::Noise;
use vae_runner::Checkpoint;

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
fn a_run_killed_before_its_first_file_starts_again() {
    let dir = tempfile::tempdir().unwrap();
    let leftover = dir.path().join(".config.json.123.tmp");
    for flags in ["--epochs 1", "--epochs 1 --resume"] {
        fs::write(&leftover, "{").unwrap();
        train(&start(dir.path(), flags).unwrap()).unwrap();
        assert!(!leftover.exists());
        fs::remove_dir_all(dir.path()).unwrap();
        fs::create_dir(dir.path()).unwrap();
    }
    fs::write(dir.path().join(".mine.123.tmp"), "{").unwrap();
    let error = start(dir.path(), "--epochs 1").unwrap_err().to_string();
    assert!(error.contains("holds no run"), "{error}");
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
    let again = evaluate(&Elbo { beta: 1.0 }, &model, &images(100, "valid"), noise);
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

const KILLED: &str = "--epochs 150 --resume";

/// Not a test but the process to kill: trains in the folder that the environment names.
#[test]
fn child() {
    if let Some(dir) = std::env::var_os("SURVIVAL_DIR") {
        train(&start(Path::new(&dir), KILLED).unwrap()).unwrap();
    }
}

/// That a run in a folder ended as another one did.
fn assert_same_end(dir: &Path, straight: &Checkpoint) {
    let last = checkpoint(dir, "checkpoint.bin");
    assert!(last.parameters == straight.parameters);
    assert!(last.optimizer == straight.optimizer);
    assert!(timeless(&last.history) == timeless(&straight.history));
}

#[test]
fn fifty_kills_at_random_moments_lose_nothing() {
    let whole = tempfile::tempdir().unwrap();
    train(&start(whole.path(), KILLED).unwrap()).unwrap();
    let straight = checkpoint(whole.path(), "checkpoint.bin");

    let mut delays = vec![0f32; 500];
    Noise::new(0, "kills").fill_uniform(&mut delays);
    let mut delays = delays.into_iter();
    let (mut kills, mut within) = (0, 0);
    let (mut hurt, mut reached) = (tempfile::tempdir().unwrap(), 0);
    while kills < 50 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "survival::child"])
            .env("SURVIVAL_DIR", hurt.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let delay = delays.next().expect("most runs are killed");
        std::thread::sleep(Duration::from_secs_f32(0.06 * delay));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            assert_same_end(hurt.path(), &straight);
            (hurt, reached) = (tempfile::tempdir().unwrap(), 0);
            continue;
        }
        kills += 1;
        // The last checkpoint is whole, or the process was about to replace the one before.
        let left = ["checkpoint.bin", "previous.bin"].map(|name| hurt.path().join(name));
        let left = left.iter().find(|file| file.exists());
        let epoch = left.map_or(0, |file| Checkpoint::read(file).unwrap().epoch);
        assert!(epoch >= reached, "{epoch} after {reached}");
        within += usize::from((1..150).contains(&epoch));
        reached = epoch;
    }
    assert!(within > 20, "{within} kills within the training");

    train(&start(hurt.path(), KILLED).unwrap()).unwrap();
    assert_same_end(hurt.path(), &straight);
    let names = fs::read_dir(hurt.path()).unwrap();
    let mut names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.any(|name| name.starts_with('.')));
}
