//! Results are not overwritten unless asked for.

use crate::program::{Files, Folder, ONE_EPOCH, SHORT};

/// Asserts that a run into a folder with these files is refused and leaves them as they are.
#[track_caller]
fn assert_refused(files: &Files, flags: &str, words: &[&str]) {
    let folder = Folder::holding(files);
    let outcome = folder.run(flags);
    outcome.expect_failure(1, words);
    outcome.expect_failure(1, &[&folder.name()]);
    assert_eq!(&folder.files(), files);
}

fn unfinished() -> Files {
    ONE_EPOCH
        .files
        .only(&["checkpoint.bin", "config.json", "metrics.jsonl"])
}

#[test]
fn a_finished_run_is_kept() {
    assert_refused(&ONE_EPOCH.files, SHORT, &["finished", "--force", "--out"]);
}

#[test]
fn an_unfinished_run_is_kept() {
    let words = ["unfinished", "--resume", "--force"];
    assert_refused(&unfinished(), SHORT, &words);
}

#[test]
fn force_starts_over() {
    let folder = Folder::holding(&unfinished().with("summary.json", "outdated"));
    folder
        .run(&format!("{SHORT} --seed 2 --force"))
        .expect_success();
    let files = folder.files();
    assert_eq!(files.json("config.json")["options"]["seed"], 2);
    assert_eq!(files.json("summary.json")["seed"], 2);
    assert_eq!(files.timeless_metrics().len(), 1);
    assert!(files.checkpoint().parameters != ONE_EPOCH.files.checkpoint().parameters);
}

#[test]
fn force_keeps_the_results_where_it_has_nothing_to_put_in_their_place() {
    let flags = format!("{SHORT} --force --data-dir no-such-directory");
    let folder = Folder::holding(&ONE_EPOCH.files);
    folder.run(&flags).expect_failure(1, &["no-such-directory"]);
    assert_eq!(folder.files(), ONE_EPOCH.files);
}

#[test]
fn files_of_others_are_never_touched() {
    let notes = Folder::holding(&ONE_EPOCH.files.only(&[]))
        .files()
        .with("notes.txt", "mine");
    let foreign = notes.clone().with("config.json", r#"{"theme": "dark"}"#);
    for files in [notes, foreign] {
        for flags in ["", " --force", " --resume"] {
            assert_refused(
                &files,
                &format!("{SHORT}{flags}"),
                &["holds no run", "--out"],
            );
        }
    }
}
