use super::group::Group;
use crate::console::{duration, thousands};
use crate::resources::milliseconds_per_step;
use crate::table::Table;
use vae_metrics::Estimate;

/// A group in numbers.
pub(super) struct Row {
    pub label: String,
    seeds: usize,
    parameters: u64,
    pub milliseconds: Estimate,
    seconds: Estimate,
    /// In nats, as the next two.
    elbo: Estimate,
    kl: Estimate,
    pub nll: Estimate,
    /// Of the NLL.
    samples: u64,
    active: Estimate,
}

impl Row {
    pub fn of(group: &Group) -> Self {
        let first = &group.runs[0];
        Self {
            label: group.label.clone(),
            seeds: group.runs.len(),
            parameters: first.parameters,
            milliseconds: group
                .over_seeds(|run| milliseconds_per_step(&run.history).unwrap_or(f64::NAN)),
            seconds: group.over_seeds(|run| run.seconds),
            elbo: group.figure(|run| &run.elbo),
            kl: group.figure(|run| &run.kl),
            nll: group.figure(|run| &run.nll),
            samples: first.samples,
            active: group.over_seeds(|run| run.active_units.value),
        }
    }

    fn cells(&self, mark: &str) -> Vec<String> {
        let nats = |figure| estimate(figure, number) + if self.seeds == 1 { mark } else { "" };
        // Whole, unless it is a mean.
        let count = |x: f64| format!("{x:.*}", usize::from(self.seeds > 1));
        vec![
            self.label.clone(),
            self.seeds.to_string(),
            thousands(self.parameters),
            estimate(self.milliseconds, number),
            estimate(self.seconds, duration),
            nats(self.elbo),
            nats(self.kl),
            nats(self.nll),
            estimate(self.active, count),
        ]
    }
}

/// The table of the groups. The best bound and the best likelihood stand out, where there is something to compare.
pub(super) fn table(rows: &[Row]) -> Table {
    let nll = match samples(rows) {
        Some(samples) => format!("NLL, {samples} samples"),
        None => "NLL".into(),
    };
    let header = ["group", "seeds", "parameters", "ms/step", "training time"];
    let figures = ["test ELBO", "KL", &nll, "active units"];
    let mark = if mixed(rows) { " †" } else { "" };
    let mut bold = Vec::new();
    if rows.len() > 1 {
        bold.extend(best(rows, |row| -row.elbo.mean).map(|row| [row, 5]));
        let comparable = samples(rows).and(best(rows, |row| row.nll.mean));
        bold.extend(comparable.map(|row| [row, 7]));
    }
    Table {
        header: header
            .into_iter()
            .chain(figures)
            .map(String::from)
            .collect(),
        rows: rows.iter().map(|row| row.cells(mark)).collect(),
        bold,
        words: 1,
    }
}

/// What has to be said about it.
pub(super) fn notes(rows: &[Row]) -> Vec<String> {
    let errors = if mixed(rows) {
        "Means over the seeds ± their standard error over the seeds; with one seed (†), that over the test images."
    } else if rows.iter().all(|row| row.seeds == 1) {
        "One seed each: ± is the standard error over the test images. It does not cover the choice of the seed."
    } else {
        "Means over the seeds ± their standard error over the seeds."
    };
    let mut notes = vec![errors.to_string()];
    if samples(rows).is_none() {
        let each = rows.iter();
        let each = each.map(|row| format!("{} with {} samples", row.label, row.samples));
        notes.push(format!(
            "The NLL cannot be compared between numbers of samples, since more of them make the estimate smaller: {}.",
            each.collect::<Vec<_>>().join(", ")
        ));
    }
    notes
}

/// The same numbers, for programs; what there is none of is empty.
pub(super) fn csv(rows: &[Row]) -> String {
    let mut text = format!(
        "{CSV},parameters,ms_per_step,ms_per_step_standard_error,training_seconds,\
         training_seconds_standard_error,elbo,elbo_standard_error,kl,kl_standard_error,nll,nll_standard_error,nll_samples,\
         active_units,active_units_standard_error\n"
    );
    let cell = |x: f64| match x.is_finite() {
        true => x.to_string(),
        false => String::new(),
    };
    let pair = |figure: Estimate| [figure.mean, figure.standard_error].map(cell).join(",");
    for row in rows {
        let over = if row.seeds == 1 { "images" } else { "seeds" };
        text += &[
            quoted(&row.label),
            row.seeds.to_string(),
            over.into(),
            row.parameters.to_string(),
            pair(row.milliseconds),
            pair(row.seconds),
            pair(row.elbo),
            pair(row.kl),
            pair(row.nll),
            row.samples.to_string(),
            pair(row.active),
        ]
        .join(",");
        text += "\n";
    }
    text
}

/// What the table of a comparison begins with, which tells it from others.
pub(super) const CSV: &str = "group,seeds,standard_error_over";

/// A cell that may hold anything (RFC 4180).
fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.into(),
    }
}

/// The row of the smallest value, the first of equals.
pub(super) fn best(rows: &[Row], value: impl Fn(&Row) -> f64) -> Option<usize> {
    (0..rows.len()).min_by(|&i, &j| value(&rows[i]).total_cmp(&value(&rows[j])))
}

/// The number of samples of the NLL, if it is the same in all.
fn samples(rows: &[Row]) -> Option<u64> {
    let samples = rows.first()?.samples;
    let same = rows.iter().all(|row| row.samples == samples);
    same.then_some(samples)
}

/// Whether some have one seed, others several.
fn mixed(rows: &[Row]) -> bool {
    let alone = rows.iter().filter(|row| row.seeds == 1).count();
    (1..rows.len()).contains(&alone)
}

fn estimate(
    Estimate {
        mean,
        standard_error,
        ..
    }: Estimate,
    text: impl Fn(f64) -> String,
) -> String {
    match standard_error.is_finite() {
        true => format!("{} ± {}", text(mean), text(standard_error)),
        false => text(mean),
    }
}

/// As a table shows it.
pub(super) fn number(x: f64) -> String {
    match x.is_finite() {
        true => format!("{x:.2}").replace('-', "−"),
        false => "–".into(),
    }
}
