//! Ctrl-C and SIGTERM lose nothing: the run stops at once, and goes on from there.

use crate::program::{Files, Finished, Folder, Outcome, QUICK};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Epochs long enough to be interrupted: 1000 batches each.
const LONG: &str = "--quick --batch-size 4 --nll-samples 1 --nll-images 10";

/// Runs the program, and sends it a signal soon after `ready` returns.
fn interrupt(folder: &Folder, flags: &str, signal: &str, ready: impl Fn(&mut Child)) -> Outcome {
    let mut program = folder.program(flags);
    program.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    ready(&mut child);
    // What follows a file or a line takes a moment to begin.
    sleep(Duration::from_millis(50));
    let kill = format!("kill -{signal} {}", child.id());
    let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(sent.success(), "the run ended before it was interrupted");
    let status = child.wait().unwrap().code();
    let mut stderr = String::new();
    child.stderr.unwrap().read_to_string(&mut stderr).unwrap();
    Outcome {
        status,
        stdout: String::new(),
        stderr,
    }
}

/// Waits until the program writes to the run folder, which is when training begins.
fn until_it_trains(folder: &Folder) {
    while !folder.path().join("config.json").exists() {
        sleep(Duration::from_millis(1));
    }
}

/// Waits until the program has said that an epoch is over.
fn until_the_end_of_epoch(child: &mut Child, epoch: &str) {
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let mut said = lines.map(|line| line.unwrap());
    assert!(said.any(|line| line.starts_with(&format!("epoch  {epoch}"))));
}

fn figures(files: &Files) -> serde_json::Value {
    files.json("summary.json")["figures"].clone()
}

#[test]
fn training_stops_at_a_batch_and_goes_on_from_there() {
    let folder = Folder::new();
    let outcome = interrupt(&folder, LONG, "INT", |_| until_it_trains(&folder));
    outcome.expect_failure(130, &["stopped in epoch 1", &folder.name(), "--resume"]);
    let checkpoint = folder.files().checkpoint();
    assert_eq!((checkpoint.epoch, checkpoint.history.len()), (0, 0));
    assert!(
        (1..1000).contains(&checkpoint.batch),
        "{}",
        checkpoint.batch
    );

    let flags = format!("{LONG} --resume");
    let outcome = interrupt(&folder, &flags, "TERM", |child| {
        until_the_end_of_epoch(child, "1/2")
    });
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
        folder.files().lasting(),
        [
            "best.bin",
            "checkpoint.bin",
            "config.json",
            "metrics.jsonl",
            "previous.bin"
        ]
    );

    folder.run(&flags).expect_success();
    let straight = Finished::run(LONG).files;
    folder.files().assert_same_training(&straight);
    assert_eq!(figures(&folder.files()), figures(&straight));
}

#[test]
fn the_evaluation_stops_and_is_made_again() {
    let folder = Folder::new();
    let outcome = interrupt(&folder, "--quick", "INT", |child| {
        until_the_end_of_epoch(child, "2/2")
    });
    outcome.expect_failure(130, &["stopped", "--resume", &folder.name()]);
    assert!(!folder.files().names().contains(&"summary.json"));

    folder.run("--quick --resume").expect_success();
    folder.files().assert_same_training(&QUICK.files);
    assert_eq!(figures(&folder.files()), figures(&QUICK.files));
}
