//! A disk that is full in the middle of a run: a message that names the file, and nothing is lost that was there before.

use crate::program::{Folder, ONE_EPOCH, Outcome, QUICK, SHORT, outcome};
use std::process::Command;

const TWO_EPOCHS: &str = "--quick --epochs 2 --nll-samples 1 --nll-images 10 --resume";

/// Runs the program by a shell that has set something up.
fn within(folder: &Folder, before: &str, flags: &str) -> Outcome {
    let program = env!("CARGO_BIN_EXE_mnist_vae");
    let script = format!("{before}; exec {program} {flags} --out {}", folder.name());
    outcome(Command::new("sh").args(["-c", &script]))
}

/// The files of the run may have no more than two megabytes, of eight that a checkpoint has.
#[test]
fn a_checkpoint_that_cannot_be_written_leaves_the_one_before() {
    let limit = "trap '' XFSZ; ulimit -f 4000";
    let first = Folder::new();
    let outcome = within(&first, limit, SHORT);
    outcome.expect_failure(1, &["checkpoint.bin", "File too large"]);
    first.run(&format!("{SHORT} --resume")).expect_success();
    first.files().assert_same_training(&ONE_EPOCH.files);

    let folder = Folder::holding(&ONE_EPOCH.files);
    let before = folder.files();
    let outcome = within(&folder, limit, TWO_EPOCHS);
    outcome.expect_failure(1, &[&folder.name(), ".bin: File too large"]);
    let after = folder.files();
    for name in ["checkpoint.bin", "best.bin"] {
        assert!(after.bytes(name) == before.bytes(name), "{name}");
    }
    assert!(!after.names().iter().any(|name| name.ends_with(".tmp")));

    folder.run(TWO_EPOCHS).expect_success();
    folder.files().assert_same_training(&QUICK.files);
}

/// On a disk of its own, of a size that the first checkpoint and half of the second fit on.
#[test]
fn a_full_disk_is_named() {
    let folder = Folder::new();
    std::fs::create_dir_all(folder.path()).unwrap();
    let mount = format!("mount -t tmpfs -o size=12m tmpfs {}", folder.name());
    let private = |script: &str| {
        let mut command = Command::new("unshare");
        outcome(command.args(["-rm", "sh", "-c", script]))
    };
    let unshare = Command::new("unshare").arg("--version").output();
    if unshare.is_err() || private(&mount).status != Some(0) {
        return println!("skipped: this user may not mount a disk");
    }
    let (program, out) = (env!("CARGO_BIN_EXE_mnist_vae"), folder.name());
    // The disk is gone with the shell, so the shell shows what is left on it.
    let script =
        format!("{mount} && {program} --quick --out {out}; status=$?; ls -A {out}; exit $status");
    let outcome = private(&script);
    outcome.expect_failure(1, &["error: ", &out, "No space left on device"]);
    for file in ["config.json", "metrics.jsonl"] {
        assert!(
            outcome.stdout.lines().any(|line| line == file),
            "{outcome:#?}"
        );
    }
    let left = |file: &&str| outcome.stdout.lines().any(|line| line == *file);
    assert!(
        ["checkpoint.bin", "previous.bin"].iter().any(left),
        "{outcome:#?}"
    );
    assert!(!outcome.stdout.contains(".tmp"), "{outcome:#?}");
}

/// Not only checkpoints: pictures and tables as well.
#[test]
fn results_that_cannot_be_written_are_no_success() {
    let folder = Folder::holding(&QUICK.files.only(&[
        "checkpoint.bin",
        "config.json",
        "metrics.jsonl",
        "previous.bin",
    ]));
    let outcome = within(&folder, "trap '' XFSZ; ulimit -f 100", "--quick --resume");
    outcome.expect_failure(1, &["error: ", &folder.name(), "File too large"]);
    assert!(!folder.files().names().contains(&"summary.json"));
    folder.run("--quick --resume").expect_success();
}
