//! Ctrl-C and SIGTERM lose nothing: the run stops at a batch, and goes on from there.

use crate::program::{Finished, Folder, Outcome};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Epochs long enough to be interrupted: 1000 batches each.
const FLAGS: &str = "--quick --batch-size 4 --nll-samples 1 --nll-images 10";

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
}

/// Runs the program, and sends it a signal as soon as `ready` returns.
fn interrupt(folder: &Folder, flags: &str, name: &str, ready: impl Fn(&mut Child)) -> Outcome {
    let mut program = folder.program(flags);
    let mut child = program
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    ready(&mut child);
    signal(&child, name);
    let status = child.wait().unwrap().code();
    let mut stderr = String::new();
    child.stderr.unwrap().read_to_string(&mut stderr).unwrap();
    Outcome {
        status,
        stdout: String::new(),
        stderr,
    }
}

/// Waits until the run folder is taken, from when on signals are watched.
fn started(folder: &Folder) {
    while !folder.path().join("config.json").exists() {
        std::thread::sleep(Duration::from_millis(1));
    }
    // Setting up what watches them takes a moment.
    std::thread::sleep(Duration::from_millis(20));
}

/// Waits for the line of an epoch.
fn after_an_epoch(child: &mut Child) {
    let stdout = BufReader::new(child.stdout.as_mut().unwrap());
    let line = stdout.lines().next().unwrap().unwrap();
    assert!(line.starts_with("epoch"), "{line}");
}

#[test]
fn two_interruptions_change_nothing() {
    let folder = Folder::new();
    let outcome = interrupt(&folder, FLAGS, "INT", |_| started(&folder));
    outcome.expect_failure(130, &["stopped in epoch 1", &folder.name(), "--resume"]);
    let checkpoint = folder.files().checkpoint();
    assert_eq!((checkpoint.epoch, checkpoint.history.len()), (0, 0));
    assert!(
        (1..1000).contains(&checkpoint.batch),
        "{}",
        checkpoint.batch
    );

    let flags = format!("{FLAGS} --resume");
    let outcome = interrupt(&folder, &flags, "TERM", after_an_epoch);
    outcome.expect_failure(130, &["stopped in epoch 2", &folder.name()]);
    assert_eq!(
        outcome.stderr.matches("--resume").count(),
        1,
        "{outcome:#?}"
    );
    let checkpoint = folder.files().checkpoint();
    assert_eq!((checkpoint.epoch, checkpoint.history.len()), (1, 1));
    assert!(
        (1..1000).contains(&checkpoint.batch),
        "{}",
        checkpoint.batch
    );
    assert_eq!(
        folder.files().names(),
        ["checkpoint.bin", "config.json", "metrics.jsonl"]
    );

    folder.run(&flags).expect_success();
    let straight = Finished::run(FLAGS).files;
    folder.files().assert_same_training(&straight);
    let summary = |files: &crate::program::Files| files.json("summary.json")["figures"].clone();
    assert_eq!(summary(&folder.files()), summary(&straight));
}
