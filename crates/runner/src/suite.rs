use crate::chart::{Labelled, labelled};
use crate::console::{say, thousands};
use crate::picture::{Picture, side_by_side};
use crate::table::Table;
use crate::{Error, Result, RunArgs, file};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Several runs of one experiment that are to be compared, each in a folder of its own in the suite's.
#[derive(Debug)]
pub struct Suite {
    name: &'static str,
    dir: PathBuf,
    args: RunArgs,
    parts: Vec<String>,
}

impl Suite {
    /// Of the experiment `name`.
    pub fn new(name: &'static str, args: &RunArgs) -> Self {
        let dir = match &args.out {
            Some(dir) => dir.clone(),
            None => Path::new("runs").join(name).join(args.seed.to_string()),
        };
        Self {
            name,
            dir,
            args: args.clone(),
            parts: Vec::new(),
        }
    }

    /// Makes one of the runs, with the flags that it gets. One that has already ended is left alone if the suite resumes.
    ///
    /// # Errors
    /// Those of the run.
    pub fn run(
        &mut self,
        part: &str,
        experiment: impl FnOnce(&RunArgs) -> Result<()>,
    ) -> Result<()> {
        self.parts.push(part.into());
        say(format_args!("\n{part}"));
        let outcome = experiment(&RunArgs {
            out: Some(self.dir.join(part)),
            part: Some(part.into()),
            ..self.args.clone()
        });
        match outcome {
            Err(Error::Finished { dir }) if self.args.resume => {
                say(format_args!("  is finished, in {}", dir.display()));
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// The folder of one of the runs.
    pub fn dir(&self, part: &str) -> PathBuf {
        self.dir.join(part)
    }

    /// Puts the runs side by side: a table on the terminal, as `comparison.md` and as `comparison.csv`, a chart, `comparison.png`
    /// and `comparison.svg`, of the negative log-likelihood over the time of a step, and the samples of all, `samples.png`.
    ///
    /// # Errors
    /// If a summary or a picture cannot be read, or a file cannot be written.
    pub fn compare(&self) -> Result<()> {
        let rows: Vec<Row> = self
            .parts
            .iter()
            .map(|part| Row::read(part, &self.dir.join(part).join("summary.json")))
            .collect::<Result<_>>()?;
        let path = self.dir.join("comparison");
        let table = table(&rows).markdown();
        file::save(&path.with_extension("md"), table.as_bytes())?;
        file::save(&path.with_extension("csv"), csv(&rows).as_bytes())?;
        let points = rows.iter().map(|row| Labelled {
            label: row.name.clone(),
            at: [row.milliseconds, row.nll[0]],
        });
        let title = format!("{}: negative log-likelihood and speed", self.name);
        let axes = ["milliseconds per step", "test NLL, nats per image"];
        labelled(&title, axes, &points.collect::<Vec<_>>()).save(&path)?;
        let samples = |part: &String| Picture::open(&self.dir.join(part).join("samples.png"));
        let samples = self.parts.iter().map(samples).collect::<Result<Vec<_>>>()?;
        let names = self.parts.iter().map(String::as_str);
        let samples: Vec<(&str, Picture)> = names.zip(samples).collect();
        side_by_side(&samples, 4).save(&self.dir.join("samples.png"))?;

        say(format_args!("\n{table}"));
        say(format_args!("Everything is in {}", self.dir.display()));
        say("  comparison.md, .csv, .png, .svg  the table, and a chart of it");
        say("  samples.png                      the samples of all");
        say("  */report.html                    each run on a page");
        Ok(())
    }

    /// Draws two of the final figures of each run against each other, such as `["kl", "reconstruction"]`, as `FILE.png` and
    /// `FILE.svg`.
    ///
    /// # Errors
    /// If a summary cannot be read or lacks a figure, or the file cannot be written.
    pub fn plot(&self, file: &str, title: &str, figures: [&str; 2]) -> Result<()> {
        let point = |part: &String| {
            let path = self.dir.join(part).join("summary.json");
            let summary = read(&path)?;
            let figure = |name: &str| figure(&summary, name)?["value"].as_f64();
            match figures.map(figure) {
                [Some(x), Some(y)] => Ok(Labelled {
                    label: part.clone(),
                    at: [x, y],
                }),
                _ => Err(Error::Summary { path }),
            }
        };
        let points: Vec<Labelled> = self.parts.iter().map(point).collect::<Result<_>>()?;
        let axes = figures.map(|name| format!("test {name}, nats per image"));
        labelled(title, axes.each_ref().map(String::as_str), &points).save(&self.dir.join(file))?;
        say(format_args!("  {file}.png, .svg  {title}"));
        Ok(())
    }
}

/// The summary of a run; nothing, if it is none.
fn read(path: &Path) -> Result<Value> {
    let bytes = file::read(path)?;
    Ok(serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// One of its figures.
fn figure<'a>(summary: &'a Value, name: &str) -> Option<&'a Value> {
    let figures = summary["figures"].as_array()?;
    figures.iter().find(|figure| figure["name"] == name)
}

/// A run, by its summary.
struct Row {
    name: String,
    parameters: u64,
    milliseconds: f64,
    /// In nats, each with its standard error.
    elbo: [f64; 2],
    kl: [f64; 2],
    nll: [f64; 2],
    samples: u64,
    active: u64,
}

impl Row {
    fn read(name: &str, path: &Path) -> Result<Self> {
        let summary = read(path)?;
        let read = || {
            let figure = |name: &str| figure(&summary, name);
            let estimate = |name: &str| {
                let figure = figure(name)?;
                let error = figure["standard_error"].as_f64().unwrap_or(f64::NAN);
                Some([figure["value"].as_f64()?, error])
            };
            Some(Self {
                name: name.into(),
                parameters: summary["parameters"].as_u64()?,
                milliseconds: summary["resources"]["milliseconds_per_step"].as_f64()?,
                elbo: estimate("elbo")?,
                kl: estimate("kl")?,
                nll: estimate("nll")?,
                samples: figure("nll")?["samples"].as_u64()?,
                active: figure("active_units")?["value"].as_f64()? as u64,
            })
        };
        read().ok_or_else(|| Error::Summary { path: path.into() })
    }
}

fn table(rows: &[Row]) -> Table {
    let samples = rows.first().map_or(0, |row| row.samples);
    let nll = format!("NLL, {samples} samples");
    let header = [
        "model",
        "parameters",
        "ms/step",
        "test ELBO",
        "KL",
        &nll,
        "active units",
    ];
    let estimate = |[value, error]: [f64; 2]| match error.is_finite() {
        true => format!("{value:.2} ± {error:.2}").replace('-', "−"),
        false => format!("{value:.2}").replace('-', "−"),
    };
    let cells = |row: &Row| {
        vec![
            row.name.clone(),
            thousands(row.parameters),
            format!("{:.2}", row.milliseconds),
            estimate(row.elbo),
            estimate(row.kl),
            estimate(row.nll),
            row.active.to_string(),
        ]
    };
    Table {
        header: header.map(String::from).into(),
        rows: rows.iter().map(cells).collect(),
        bold: Vec::new(),
        words: 1,
    }
}

fn csv(rows: &[Row]) -> String {
    let mut text = String::from(
        "model,parameters,ms_per_step,elbo,elbo_standard_error,kl,kl_standard_error,nll,nll_standard_error,nll_samples,active_units\n",
    );
    for row in rows {
        text += &format!(
            "{},{},{},{},{},{},{},{},{},{},{}\n",
            row.name,
            row.parameters,
            row.milliseconds,
            row.elbo[0],
            row.elbo[1],
            row.kl[0],
            row.kl[1],
            row.nll[0],
            row.nll[1],
            row.samples,
            row.active
        );
    }
    text
}
