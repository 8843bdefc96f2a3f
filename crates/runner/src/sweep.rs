use crate::interrupt::{self, Training};
use crate::progress::{self, Bar};
use crate::{Error, Result, RunArgs, console, folder};
use std::fs::{self, File};
use std::io::Read;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::str::FromStr;
use std::time::Duration;

/// The flags of a [`Sweep`].
#[derive(clap::Args, Clone, Debug)]
pub struct SweepArgs {
    /// Seeds of each cell, from --seed on
    #[arg(long, value_name = "N", default_value = "3")]
    pub seeds: NonZeroU64,
    /// Runs at a time, which share the threads
    #[arg(long, value_name = "N", default_value = "1")]
    pub workers: NonZeroUsize,
    /// Of all runs this part, such as 2/8: for the jobs of a cluster
    #[arg(long, value_name = "I/N", default_value = "1/1")]
    pub shard: Shard,
    /// The run to make: what the sweep starts its workers with.
    #[arg(long, hide = true)]
    cell: Option<String>,
}

/// The part `index` of `count`, from 1: every `count`-th run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

impl FromStr for Shard {
    type Err = String;

    /// `I/N` with 1 ≤ I ≤ N.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            let (index, count) = (index.parse().ok()?, count.parse().ok()?);
            (1..=count)
                .contains(&index)
                .then_some(Self { index, count })
        });
        parts.ok_or("it has to be I/N, with I from 1 to N".into())
    }
}

/// Many runs, a grid that is written down in code: each is a process and a run folder of its own, so that what happens to one
/// does not touch the others.
///
/// ```no_run
/// use vae_runner::{Result, RunArgs, Sweep, SweepArgs};
///
/// # fn train<Prior>(run: &RunArgs, beta: f64) -> Result<()> { Ok(()) }
/// # struct Standard; struct Mixture;
/// fn experiment(run: &RunArgs, sweep: &SweepArgs) -> Result<()> {
///     let mut sweep = Sweep::new("grid", run, sweep);
///     for beta in [0.5, 1.0] {
///         sweep.add(format!("standard-{beta}"), move |run| train::<Standard>(run, beta));
///         sweep.add(format!("mixture-{beta}"), move |run| train::<Mixture>(run, beta));
///     }
///     sweep.run()
/// }
/// ```
///
/// A run of the cell `mixture-0.5` with seed 1 has the folder `runs/grid/mixture-0.5/1`, below `--out` if that is given, and what
/// it says is in `1.log` beside it. With `--resume` those that have ended are left alone, and others go on where they stopped. If the sweep
/// is stopped or killed, its runs stop as well, after a checkpoint. When the last run of the whole grid has ended, whichever shard it is
/// of, they are [compared](crate::compare()) in the folder `comparison`.
pub struct Sweep<'a> {
    dir: PathBuf,
    run: RunArgs,
    args: SweepArgs,
    cells: Vec<Cell<'a>>,
}

struct Cell<'a> {
    name: String,
    seed: u64,
    train: std::rc::Rc<dyn Fn(&RunArgs) -> Result<()> + 'a>,
}

impl Cell<'_> {
    /// Its name and its seed, which are also the place of its folder.
    fn id(&self) -> String {
        format!("{}/{}", self.name, self.seed)
    }
}

/// A run under way.
struct Worker {
    cell: usize,
    child: Child,
    bar: Bar,
}

/// What became of the runs.
#[derive(Default)]
struct Outcome {
    ended: usize,
    failed: Vec<String>,
    stopped: bool,
}

impl<'a> Sweep<'a> {
    /// Of the experiment `name`.
    pub fn new(name: &str, run: &RunArgs, args: &SweepArgs) -> Self {
        Self {
            dir: run
                .out
                .clone()
                .unwrap_or_else(|| Path::new("runs").join(name)),
            run: run.clone(),
            args: args.clone(),
            cells: Vec::new(),
        }
    }

    /// Adds a cell of the grid, a run for each seed. `train` is called, in a process of its own, with the flags of a run.
    ///
    /// # Panics
    /// If there is one of this name, or if it is not the name of a folder.
    pub fn add(&mut self, name: impl Into<String>, train: impl Fn(&RunArgs) -> Result<()> + 'a) {
        let (name, train) = (name.into(), std::rc::Rc::new(train));
        let folder = Path::new(&name).file_name() == Some(name.as_ref());
        assert!(folder, "{name:?} is not the name of a folder");
        let twice = self.cells.iter().any(|cell| cell.name == name);
        assert!(!twice, "there are two cells {name:?}");
        let first = self.run.seed;
        self.cells.extend((0..self.args.seeds.get()).map(|i| Cell {
            name: name.clone(),
            seed: first.wrapping_add(i),
            train: train.clone(),
        }));
    }

    /// Makes all runs of this shard, as many at a time as there are workers. One that fails is reported, and the others go on.
    ///
    /// # Errors
    /// If a run failed, if the sweep was stopped, or if a file cannot be written.
    pub fn run(self) -> Result<()> {
        match &self.args.cell {
            Some(id) => self.train(id),
            None => self.start_all(),
        }
    }

    /// What a worker does.
    fn train(&self, id: &str) -> Result<()> {
        // When the sweep has gone, nobody waits for this run.
        std::thread::spawn(|| {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            interrupt::request_once();
        });
        let cell = self.cells.iter().find(|cell| cell.id() == id);
        let Some(cell) = cell else {
            return Err(Error::Cell { name: id.into() });
        };
        let outcome = (cell.train)(&RunArgs {
            out: Some(self.dir.join(id)),
            seed: cell.seed,
            part: Some(cell.name.clone()),
            ..self.run.clone()
        });
        match outcome {
            Err(Error::Finished { .. }) if self.run.resume => Ok(()),
            outcome => outcome,
        }
    }

    fn start_all(&self) -> Result<()> {
        interrupt::watch();
        let waiting = Training::begin();
        let Shard { index, count } = self.args.shard;
        let mut queue = (index - 1..self.cells.len()).step_by(count);
        let total = queue.len();
        let bar = Bar::new("runs", total, 0);
        let (mut workers, mut outcome) = (Vec::<Worker>::new(), Outcome::default());
        loop {
            outcome.stopped |= waiting.interrupted();
            while !outcome.stopped && workers.len() < self.args.workers.get() {
                let Some(cell) = queue.next() else { break };
                workers.push(self.start(cell)?);
            }
            if workers.is_empty() {
                break;
            }
            if outcome.stopped {
                // Which they notice, and stop.
                workers
                    .iter_mut()
                    .for_each(|worker| drop(worker.child.stdin.take()));
            }
            let mut running = Vec::new();
            for mut worker in workers {
                match worker.child.try_wait() {
                    Ok(None) => running.push(worker),
                    Ok(Some(status)) => {
                        self.ended(worker.cell, status, &mut outcome);
                        bar.advance(1);
                    }
                    Err(reason) => return Err(failed(&self.log(worker.cell), reason)),
                }
            }
            workers = running;
            for Worker { cell, bar, .. } in &workers {
                if progress::shown() {
                    bar.say(last_line(&self.log(*cell)));
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(bar);
        self.conclude(total, outcome)
    }

    fn start(&self, cell: usize) -> Result<Worker> {
        let id = self.cells[cell].id();
        let log = self.log(cell);
        folder::create(&self.dir.join(&self.cells[cell].name))?;
        let output = File::create(&log).map_err(|reason| failed(&log, reason))?;
        let program = std::env::current_exe().map_err(|reason| failed(&log, reason))?;
        let mut command = Command::new(program);
        command.args(std::env::args_os().skip(1));
        command.args(["--cell", &id]);
        if self.run.threads.is_none() {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let share = (cores / self.args.workers.get()).max(1);
            command.env("RAYON_NUM_THREADS", share.to_string());
        }
        let errors = output.try_clone().map_err(|reason| failed(&log, reason))?;
        let child = command.stdin(Stdio::piped()).stdout(output).stderr(errors);
        Ok(Worker {
            cell,
            child: child.spawn().map_err(|reason| failed(&log, reason))?,
            bar: Bar::new(id, 1, 0),
        })
    }

    /// Where a run says what it does.
    fn log(&self, cell: usize) -> PathBuf {
        self.dir.join(self.cells[cell].id() + ".log")
    }

    fn ended(&self, cell: usize, status: ExitStatus, outcome: &mut Outcome) {
        let (id, log) = (self.cells[cell].id(), self.log(cell));
        if status.success() {
            outcome.ended += 1;
            tracing::info!(cell = id, "{id} has ended");
        } else if outcome.stopped && status.code() == Some(interrupt::EXIT_STATUS.into()) {
            tracing::info!(cell = id, "{id} was stopped");
        } else {
            let (said, log) = (last_line(&log), log.display());
            tracing::warn!(
                cell = id,
                "{id} failed, {status}: {said} (all it said is in {log})"
            );
            outcome.failed.push(id);
        }
    }

    fn conclude(&self, total: usize, outcome: Outcome) -> Result<()> {
        let Outcome {
            ended,
            failed,
            stopped,
        } = outcome;
        console::say(format_args!(
            "\n{ended} of {total} runs have ended, in {}",
            self.dir.display()
        ));
        if stopped {
            return Err(Error::SweepStopped {
                dir: self.dir.clone(),
            });
        }
        if !failed.is_empty() {
            return Err(Error::Cells { failed, total });
        }
        let done = |cell: &Cell| self.dir.join(cell.id()).join("summary.json").exists();
        if self.cells.iter().all(done) {
            console::say("");
            return crate::compare(
                std::slice::from_ref(&self.dir),
                &self.dir.join("comparison"),
                true,
            );
        }
        Ok(())
    }
}

fn failed(path: &Path, reason: std::io::Error) -> Error {
    Error::Io {
        path: path.into(),
        reason,
    }
}

/// The last thing that a run has said.
fn last_line(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines().rev().filter(|line| !line.trim().is_empty());
    lines.next().unwrap_or_default().trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_parts_of_a_whole() {
        let shard = |text: &str| text.parse::<Shard>();
        assert_eq!(shard("2/8"), Ok(Shard { index: 2, count: 8 }));
        for bad in ["", "2", "0/8", "9/8", "1/0", "-1/2", "a/b", "1/2/3"] {
            assert!(shard(bad).is_err(), "{bad}");
        }
    }
}
