//! Several runs in one folder: all of them are measured, and one that has ended is not made again.

use crate::program::{Files, Folder, Outcome, SHORT, experiment, outcome};
use std::fs;
use vae::runner::Checkpoint;
use vae::runner::picture::Picture;

fn encoders(folder: &Folder, flags: &str) -> Outcome {
    let mut command = experiment(
        env!("CARGO_BIN_EXE_encoders"),
        &format!("{SHORT} --only mlp,gated {flags}"),
    );
    outcome(command.arg("--out").arg(folder.path()))
}

fn comparison(folder: &Folder) -> Vec<String> {
    let table = fs::read_to_string(folder.path().join("comparison.csv")).unwrap();
    table.lines().map(str::to_string).collect()
}

#[test]
fn the_runs_are_compared_and_a_finished_one_is_kept() {
    let folder = Folder::new();
    let said = encoders(&folder, "").expect_success().stdout;
    let [mlp, gated] = ["mlp", "gated"].map(|name| folder.path().join(name));
    for run in [&mlp, &gated] {
        assert!(Files::of(run).names().contains(&"report.html"));
    }
    let before = comparison(&folder);
    let columns = |line: &String| line.split(',').count();
    assert!(before.iter().all(|line| columns(line) == 11), "{before:?}");
    let names: Vec<_> = before.iter().map(|line| line.split(',').next()).collect();
    assert_eq!(names, [Some("model"), Some("mlp"), Some("gated")]);
    let table = fs::read_to_string(folder.path().join("comparison.md")).unwrap();
    assert!(said.contains(&table), "{said}");
    let chart = fs::read_to_string(folder.path().join("comparison.svg")).unwrap();
    assert!(
        ["mlp", "gated"]
            .iter()
            .all(|name| chart.contains(&format!(">{name}</text>"))),
        "{chart}"
    );
    Picture::open(&folder.path().join("comparison.png")).unwrap();
    let samples = Picture::open(&folder.path().join("samples.png")).unwrap();
    let of_one = Picture::open(&mlp.join("samples.png")).unwrap();
    assert!(samples.width() > 2 * of_one.width());

    // Nothing of it is overwritten unasked.
    let again = encoders(&folder, "");
    again.expect_failure(1, &["finished", "--resume", &mlp.display().to_string()]);
    assert_eq!(comparison(&folder), before);

    // Without its summary, the second run has not ended: it is evaluated again, the first is left alone.
    fs::remove_file(gated.join("summary.json")).unwrap();
    let kept = Files::of(&mlp);
    let said = encoders(&folder, "--resume").expect_success().stdout;
    assert_eq!(said.matches("is finished").count(), 1, "{said}");
    assert_eq!(Files::of(&mlp), kept);
    assert_eq!(comparison(&folder), before);
}

#[test]
fn an_unknown_part_is_refused_with_those_that_there_are() {
    let folder = Folder::new();
    let outcome = encoders(&folder, "--only gatde");
    outcome.expect_failure(2, &["--only", "gatde", "'gated'"]);
    assert!(!folder.path().exists());
}

#[test]
fn priors_are_fitted_to_the_codes_of_a_trained_model() {
    let folder = Folder::new();
    let priors = |flags: &str| {
        let mut command = experiment(env!("CARGO_BIN_EXE_priors"), &format!("{SHORT} {flags}"));
        outcome(command.arg("--out").arg(folder.path()))
    };
    let missing = folder.path().join("standard").join("checkpoint.bin");
    priors("--only fitted-mixture").expect_failure(1, &[&missing.display().to_string()]);

    priors("--only standard,fitted-mixture,fitted-spline").expect_success();
    let read = |run: &str, file: &str| fs::read(folder.path().join(run).join(file)).unwrap();
    let metrics = ["standard", "fitted-mixture"].map(|run| read(run, "metrics.jsonl"));
    assert_eq!(metrics[0], metrics[1]);

    // Encoder and decoder are those of the trained model; the prior is not.
    let checkpoint = |run: &str| Checkpoint::read(&folder.path().join(run).join("checkpoint.bin"));
    let [standard, mixture, spline] = ["standard", "fitted-mixture", "fitted-spline"]
        .map(|run| checkpoint(run).unwrap().parameters);
    for fitted in [mixture, spline] {
        assert!(fitted.len() > standard.len());
        assert_eq!(fitted[..standard.len()], standard);
    }

    // What is finished is kept.
    let said = priors("--only standard,fitted-mixture --resume")
        .expect_success()
        .stdout;
    assert_eq!(said.matches("is finished").count(), 2, "{said}");
}
