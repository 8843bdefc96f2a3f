//! Finished runs side by side.

mod charts;
mod finished;
mod group;
mod page;
mod pairs;
mod rows;

use crate::console::say;
use crate::table::Table;
use crate::{Error, Result, file, folder};
use finished::Found;
use group::Group;
use pairs::Comparison;
use rows::{CSV, Row};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Compares finished runs: those that agree in their experiment and all options but the seed are a group, and a row.
///
/// `runs` are run folders, or folders at most four levels above them. The table goes to the terminal; with charts, samples and a
/// report of all, to the folder `out`. With several seeds each figure is a mean with its standard error over the seeds, and every
/// group is tested against the best: by a paired t-test over the seeds that both have, or else over the test images.
///
/// # Errors
/// If no run has ended, a file of a run is not what it should be, `out` holds something that `force` does not allow to be overwritten,
/// or a file cannot be written.
///
/// ```no_run
/// use std::path::Path;
///
/// vae_runner::compare(&["runs/vamp_prior".into()], Path::new("runs/comparison"), false)?;
/// # Ok::<(), vae_runner::Error>(())
/// ```
pub fn compare(runs: &[PathBuf], out: &Path, force: bool) -> Result<()> {
    admit(out, force)?;
    let all = All::of(runs)?;
    let pictures = all.pictures()?;

    folder::create(out)?;
    // First, since it tells whose folder it is.
    file::save(&out.join("comparison.csv"), rows::csv(&all.rows).as_bytes())?;
    file::save(&out.join("comparison.md"), all.markdown().as_bytes())?;
    for named in &pictures {
        named.picture.save(&out.join(named.file))?;
        if let Some(chart) = &named.chart {
            chart.save_svg(&out.join(named.file))?;
        }
    }
    all.report(&pictures).save(&out.join("report.html"))?;

    say(format_args!("{}", all.markdown()));
    say(format_args!("Everything is in {}", out.display()));
    for (name, what) in FILES {
        say(format_args!("  {name:<22} {what}"));
    }
    Ok(())
}

/// What the user is told about the folder.
const FILES: [(&str, &str); 5] = [
    ("report.html", "all of it on one page: open this first"),
    ("comparison.md, .csv", "the table"),
    (
        "comparison.png, .svg",
        "the likelihood and the time of a step",
    ),
    (
        "curves, time.png, .svg",
        "the bound over epochs, and over time",
    ),
    ("samples.png", "the samples of all"),
];

/// Decides whether the folder may be written to. Changes nothing.
fn admit(out: &Path, force: bool) -> Result<()> {
    let dir = out.into();
    let empty = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_none(),
        Err(reason) if reason.kind() == ErrorKind::NotFound => true,
        Err(reason) => return Err(Error::Io { path: dir, reason }),
    };
    let table = fs::read(out.join("comparison.csv")).unwrap_or_default();
    if ["config.json", "summary.json"]
        .iter()
        .any(|file| out.join(file).exists())
    {
        Err(Error::HoldsARun { dir })
    } else if empty || force {
        Ok(())
    } else if table.starts_with(CSV.as_bytes()) {
        Err(Error::Compared { dir })
    } else {
        Err(Error::NotAComparison { dir })
    }
}

/// Everything that is known of the runs.
struct All {
    groups: Vec<Group>,
    /// In the same order.
    rows: Vec<Row>,
    /// The group with the lowest NLL.
    best: usize,
    /// All others against it.
    comparisons: Vec<Comparison>,
    /// What has to be said about the table.
    notes: Vec<String>,
}

impl All {
    fn of(runs: &[PathBuf]) -> Result<Self> {
        let found = Found::in_folders(runs)?;
        let (groups, repeated) = group::groups(found.finished);
        let rows: Vec<Row> = groups.iter().map(Row::of).collect();
        let best = rows::best(&rows, |row| row.nll.mean).expect("a run has ended");
        let mut notes = rows::notes(&rows);
        for (what, dirs) in [
            ("Left out, as it has not ended", found.unfinished),
            (
                "Left out, as another run has its options and its seed",
                repeated,
            ),
        ] {
            notes.extend(dirs.iter().map(|dir| format!("{what}: {}.", dir.display())));
        }
        Ok(Self {
            comparisons: pairs::compare_to(best, &groups)?,
            groups,
            rows,
            best,
            notes,
        })
    }

    fn table(&self) -> Table {
        rows::table(&self.rows)
    }

    /// The tests and what they mean, if there are any.
    fn tests(&self) -> Option<(Table, Vec<String>)> {
        let best = &self.groups[self.best].label;
        (!self.comparisons.is_empty()).then(|| {
            (
                pairs::table(&self.comparisons, best),
                pairs::explanation(&self.comparisons, best),
            )
        })
    }

    /// The tables with what has to be said about them.
    fn markdown(&self) -> String {
        let mut text = self.table().markdown();
        let paragraphs = |notes: &[String]| -> String {
            notes.iter().map(|note| format!("\n{note}\n")).collect()
        };
        text += &paragraphs(&self.notes);
        if let Some((table, notes)) = self.tests() {
            text += &format!("\n{}{}", table.markdown(), paragraphs(&notes));
        }
        text
    }
}

#[cfg(test)]
mod tests;
