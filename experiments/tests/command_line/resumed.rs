//! A run goes on as if it had never stopped, or says why it cannot.

use crate::program::{Files, Folder, ONE_EPOCH, Outcome, QUICK, SHORT};

const TWO_EPOCHS: &str = "--quick --epochs 2 --nll-samples 1 --nll-images 10 --resume";

/// Asserts that these files cannot be resumed, and that they stay as they are.
#[track_caller]
fn assert_refused(files: &Files, flags: &str, words: &[&str]) -> Outcome {
    let folder = Folder::holding(files);
    let outcome = folder.run(flags);
    outcome.expect_failure(1, words);
    outcome.expect_failure(1, &[&folder.name()]);
    assert_eq!(&folder.files(), files);
    outcome
}

#[test]
fn more_epochs_give_what_they_would_have_given_at_once() {
    let folder = Folder::holding(&ONE_EPOCH.files);
    let said = folder.run(TWO_EPOCHS).expect_success().stdout;
    let epochs: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("epoch"))
        .collect();
    assert!(epochs.len() == 1 && epochs[0].contains("2/2"), "{said}");
    let files = folder.files();
    files.assert_same_training(&QUICK.files);
    assert_eq!(files.json("summary.json")["epochs"], 2);
    assert_eq!(files.json("config.json")["options"]["epochs"], 2);
}

#[test]
fn a_run_that_stopped_before_its_evaluation_is_evaluated() {
    let folder = Folder::holding(&QUICK.files.only(&[
        "checkpoint.bin",
        "config.json",
        "metrics.jsonl",
        "previous.bin",
    ]));
    folder.run("--quick --resume").expect_success();
    let files = folder.files();
    files.assert_same_training(&QUICK.files);
    let summary = |files: &Files| {
        let mut summary = files.json("summary.json");
        assert!(summary["resources"].take().is_object());
        summary
    };
    assert_eq!(summary(&files), summary(&QUICK.files));
    assert_eq!(files.lasting(), QUICK.files.lasting());
}

#[test]
fn lost_metrics_are_written_again() {
    let folder = Folder::holding(
        &ONE_EPOCH
            .files
            .clone()
            .with("metrics.jsonl", "{\"epoch\":1,"),
    );
    folder.run(TWO_EPOCHS).expect_success();
    folder.files().assert_same_training(&QUICK.files);
}

#[test]
fn a_finished_run_is_kept() {
    assert_refused(
        &ONE_EPOCH.files,
        &format!("{SHORT} --resume"),
        &["finished"],
    );
}

#[test]
fn other_options_are_named_with_both_values() {
    for (flag, words) in [
        ("--learning-rate 0.01", ["learning_rate", "0.001", "0.01"]),
        ("--seed 7", ["seed", "0", "7"]),
        ("--batch-size 64", ["batch_size", "128", "64"]),
    ] {
        assert_refused(&ONE_EPOCH.files, &format!("{TWO_EPOCHS} {flag}"), &words);
    }
}

#[test]
fn a_damaged_checkpoint_is_named_and_kept() {
    let good = ONE_EPOCH.files.bytes("checkpoint.bin");
    let truncated = good[..good.len() / 2].to_vec();
    let mut flipped = good.to_vec();
    flipped[good.len() / 2] ^= 1;
    for bad in [truncated, flipped, Vec::new()] {
        let files = ONE_EPOCH.files.clone().with("checkpoint.bin", bad);
        assert_refused(&files, TWO_EPOCHS, &["checkpoint.bin"]);
    }
}

/// Where the last checkpoint is lost, the one before serves, and the end is the same.
#[test]
fn a_run_goes_on_from_the_checkpoint_before() {
    let lost = QUICK.files.only(&["config.json", "previous.bin"]);
    let damaged = lost.clone().with("checkpoint.bin", "VAE-CKPT");
    for files in [lost, damaged] {
        let folder = Folder::holding(&files);
        let outcome = folder.run("--quick --resume");
        assert_eq!(outcome.status, Some(0), "{outcome:#?}");
        let said = &outcome.stderr;
        assert!(
            said.starts_with("warning: ") && said.contains("checkpoint.bin"),
            "{said}"
        );
        assert!(said.ends_with("going on from previous.bin\n"), "{said}");
        folder.files().assert_same_training(&QUICK.files);
    }
}

#[test]
fn a_checkpoint_of_another_model_is_refused_by_its_first_parameter() {
    let mut checkpoint = ONE_EPOCH.files.checkpoint();
    for parameter in &mut checkpoint.parameters[2..4] {
        parameter.shape[0] += 1;
        let row = parameter.values.len() / (parameter.shape[0] - 1);
        parameter.values.extend(vec![0.0; row]);
    }
    let name = checkpoint.parameters[2].name.clone();
    let folder = Folder::holding(&ONE_EPOCH.files);
    checkpoint
        .save(&folder.path().join("checkpoint.bin"))
        .unwrap();

    let words = [
        "checkpoint.bin",
        "another model",
        &name,
        "[21, 400]",
        "[20, 400]",
    ];
    let outcome = assert_refused(&folder.files(), TWO_EPOCHS, &words);
    assert!(!outcome.stderr.contains(&checkpoint.parameters[3].name));
}
