//! The program is killed at random moments, whatever it is doing, and resumed on another number of threads each time: the end
//! is always that of a run that was never stopped.

use crate::program::{Files, Finished, Folder};
use std::process::Stdio;
use std::time::{Duration, Instant};
use vae::prelude::Noise;

const FLAGS: &str = "--quick --batch-size 64 --nll-samples 1 --nll-images 10";
const KILLS: usize = 50;

fn uniform(count: usize, stream: &str) -> Vec<f32> {
    let mut u = vec![0.0; count];
    Noise::new(0, stream).fill_uniform(&mut u);
    u
}

fn figures(files: &Files) -> serde_json::Value {
    files.json("summary.json")["figures"].clone()
}

#[test]
fn fifty_kills_at_random_moments_change_nothing() {
    let clock = Instant::now();
    let straight = Finished::run(FLAGS).files;
    let whole = clock.elapsed().as_secs_f32();

    // Several to a run, each somewhere between the first moment and most of the way.
    let mut delays = uniform(4 * KILLS, "kills").into_iter();
    let (mut kills, mut in_training, mut runs) = (0, 0, 0);
    while kills < KILLS {
        let folder = Folder::new();
        for attempt in 0..8 {
            let flags = format!("{FLAGS} --resume --threads {}", 1 + (kills + attempt) % 3);
            let mut program = folder.program(&flags);
            let mut child = program
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let delay = delays.next().expect("most runs are killed");
            std::thread::sleep(Duration::from_secs_f32(0.8 * whole * delay));
            child.kill().unwrap();
            if child.wait().unwrap().success() {
                break;
            }
            kills += 1;
            let left = |name: &str| folder.path().join(name).exists();
            in_training += usize::from(left("config.json") && !left("metrics.jsonl"));
        }
        if !folder.path().join("summary.json").exists() {
            folder.run(&format!("{FLAGS} --resume")).expect_success();
        }
        let files = folder.files();
        files.assert_same_training(&straight);
        assert_eq!(figures(&files), figures(&straight));
        let temporary = |name: &&str| name.starts_with('.');
        assert_eq!(files.names().into_iter().find(temporary), None);
        runs += 1;
    }
    println!("{kills} kills in {runs} runs, {in_training} of them before the first epoch was over");
}
