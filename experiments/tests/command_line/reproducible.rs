//! The same seed gives the same run, on any number of threads.

use crate::program::{Finished, ONE_EPOCH, QUICK, SHORT};

#[test]
fn the_same_seed_gives_the_same_run_on_one_thread() {
    let again = Finished::run("--quick --threads 1").files;
    again.assert_same_training(&QUICK.files);

    let summary = |files: &crate::program::Files| {
        let mut summary = files.json("summary.json");
        assert!(summary["training_seconds"].take().is_f64());
        assert!(summary["resources"].take().is_object());
        summary
    };
    assert_eq!(summary(&again), summary(&QUICK.files));
    for name in QUICK
        .files
        .names()
        .iter()
        .filter(|name| name.ends_with(".png") || name.ends_with(".svg"))
    {
        assert!(
            again.bytes(name) == QUICK.files.bytes(name),
            "another {name}"
        );
    }
}

#[test]
fn more_threads_than_cores_change_nothing() {
    let threads = 2 * std::thread::available_parallelism().unwrap().get() + 1;
    let again = Finished::run(&format!("{SHORT} --threads {threads}")).files;
    again.assert_same_training(&ONE_EPOCH.files);
}

#[test]
fn the_first_epoch_does_not_depend_on_how_many_follow() {
    let [one, two] = [&ONE_EPOCH, &QUICK].map(|run| run.files.timeless_metrics());
    assert_eq!(one[0], two[0]);
}

#[test]
fn another_seed_gives_another_run() {
    let other = Finished::run(&format!("{SHORT} --seed 1")).files;
    assert_ne!(other.timeless_metrics(), ONE_EPOCH.files.timeless_metrics());
    let pairs = [&other, &ONE_EPOCH.files].map(|files| files.checkpoint().parameters);
    for (a, b) in pairs[0].iter().zip(&pairs[1]) {
        assert!(a.values != b.values, "{} is the same", a.name);
    }
}
