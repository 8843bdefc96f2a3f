use crate::{Epoch, Error, Result, file};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How far below a folder runs are looked for.
const DEPTH: usize = 4;

/// A run that has ended, by what its folder says.
pub(super) struct Finished {
    pub dir: PathBuf,
    pub experiment: String,
    pub version: String,
    pub seed: u64,
    /// All but the seed.
    pub options: Map<String, Value>,
    pub parameters: u64,
    pub seconds: f64,
    pub elbo: Figure,
    pub kl: Figure,
    pub nll: Figure,
    /// Of the NLL, for each image.
    pub samples: u64,
    pub active_units: Figure,
    pub history: Vec<Epoch>,
}

/// A figure of the summary.
#[derive(Clone, Deserialize)]
pub(super) struct Figure {
    name: String,
    pub value: f64,
    pub standard_error: Option<f64>,
    samples: Option<u64>,
}

#[derive(Deserialize)]
struct Config {
    experiment: String,
    version: String,
    options: Map<String, Value>,
}

#[derive(Deserialize)]
struct Summary {
    seed: u64,
    parameters: u64,
    training_seconds: f64,
    figures: Vec<Figure>,
}

impl Summary {
    fn figure(&self, name: &str) -> Option<Figure> {
        let mut figures = self.figures.iter();
        figures.find(|figure| figure.name == name).cloned()
    }
}

impl Finished {
    fn read(dir: &Path) -> Result<Self> {
        let path = dir.join("config.json");
        let config = serde_json::from_slice(&file::read(&path)?);
        let config: Config = config.map_err(|_| Error::Config { path })?;
        let path = dir.join("summary.json");
        let summary = serde_json::from_slice(&file::read(&path)?).ok();
        let history = Epoch::read_all(&dir.join("metrics.jsonl"))?;
        let run = summary.and_then(|summary| Self::of(dir, config, &summary, history));
        run.ok_or(Error::Summary { path })
    }

    /// Nothing, if the summary lacks a figure.
    fn of(dir: &Path, config: Config, summary: &Summary, history: Vec<Epoch>) -> Option<Self> {
        let mut options = config.options;
        options.remove("seed");
        let nll = summary.figure("nll")?;
        Some(Self {
            dir: dir.into(),
            experiment: config.experiment,
            version: config.version,
            seed: summary.seed,
            options,
            parameters: summary.parameters,
            seconds: summary.training_seconds,
            elbo: summary.figure("elbo")?,
            kl: summary.figure("kl")?,
            samples: nll.samples?,
            nll,
            active_units: summary.figure("active_units")?,
            history,
        })
    }
}

/// The runs in some folders and below them.
#[derive(Default)]
pub(super) struct Found {
    pub finished: Vec<Finished>,
    /// The folders of those that have not ended.
    pub unfinished: Vec<PathBuf>,
    /// The folders of both, by their one true name.
    seen: HashSet<PathBuf>,
}

impl Found {
    /// Each run once, in the order of `folders` and by name within them.
    ///
    /// # Errors
    /// If a folder or a run cannot be read, or no run has ended.
    pub fn in_folders(folders: &[PathBuf]) -> Result<Self> {
        let mut found = Self::default();
        for dir in folders {
            found.walk(dir, DEPTH)?;
        }
        if found.finished.is_empty() {
            let dirs = folders.into();
            return Err(Error::NoRuns { dirs });
        }
        Ok(found)
    }

    fn walk(&mut self, dir: &Path, deeper: usize) -> Result<()> {
        let failed = |reason| Error::Io {
            path: dir.into(),
            reason,
        };
        let holds = |file: &str| dir.join(file).exists();
        let finished = holds("summary.json");
        if finished || holds("config.json") {
            if !self.seen.insert(dir.canonicalize().map_err(failed)?) {
                return Ok(());
            }
            if finished {
                self.finished.push(Finished::read(dir)?);
            } else {
                self.unfinished.push(dir.into());
            }
            return Ok(());
        }
        let mut folders = Vec::new();
        for entry in fs::read_dir(dir).map_err(failed)? {
            folders.push(entry.map_err(failed)?.path());
        }
        folders.retain(|path| deeper > 0 && path.is_dir());
        folders.sort();
        folders
            .iter()
            .try_for_each(|dir| self.walk(dir, deeper - 1))
    }
}
