//! A grid of runs: all are made, in parts if wanted; one that fails is named, and the others go on; what has ended is kept.

use crate::program::{Files, Folder, Outcome, SHORT, experiment, outcome};
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const GRID: &str = "--seeds 2 --betas 1";
const CELLS: [&str; 3] = ["learned-1", "mixture-1", "standard-1"];

fn sweep(folder: &Folder, flags: &str) -> Command {
    let mut command = experiment(env!("CARGO_BIN_EXE_sweep"), flags);
    command.arg("--out").arg(folder.path());
    command
}

fn run(folder: &Folder, flags: &str) -> Outcome {
    outcome(&mut sweep(folder, &format!("{SHORT} {GRID} {flags}")))
}

/// The runs that have ended, as `cell/seed`.
fn ended(folder: &Folder) -> Vec<String> {
    let all = CELLS
        .iter()
        .flat_map(|cell| (0..2).map(move |seed| format!("{cell}/{seed}")));
    let ended = |run: &String| folder.path().join(run).join("summary.json").exists();
    all.filter(ended).collect()
}

#[test]
fn shards_make_the_whole_and_a_failure_stops_no_other() {
    let folder = Folder::new();
    // Where a run should be, there is a file.
    fs::create_dir_all(folder.path().join("mixture-1")).unwrap();
    let obstacle = folder.path().join("mixture-1/0");
    fs::write(&obstacle, "mine").unwrap();

    let first = run(&folder, "--shard 1/2 --workers 2");
    first.expect_failure(
        1,
        &[
            "mixture-1/0 failed",
            "1 of 3 runs failed",
            "mixture-1/0.log",
        ],
    );
    assert_eq!(fs::read_to_string(&obstacle).unwrap(), "mine");
    assert_eq!(ended(&folder), ["learned-1/0", "standard-1/0"]);

    run(&folder, "--shard 2/2").expect_success();
    let kept = Files::of(&folder.path().join("standard-1/1"));
    let again = run(&folder, "--shard 2/2");
    again.expect_failure(1, &["finished", "3 of 3 runs failed"]);

    fs::remove_file(&obstacle).unwrap();
    let said = run(&folder, "--resume --workers 2").expect_success().stdout;
    assert!(said.contains("6 of 6 runs have ended"), "{said}");
    assert_eq!(ended(&folder).len(), 6);
    assert_eq!(Files::of(&folder.path().join("standard-1/1")), kept);

    // Seeds and cells are in the configuration, and differ in what came out.
    let config = |run: &str| Files::of(&folder.path().join(run)).json("config.json");
    let options = config("mixture-1/1")["options"].clone();
    assert_eq!(
        (&options["seed"], &options["part"]),
        (&1.into(), &"mixture-1".into())
    );
    let figures = |run: &str| Files::of(&folder.path().join(run)).json("summary.json");
    assert_ne!(
        figures("standard-1/0")["figures"],
        figures("standard-1/1")["figures"]
    );
}

#[test]
fn runs_stop_with_their_sweep() {
    let long =
        "--quick --epochs 2 --batch-size 4 --nll-samples 1 --nll-images 10 --seeds 1 --betas 1";
    for signal in ["TERM", "KILL"] {
        let folder = Folder::new();
        let mut command = sweep(&folder, &format!("{long} --workers 2 --resume"));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let runs = ["standard-1", "learned-1"].map(|cell| folder.path().join(cell).join("0"));
        let begun = Instant::now();
        while !runs.iter().all(|run| run.join("config.json").exists()) {
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(100));
        let kill = format!("kill -{signal} {}", child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        let status = child.wait().unwrap().code();
        assert_eq!(status, (signal == "TERM").then_some(130));
        for run in runs {
            while !run.join("checkpoint.bin").exists() {
                assert!(begun.elapsed() < Duration::from_secs(60), "no checkpoint");
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

#[test]
fn a_part_that_is_none_is_refused() {
    let folder = Folder::new();
    for shard in ["0/2", "3/2", "x"] {
        let refused = run(&folder, &format!("--shard {shard}"));
        refused.expect_failure(2, &["--shard", "I from 1 to N"]);
    }
    assert!(!folder.path().exists());
}
