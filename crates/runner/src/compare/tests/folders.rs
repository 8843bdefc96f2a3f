//! What is read, and where it goes.

use super::*;

/// The labels of runs of these experiments with these options.
fn labels_of(runs: &[(&'static str, Value)]) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    for (i, (experiment, options)) in runs.iter().enumerate() {
        let fake = Fake {
            experiment,
            options: options.clone(),
            ..Fake::of("", i as u64, [0.0; 4])
        };
        fake.write(&home.path().join(i.to_string()));
    }
    let all = All::of(&[home.path().into()]).unwrap();
    all.groups.into_iter().map(|group| group.label).collect()
}

#[test]
fn labels_name_what_differs() {
    let lr = |rate: f64, seed: u64| ("a", json!({"seed": seed, "lr": rate, "epochs": 3}));
    assert_eq!(labels_of(&[lr(0.001, 0), lr(0.001, 1)]), ["a"]);
    assert_eq!(
        labels_of(&[lr(0.001, 0), lr(0.002, 0), lr(0.001, 1)]),
        ["lr=0.001", "lr=0.002"]
    );
    let other = ("b", json!({"seed": 0, "lr": 0.001, "epochs": 3}));
    assert_eq!(labels_of(&[lr(0.001, 0), other]), ["a", "b"]);
    let part = |part: &str, data: Value| ("a", json!({"data_dir": data, "part": part, "seed": 7}));
    assert_eq!(
        labels_of(&[
            part("vamp", Value::Null),
            part("vamp", json!("x/y")),
            part("iaf", Value::Null)
        ]),
        [
            "vamp data_dir=default",
            "vamp data_dir=x/y",
            "iaf data_dir=default"
        ]
    );
    assert_eq!(labels_of(&[part("vamp", Value::Null)]), ["vamp"]);
    // The order of options is none of their meaning.
    assert_eq!(
        labels_of(&[
            ("a", json!({"x": 1, "y": 2})),
            ("a", json!({"y": 2, "x": 1}))
        ]),
        ["a"]
    );
    // What one has and the other has not; what reads the same and is not.
    assert_eq!(
        labels_of(&[("a", json!({})), ("a", json!({"patience": 5}))]),
        ["a", "patience=5"]
    );
    assert_eq!(
        labels_of(&[
            ("a", json!({"x": 1})),
            ("a", json!({"x": "1"})),
            ("a", json!({"x": 2}))
        ]),
        ["x=1", "x=1 (2)", "x=2"]
    );
}

#[test]
fn runs_are_found_once_and_down_to_four_levels() {
    let home = tempfile::tempdir().unwrap();
    let path = |path: &str| home.path().join(path);
    for (seed, dir) in ["b/10", "b/2", "a/1/2/3", "d/1/2/3/4"]
        .into_iter()
        .enumerate()
    {
        Fake::of("vamp", seed as u64, [0.0; 4]).write(&path(dir));
    }
    // A copy of b/2, and what lies in a run folder.
    Fake::of("vamp", 1, [0.0; 4]).write(&path("c"));
    Fake::of("vamp", 9, [0.0; 4]).write(&path("b/2/again"));
    let all = All::of(&[path("b/2"), home.path().into(), path("b")]).unwrap();
    let [group] = &all.groups[..] else {
        panic!("{} groups", all.groups.len())
    };
    let found: Vec<_> = group
        .runs
        .iter()
        .map(|run| (run.seed, run.dir.clone()))
        .collect();
    assert_eq!(
        found,
        [(0, path("b/10")), (1, path("b/2")), (2, path("a/1/2/3"))]
    );
    assert_eq!(all.notes.len(), 2);
    assert!(all.notes[1].contains("/c."), "{:?}", all.notes);
    assert!(All::of(&[path("d/1/2/3")]).is_ok());
}

#[test]
fn labels_cannot_break_the_tables() {
    let run = |value: &str| ("a", json!({"x": value}));
    let home = tempfile::tempdir().unwrap();
    for (i, (experiment, options)) in [run("p|q, \"r\""), run("s")].into_iter().enumerate() {
        let fake = Fake {
            experiment,
            options,
            ..Fake::of("", 0, [0.0; 4])
        };
        fake.write(&home.path().join(format!("runs/{i}")));
    }
    compare_in(&home, false).unwrap();
    assert!(read(&home, "comparison.md").contains("One seed each"));
    assert!(read(&home, "comparison.md").contains(r#"| x=p\|q, "r" |"#));
    assert!(read(&home, "comparison.csv").contains("\n\"x=p|q, \"\"r\"\"\",1,images,"));
}

#[test]
fn a_file_that_is_not_what_it_should_be_is_named() {
    for (file, contents) in [
        ("config.json", "{}"),
        ("config.json", "no JSON"),
        ("summary.json", "{}"),
        (
            "summary.json",
            r#"{"seed":0,"steps":1,"parameters":1,"training_seconds":1.0,"figures":[]}"#,
        ),
        ("metrics.jsonl", "\n"),
        ("samples.png", "no picture"),
    ] {
        let home = three_priors();
        let path = home.path().join("runs/0/vamp").join(file);
        fs::write(&path, contents).unwrap();
        let error = compare_in(&home, false).unwrap_err().to_string();
        assert!(error.contains(&path.display().to_string()), "{error}");
        // Nothing is written before all has been read.
        assert!(!home.path().join("comparison").exists());
    }
    for file in ["config.json", "metrics.jsonl"] {
        let home = three_priors();
        let path = home.path().join("runs/0/vamp").join(file);
        fs::remove_file(&path).unwrap();
        let error = compare_in(&home, false).unwrap_err();
        assert!(
            matches!(&error, Error::Io { path: named, .. } if *named == path),
            "{error}"
        );
    }
}

#[test]
fn without_a_finished_run_there_is_nothing_to_compare() {
    let home = tempfile::tempdir().unwrap();
    let error = compare_in(&home, false).unwrap_err();
    assert!(
        matches!(&error, Error::Io { path, .. } if path.ends_with("runs")),
        "{error}"
    );
    fs::create_dir_all(home.path().join("runs/0")).unwrap();
    fs::write(home.path().join("runs/0/config.json"), "{}").unwrap();
    let error = compare_in(&home, false).unwrap_err();
    assert!(matches!(error, Error::NoRuns { .. }), "{error}");
    let runs = home.path().join("runs").display().to_string();
    assert!(error.to_string().contains(&runs), "{error}");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let home = three_priors();
    let out = home.path().join("comparison");
    let refused = |force| compare_in(&home, force).unwrap_err();
    fs::create_dir(&out).unwrap();
    fs::write(out.join("comparison.csv"), "model,parameters\n").unwrap();
    assert!(matches!(refused(false), Error::NotAComparison { dir } if dir == out));
    assert_eq!(read(&home, "comparison.csv"), "model,parameters\n");
    compare_in(&home, true).unwrap();
    assert!(matches!(refused(false), Error::Compared { dir } if dir == out));
    compare_in(&home, true).unwrap();
    // A run would lose its report and its samples.
    fs::write(out.join("config.json"), "{}").unwrap();
    for force in [false, true] {
        assert!(matches!(refused(force), Error::HoldsARun { dir } if dir == out));
    }
    fs::remove_dir_all(&out).unwrap();
    fs::write(&out, "mine").unwrap();
    assert!(matches!(refused(true), Error::Io { path, .. } if path == out));
}
