mod figures;
mod folders;

use super::*;
use crate::picture::{Picture, grid};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What is written of a run that was never trained.
struct Fake {
    experiment: &'static str,
    options: Value,
    seed: u64,
    /// ELBO, KL, NLL, active units.
    figures: [f64; 4],
    samples: u64,
    epochs: usize,
}

impl Fake {
    fn of(part: &str, seed: u64, figures: [f64; 4]) -> Self {
        Self {
            experiment: "priors",
            options: json!({"seed": seed, "learning_rate": 0.001, "part": part}),
            seed,
            figures,
            samples: 100,
            epochs: 3,
        }
    }

    /// The files of a run; its ELBO in epoch e is −200 + 10 e + seed, after e (seed + 1) seconds.
    fn write(&self, dir: &Path) {
        fs::create_dir_all(dir).unwrap();
        let config =
            json!({"experiment": self.experiment, "version": "0.1.0", "options": self.options});
        let figure = |(name, value): (&str, f64)| {
            json!({
                "name": name,
                "value": value,
                "unit": "nats",
                "standard_error": (name != "active_units").then_some(0.75),
                "examples": 8,
                "samples": (name == "nll").then_some(self.samples),
            })
        };
        let names = ["elbo", "kl", "nll", "active_units"].into_iter();
        let summary = json!({
            "experiment": self.experiment,
            "version": "0.1.0",
            "seed": self.seed,
            "epochs": self.epochs,
            "steps": 1000 * self.epochs,
            "parameters": 12345,
            "training_seconds": 90.0 + self.seed as f64,
            "split": "test",
            "figures": names.zip(self.figures).map(figure).collect::<Vec<_>>(),
        });
        let estimate = |mean: f64| json!({"mean": mean, "standard_error": 0.5, "count": 10});
        let line = |e: usize| {
            let elbo = -200.0 + 10.0 * e as f64 + self.seed as f64;
            let valid = json!({"elbo": estimate(elbo), "reconstruction": estimate(-elbo), "kl": estimate(9.0)});
            let train = json!({"loss": 1.0, "reconstruction": 1.0, "kl": 1.0});
            let epoch = json!({
                "epoch": e, "step": 1000 * e, "train": train, "valid": valid,
                "seconds": self.seed + 1, "images_per_second": 1.0,
            });
            format!("{epoch}\n")
        };
        let metrics: String = (1..=self.epochs).map(line).collect();
        fs::write(dir.join("config.json"), config.to_string()).unwrap();
        fs::write(dir.join("summary.json"), summary.to_string()).unwrap();
        fs::write(dir.join("metrics.jsonl"), metrics).unwrap();
        digit().save(&dir.join("samples.png")).unwrap();
    }
}

fn digit() -> Picture {
    grid(&[0.5; 784], 28, 28, 1, 3)
}

/// Two priors with three seeds each, and a third with another seed.
fn three_priors() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let standard = [
        [-90.1, 26.0, 86.0, 20.0],
        [-89.9, 26.5, 86.1, 20.0],
        [-90.4, 26.9, 85.9, 20.0],
    ];
    let vamp = [
        [-88.0, 25.0, 85.1, 17.0],
        [-88.6, 25.5, 85.4, 18.0],
        [-87.9, 24.7, 84.9, 18.0],
    ];
    for (part, seeds) in [("standard", standard), ("vamp", vamp)] {
        for (seed, figures) in (0..).zip(seeds) {
            let dir = home.path().join(format!("runs/{seed}/{part}"));
            Fake::of(part, seed, figures).write(&dir);
        }
    }
    let iaf = Fake::of("iaf", 4, [-89.0, 25.5, 85.55, 19.0]);
    iaf.write(&home.path().join("runs/4/iaf"));
    home
}

fn compare_in(home: &TempDir, force: bool) -> Result<()> {
    let out = home.path().join("comparison");
    compare(&[home.path().join("runs")], &out, force)
}

fn read(home: &TempDir, file: &str) -> String {
    fs::read_to_string(home.path().join("comparison").join(file)).unwrap()
}

/// The lines of a Markdown table as cells.
fn cells(markdown: &str, first: &str) -> Vec<Vec<String>> {
    let lines = markdown
        .lines()
        .filter(|line| line.starts_with(&format!("| {first}")));
    let cells = |line: &str| {
        line.trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().into())
            .collect()
    };
    lines.map(cells).collect()
}
