//! What a run says: for people, for other programs, or next to nothing.

use crate::program::{Folder, ONE_EPOCH, SHORT};
use serde_json::Value;

#[test]
fn a_quiet_run_says_nothing_and_does_the_same() {
    let folder = Folder::new();
    let outcome = folder.run(&format!("{SHORT} --quiet")).expect_success();
    assert_eq!(outcome.stdout, "");
    let files = folder.files();
    files.assert_same_training(&ONE_EPOCH.files);
    assert_eq!(
        files.text("config.json"),
        ONE_EPOCH.files.text("config.json")
    );

    let again = folder.run(&format!("{SHORT} --quiet"));
    again.expect_failure(1, &["error: ", "finished"]);
}

#[test]
fn a_log_in_json_has_the_numbers_as_fields() {
    let folder = Folder::new();
    let flags = format!("{SHORT} --log-format json");
    let said = folder.run(&flags).expect_success().stdout;
    let lines: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &lines {
        assert!(
            line["timestamp"].is_string() && line["message"].is_string(),
            "{line}"
        );
        assert_eq!(line["level"], "INFO");
    }
    let files = folder.files();
    let metrics: Value = serde_json::from_str(files.text("metrics.jsonl").trim()).unwrap();
    let epoch = lines.iter().find(|line| line["epoch"] == 1).unwrap();
    for (field, value) in [
        ("step", &metrics["step"]),
        ("train_loss", &metrics["train"]["loss"]),
        ("valid_elbo", &metrics["valid"]["elbo"]["mean"]),
    ] {
        assert_eq!(&epoch[field], value, "{field}");
    }
    for figure in files.json("summary.json")["figures"].as_array().unwrap() {
        let line = lines
            .iter()
            .find(|line| line["figure"] == figure["name"])
            .unwrap();
        assert_eq!(line["value"], figure["value"]);
    }

    let error = folder.run(&flags).stderr;
    let error: Value = serde_json::from_str(&error).unwrap();
    assert_eq!(error["level"], "ERROR");
    assert!(
        error["message"].as_str().unwrap().contains("finished"),
        "{error}"
    );
}

#[test]
fn a_run_of_so_many_steps_is_that_long() {
    let folder = Folder::new();
    // Of 32 in an epoch.
    let flags = "--quick --steps 40 --nll-samples 1 --nll-images 10";
    let said = folder.run(flags).expect_success().stdout;
    assert!(said.contains("epoch  2/2"), "{said}");
    let files = folder.files();
    assert_eq!(files.checkpoint().step, 40);
    assert_eq!(
        files.timeless_metrics()[0],
        ONE_EPOCH.files.timeless_metrics()[0]
    );
    assert_eq!(files.json("summary.json")["steps"], 40);
    folder
        .run(&format!("{flags} --resume"))
        .expect_failure(1, &["finished"]);
}
