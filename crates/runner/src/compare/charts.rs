use super::group::Group;
use super::rows::Row;
use crate::Result;
use crate::chart::{Chart, Labelled, Series, curves, labelled};
use crate::picture::{Picture, side_by_side};
use std::collections::BTreeMap;

/// The negative log-likelihood over the time of a step.
pub(super) fn likelihood_and_speed(rows: &[Row]) -> Chart {
    let points = rows.iter().map(|row| Labelled {
        label: row.label.clone(),
        at: [row.milliseconds.mean, row.nll.mean],
    });
    let axes = ["milliseconds per step", "test NLL, nats per image"];
    let title = "Negative log-likelihood and speed";
    labelled(title, axes, &points.collect::<Vec<_>>())
}

/// The bound on the validation set: over the epochs, and over the time of training.
pub(super) fn bounds(groups: &[Group]) -> [Chart; 2] {
    let progress: Vec<Vec<Stage>> = groups.iter().map(progress).collect();
    let longest = progress.iter().flatten().map(|stage| stage.seconds);
    let (unit, seconds) = match longest.fold(0.0, f64::max) {
        7200.0.. => ("hours", 3600.0),
        120.0.. => ("minutes", 60.0),
        _ => ("seconds", 1.0),
    };
    let draw = |title: &str, x_label: &str, x: &dyn Fn(&Stage) -> f64| {
        let series = groups.iter().zip(&progress).map(|(group, stages)| Series {
            name: group.label.clone(),
            points: stages.iter().map(|stage| (x(stage), stage.elbo)).collect(),
        });
        curves(
            title,
            x_label,
            "nats per image",
            &series.collect::<Vec<_>>(),
        )
    };
    let time = format!("training time, {unit}");
    [
        draw("Validation ELBO over epochs", "epoch", &|stage| {
            stage.epoch as f64
        }),
        draw("Validation ELBO over training time", &time, &|stage| {
            stage.seconds / seconds
        }),
    ]
}

/// Where training stands after an epoch: means over the seeds.
pub(super) struct Stage {
    pub epoch: usize,
    pub seconds: f64,
    pub elbo: f64,
}

/// At each epoch that all runs have.
pub(super) fn progress(group: &Group) -> Vec<Stage> {
    let runs = group.runs.iter().map(|run| {
        let mut seconds = 0.0;
        let stages = run.history.iter().map(|epoch| {
            seconds += epoch.seconds;
            (epoch.epoch, [seconds, epoch.valid.elbo.mean])
        });
        stages.collect::<BTreeMap<_, _>>()
    });
    let runs: Vec<_> = runs.collect();
    let common = runs[0]
        .keys()
        .filter(|epoch| runs.iter().all(|run| run.contains_key(epoch)));
    let stage = |epoch: &usize| {
        let mean = |which: usize| {
            let values = runs.iter().map(|run| run[epoch][which]);
            values.sum::<f64>() / runs.len() as f64
        };
        Stage {
            epoch: *epoch,
            seconds: mean(0),
            elbo: mean(1),
        }
    };
    common.map(stage).collect()
}

/// Those of the first seed of each group that has some.
///
/// # Errors
/// If a picture cannot be read.
pub(super) fn samples(groups: &[Group]) -> Result<Picture> {
    let mut pictures = Vec::new();
    for group in groups {
        let path = group.runs[0].dir.join("samples.png");
        if path.exists() {
            pictures.push((&group.label[..], Picture::open(&path)?));
        }
    }
    Ok(side_by_side(&pictures, 4))
}
