use super::finished::{Figure, Finished};
use crate::page::option_text;
use std::collections::HashSet;
use std::path::PathBuf;
use vae_metrics::Estimate;

/// The same experiment with different seeds.
pub(super) struct Group {
    /// What tells it from the others.
    pub label: String,
    /// At least one, by seed.
    pub runs: Vec<Finished>,
}

impl Group {
    /// A mean over the seeds. With one seed, there is no standard error.
    pub fn over_seeds(&self, value: impl Fn(&Finished) -> f64) -> Estimate {
        Estimate::of(&self.runs.iter().map(value).collect::<Vec<_>>())
    }

    /// The same of a figure. With one seed, its standard error is that over the test images.
    pub fn figure(&self, figure: fn(&Finished) -> &Figure) -> Estimate {
        let over_seeds = self.over_seeds(|run| figure(run).value);
        match &self.runs[..] {
            [run] => Estimate {
                standard_error: figure(run).standard_error.unwrap_or(f64::NAN),
                ..over_seeds
            },
            _ => over_seeds,
        }
    }
}

/// Puts runs together that agree in all but the seed, in the order in which they come. What has the seed of another run in its group
/// is that run once more, and no other seed: its folder comes second.
pub(super) fn groups(runs: Vec<Finished>) -> (Vec<Group>, Vec<PathBuf>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut repeated = Vec::new();
    for run in runs {
        let same = |group: &&mut Group| {
            let first = &group.runs[0];
            (&first.experiment, &first.options) == (&run.experiment, &run.options)
        };
        match groups.iter_mut().find(same) {
            Some(group) if group.runs.iter().any(|r| r.seed == run.seed) => repeated.push(run.dir),
            Some(group) => group.runs.push(run),
            None => groups.push(Group {
                label: String::new(),
                runs: vec![run],
            }),
        }
    }
    let labels = labels(&groups);
    for (group, label) in groups.iter_mut().zip(labels) {
        group.label = label;
        group.runs.sort_by_key(|run| run.seed);
    }
    (groups, repeated)
}

/// What the groups differ in: the experiment, the part of a suite, the other options.
fn labels(groups: &[Group]) -> Vec<String> {
    let firsts: Vec<&Finished> = groups.iter().map(|group| &group.runs[0]).collect();
    let differ = |value: &dyn Fn(&Finished) -> Option<String>| {
        firsts.iter().any(|run| value(run) != value(firsts[0]))
    };
    let experiments = differ(&|run| Some(run.experiment.clone()));
    let option = |run: &Finished, name: &str| run.options.get(name).map(option_text);
    let parts: HashSet<_> = firsts
        .iter()
        .filter_map(|run| option(run, "part"))
        .collect();
    // Where the parts are all of different names, these say it.
    let named = !experiments && parts.len() == firsts.len();
    let label = |run: &&Finished| {
        let experiment = experiments.then(|| run.experiment.clone());
        let others = run.options.keys().filter(|name| *name != "part" && !named);
        let others = others.filter(|name| differ(&|run| option(run, name)));
        let others = others.map(|name| format!("{name}={}", option_text(&run.options[name])));
        let parts = experiment.into_iter().chain(option(run, "part"));
        let words: Vec<String> = parts.chain(others).collect();
        // Alone, or without an option that all others have.
        match words.is_empty() {
            true => run.experiment.clone(),
            false => words.join(" "),
        }
    };
    distinct(firsts.iter().map(label))
}

/// Numbers those that are there already.
fn distinct(labels: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for label in labels {
        let numbered = (2..).map(|n| format!("{label} ({n})"));
        let mut names = std::iter::once(label.clone()).chain(numbered);
        let free = names.find(|name| !taken.contains(name));
        taken.push(free.expect("there are more numbers than labels"));
    }
    taken
}
