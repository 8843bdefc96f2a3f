//! Missing data, folders that cannot be written, divergence: a message that says where, and nothing that is in the way
//! of the next attempt.

use crate::program::{Folder, Outcome, SHORT, outcome};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The data set as it is in the sources.
fn bundle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/data/assets/mnist")
}

/// A data directory with a copy of the data set.
fn data_dir() -> TempDir {
    let dir = TempDir::new().unwrap();
    for file in fs::read_dir(bundle()).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), dir.path().join(file.file_name())).unwrap();
    }
    dir
}

fn run_with_data(folder: &Folder, data: &Path) -> Outcome {
    outcome(folder.program(SHORT).arg("--data-dir").arg(data))
}

#[test]
fn the_data_can_be_read_from_a_directory() {
    let (folder, data) = (Folder::new(), data_dir());
    run_with_data(&folder, data.path()).expect_success();
    folder
        .files()
        .assert_same_training(&crate::program::ONE_EPOCH.files);
}

#[test]
fn a_missing_data_directory_is_named_and_blocks_nothing() {
    let folder = Folder::new();
    let missing = folder.path().with_file_name("no-such-directory");
    let path = missing.display().to_string();
    run_with_data(&folder, &missing).expect_failure(1, &["train-images-idx3-ubyte.gz", &path]);
    folder.run(SHORT).expect_success();
}

#[test]
fn a_missing_file_is_named() {
    let (folder, data) = (Folder::new(), data_dir());
    let file = data.path().join("t10k-labels-idx1-ubyte.gz");
    fs::remove_file(&file).unwrap();
    run_with_data(&folder, data.path()).expect_failure(1, &[&file.display().to_string()]);
}

#[test]
fn a_truncated_file_is_named() {
    let (folder, data) = (Folder::new(), data_dir());
    let file = data.path().join("train-images-idx3-ubyte.gz");
    let content = fs::read(&file).unwrap();
    fs::write(&file, &content[..content.len() / 2]).unwrap();
    run_with_data(&folder, data.path())
        .expect_failure(1, &[&file.display().to_string(), "truncated"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "mine").unwrap();
    for out in [file.clone(), file.join("run"), file.join("deep/run")] {
        let outcome = outcome(crate::program::program(SHORT).arg("--out").arg(&out));
        outcome.expect_failure(1, &[&out.display().to_string()]);
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn a_divergence_says_where_and_blocks_nothing() {
    let folder = Folder::new();
    let outcome = folder.run(&format!("{SHORT} --learning-rate 1e30"));
    outcome.expect_failure(
        1,
        &[
            "diverged",
            "step 2 of epoch 1",
            "training examples: ",
            "no epoch was completed",
            "learning rate",
        ],
    );
    let files = folder.files();
    for name in ["summary.json", "report.html", "metrics.jsonl"] {
        assert!(!files.names().contains(&name), "{name}");
    }
    folder.run(SHORT).expect_success();
}
