use std::path::PathBuf;

/// What a run can fail with. The messages say what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder holds the results of a run that ended.
    #[error("{} holds a finished run; --force overwrites it, --out keeps both, --resume with more --epochs continues it", dir.display())]
    Finished {
        /// The run folder.
        dir: PathBuf,
    },
    /// The folder holds a run that was stopped.
    #[error("{} holds an unfinished run; pass --resume to continue it, or --force to start over", dir.display())]
    Unfinished {
        /// The run folder.
        dir: PathBuf,
    },
    /// Another process is at work in the folder.
    #[error("{} is in use by another process; choose another folder with --out, or wait until it has ended", dir.display())]
    Busy {
        /// The run folder.
        dir: PathBuf,
    },
    /// The folder holds something else.
    #[error("{} is not empty and holds no run; choose another folder with --out", dir.display())]
    NotARun {
        /// The folder.
        dir: PathBuf,
    },
    /// The run to resume was started with other options.
    #[error("cannot resume {}: it was started with {option} = {before}, not {now}", dir.display())]
    OtherOptions {
        /// The run folder.
        dir: PathBuf,
        /// The first option that differs.
        option: String,
        /// Its value in the run folder.
        before: String,
        /// Its value now.
        now: String,
    },
    /// A file could not be read or written.
    #[error("{}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A checkpoint is damaged, or of another model.
    #[error("{}: {reason}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file has no weights, or those of another model.
    #[error("{}: {reason}", path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A picture cannot be read back.
    #[error("{}: {reason}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The data do not fit the model.
    #[error(
        "the model takes {model} numbers per example, the data have {}",
        examples.map_or("no examples".into(), |n| n.to_string())
    )]
    Width {
        /// The width of the model's input.
        model: usize,
        /// That of the examples; `None` if there are none.
        examples: Option<usize>,
    },
    /// A `summary.json` that another program wrote, or an older version.
    #[error("{path} is not the summary of a run; run it again with --force", path = path.display())]
    Summary {
        /// The file.
        path: PathBuf,
    },
    /// A `config.json` that another program wrote.
    #[error("{} is not the configuration of a run", path.display())]
    Config {
        /// The file.
        path: PathBuf,
    },
    /// A line of a `metrics.jsonl` is no epoch.
    #[error("{}:{line}: this is no epoch: {reason}", path.display())]
    Metrics {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// There is nothing to compare.
    #[error(
        "no finished run in {}; a run has finished once its folder holds summary.json",
        listed(dirs)
    )]
    NoRuns {
        /// Where there should have been some.
        dirs: Vec<PathBuf>,
    },
    /// The folder holds a comparison.
    #[error("{} holds a comparison; --force overwrites it, --out keeps both", dir.display())]
    Compared {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder for a comparison holds something else.
    #[error("{} is not empty and holds no comparison; choose another folder with --out, or add to it with --force", dir.display())]
    NotAComparison {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder for a comparison holds a run, whose report and samples it would overwrite.
    #[error("{} holds a run; choose another folder with --out", dir.display())]
    HoldsARun {
        /// The folder.
        dir: PathBuf,
    },
    /// The side input of the examples is not as wide as a conditional model's.
    #[error("the model takes {model} numbers of side input per example, the data have {examples}")]
    Side {
        /// The width of the model's side input.
        model: usize,
        /// That of the examples'.
        examples: usize,
    },
    /// A term of the objective is not a number any more.
    #[error(
        "training diverged: the {term} is {value} in step {step} of epoch {epoch}{}; {}; try a smaller learning rate",
        of_examples(rows),
        match checkpoint {
            Some(path) => format!("completed epochs are kept in {}", path.display()),
            None => "no epoch was completed".into(),
        }
    )]
    Diverged {
        /// Its name.
        term: &'static str,
        /// Its value.
        value: f64,
        /// Of the training, from 1.
        step: u64,
        /// From 1.
        epoch: usize,
        /// The training examples where it is not finite, from 0; none for a term of the whole batch.
        rows: Vec<usize>,
        /// What was saved before.
        checkpoint: Option<PathBuf>,
    },
    /// The user stopped the run; a checkpoint is written.
    #[error("stopped in epoch {epoch}; everything so far is in {}", dir.display())]
    Stopped {
        /// From 1.
        epoch: usize,
        /// The run folder.
        dir: PathBuf,
    },
    /// The user stopped a sweep; its runs have their checkpoints.
    #[error("stopped; everything so far is in {}", dir.display())]
    SweepStopped {
        /// The folder of the sweep.
        dir: PathBuf,
    },
    /// Some runs of a sweep failed.
    #[error("{} of {total} runs failed: {}; --resume makes them again and leaves those that have ended alone", failed.len(), failed.join(", "))]
    Cells {
        /// Their names.
        failed: Vec<String>,
        /// How many there were.
        total: usize,
    },
    /// A sweep has no such run.
    #[error("there is no run {name} in this sweep")]
    Cell {
        /// The name.
        name: String,
    },
    /// A final figure is not a number: the model is of no use.
    #[error("{figure} is {value}; train with a smaller learning rate")]
    NotFinite {
        /// What was measured.
        figure: String,
        /// The value.
        value: f64,
    },
    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] vae_data::Error),
    /// A prior cannot be fitted to codes.
    #[error("no prior can be fitted to the codes: {0}")]
    Fit(#[from] vae_priors::FitError),
}

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Their names.
fn listed(dirs: &[PathBuf]) -> String {
    let names: Vec<String> = dirs.iter().map(|dir| dir.display().to_string()).collect();
    names.join(", ")
}

/// Some of the rows.
fn of_examples(rows: &[usize]) -> String {
    let shown: Vec<String> = rows.iter().take(5).map(usize::to_string).collect();
    match rows.len() {
        0 => String::new(),
        1..=5 => format!(", at training examples {}", shown.join(", ")),
        n => format!(", at {n} training examples: {}, …", shown.join(", ")),
    }
}
