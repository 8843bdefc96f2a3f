//! Wrong flags: status 2, a message that names the flag, and nothing on the disk.

use crate::program::{Folder, outcome, program};

#[test]
fn wrong_flags_are_named() {
    for (flags, named) in [
        ("--no-such-flag", "--no-such-flag"),
        ("stray", "stray"),
        ("--seed=-1", "--seed"),
        ("--epochs x", "--epochs"),
        ("--epochs 0", "--epochs"),
        ("--batch-size 0", "--batch-size"),
        ("--threads 0", "--threads"),
        ("--nll-samples 0", "--nll-samples"),
        ("--nll-images 0", "--nll-images"),
        ("--data-dir", "--data-dir"),
        ("--steps 0", "--steps"),
        ("--steps 5 --epochs 2", "--epochs"),
        ("--patience 0", "--patience"),
        ("--log-format xml", "--log-format"),
        ("--resume --force", "--force"),
    ] {
        assert_refused(flags, named);
    }
}

#[test]
fn learning_rates_that_cannot_be_meant_are_refused() {
    for rate in ["nan", "inf", "-1", "-inf", "one"] {
        assert_refused(&format!("--learning-rate={rate}"), "learning-rate");
    }
}

#[track_caller]
fn assert_refused(flags: &str, named: &str) {
    let folder = Folder::new();
    let outcome = folder.run(&format!("--quick {flags}"));
    outcome.expect_failure(2, &["error", named]);
    assert_eq!(outcome.stdout, "", "{flags}");
    assert!(!folder.path().exists(), "{flags} leaves a folder");
}

#[test]
fn help_has_every_common_flag() {
    let help = outcome(&mut program("--help")).expect_success().stdout;
    for flag in [
        "--out <DIR>",
        "--seed <N>",
        "--epochs <N>",
        "--steps <N>",
        "--batch-size <N>",
        "--threads <N>",
        "--data-dir <DIR>",
        "--resume",
        "--force",
        "--quick",
        "-q, --quiet",
        "--log-format <FORMAT>",
        "--learning-rate",
        "--nll-samples",
        "--nll-images",
    ] {
        let described = |line: &str| {
            let rest = line.trim_start().strip_prefix(flag);
            rest.is_some_and(|rest| rest.trim().len() > 10)
        };
        assert!(help.lines().any(described), "no {flag} in {help}");
    }
}

#[test]
fn the_version_is_that_of_the_program() {
    let version = outcome(&mut program("--version")).expect_success().stdout;
    assert_eq!(
        version.trim(),
        concat!("mnist_vae ", env!("CARGO_PKG_VERSION"))
    );
}
