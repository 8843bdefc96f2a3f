use crate::checkpoint::LAST;
use crate::feed::{Binarized, permutation};
use crate::history::Sums;
use crate::{Checkpoint, Epoch, Result, RunArgs, file, folder, interrupt, parameters};
use dfdx::prelude::{Cpu, TensorCollection};
use serde::Serialize;
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use vae_data::{Images, Splits};
use vae_ops::{Optimizer, OptimizerState};
use vae_reparam::Noise;

/// A run and its folder.
#[derive(Debug)]
pub struct Run {
    name: &'static str,
    dir: PathBuf,
    args: RunArgs,
    config: Value,
    resumed: Option<Checkpoint>,
    /// Held from when there is a folder.
    lock: OnceLock<File>,
}

impl Run {
    /// A run of the experiment `name` with all of its `options`. Nothing is written before [`fit`](crate::fit) begins.
    ///
    /// # Errors
    /// If the folder holds something that the flags do not allow to be overwritten or continued.
    pub fn start(name: &'static str, args: &RunArgs, options: &impl Serialize) -> Result<Self> {
        let dir = match &args.out {
            Some(dir) => dir.clone(),
            None => Path::new("runs").join(name).join(args.seed.to_string()),
        };
        let mut options = serde_json::to_value(options).expect("options serialize");
        if let Some(part) = &args.part {
            options["part"] = json!(part);
        }
        let config = json!({
            "experiment": name,
            "version": env!("CARGO_PKG_VERSION"),
            "options": options,
        });
        let lock = folder::lock(&dir)?.map_or_else(OnceLock::new, OnceLock::from);
        let resumed = folder::admit(&dir, args, &config)?;
        if let Some(threads) = args.threads {
            // Fails only where the pool is in use already, as in a second run of one process.
            let _ = rayon::ThreadPoolBuilder::new()
                .num_threads(threads.into())
                .build_global();
        }
        interrupt::watch();
        Ok(Self {
            name,
            dir,
            args: args.clone(),
            config,
            resumed,
            lock,
        })
    }

    /// Makes the folder ready to be written to; only now is anything in it overwritten.
    pub(crate) fn open_folder(&self) -> Result<()> {
        folder::create(&self.dir)?;
        if self.lock.get().is_none()
            && let Some(lock) = folder::lock(&self.dir)?
        {
            let _ = self.lock.set(lock);
            // Another process may have come first, and may have ended by now.
            folder::admit(&self.dir, &self.args, &self.config)?;
        }
        folder::clear(&self.dir, self.resumed.is_some())?;
        file::save(&self.path("config.json"), pretty(&self.config).as_bytes())
    }

    /// Fills the folder of a run that trains nothing, but changes what another run has trained, whose `history` is kept: the
    /// configuration, the metrics and the checkpoint, as [`fit`](crate::fit) would.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn adopt<M: TensorCollection<f32, Cpu>>(&self, model: &M, history: &[Epoch]) -> Result<()> {
        self.open_folder()?;
        self.write_metrics(history)?;
        Checkpoint {
            crate_version: env!("CARGO_PKG_VERSION").into(),
            epoch: history.len(),
            batch: 0,
            step: history.last().map_or(0, |epoch| epoch.step),
            sums: Sums::default(),
            history: history.to_vec(),
            parameters: parameters::save(model),
            optimizer: OptimizerState::default(),
            objective: Vec::new(),
            config: self.config.clone(),
        }
        .save_in(&self.dir)
    }

    /// A line for each epoch.
    pub(crate) fn write_metrics(&self, history: &[Epoch]) -> Result<()> {
        let line = |epoch| serde_json::to_string(epoch).expect("metrics serialize") + "\n";
        let lines: String = history.iter().map(line).collect();
        file::save(&self.path("metrics.jsonl"), lines.as_bytes())
    }

    /// The name of the experiment.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A file in the folder.
    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    /// The common flags.
    pub fn args(&self) -> &RunArgs {
        &self.args
    }

    /// What `config.json` says.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// How many epochs to train with so many training examples; the last one is cut short where `--steps` says so.
    pub fn epochs(&self, examples: usize) -> usize {
        let whole = self.args.most_epochs();
        match self.args.steps {
            None => whole,
            Some(steps) => whole.min(steps.get().div_ceil(self.batches(examples)) as usize),
        }
    }

    /// How many steps that are.
    pub fn steps(&self, examples: usize) -> u64 {
        let whole = (self.args.most_epochs() as u64).saturating_mul(self.batches(examples));
        self.args
            .steps
            .map_or(whole, |steps| whole.min(steps.get()))
    }

    /// Steps of an epoch.
    fn batches(&self, examples: usize) -> u64 {
        examples.div_ceil(self.args.batch_size.get()).max(1) as u64
    }

    /// The run's own source of randomness for one purpose.
    pub fn noise(&self, stream: &str) -> Noise {
        Noise::new(self.args.seed, stream)
    }

    /// The device on which models are built, seeded for their initial parameters.
    pub fn device(&self) -> Cpu {
        Cpu::seed_from_u64(self.args.seed)
    }

    /// A set of images for a model of binary pixels, [shortened](Self::shorten) in a quick run.
    pub fn binarized(&self, splits: Splits) -> Binarized {
        self.shorten(splits).into()
    }

    /// The data as they are, or a random few thousand of them in a quick run.
    pub fn shorten(&self, splits: Splits) -> Splits {
        if !self.args.quick {
            return splits;
        }
        let few = |images: Images, count: usize| {
            let mut rows = permutation(images.len(), self.noise("quick"));
            rows.truncate(count);
            images.subset(&rows)
        };
        Splits {
            train: few(splits.train, 4000),
            valid: few(splits.valid, 500),
            test: few(splits.test, 1000),
        }
    }

    /// If the run resumes, brings a model and its optimizer back to where it stopped.
    pub(crate) fn restore<M: TensorCollection<f32, Cpu>>(
        &self,
        model: &mut M,
        optimizer: &mut impl Optimizer,
    ) -> Result<Option<Checkpoint>> {
        let Some(checkpoint) = self.resumed.clone() else {
            return Ok(None);
        };
        checkpoint.bring(model, &self.path(LAST))?;
        *optimizer.state() = checkpoint.optimizer.clone();
        Ok(Some(checkpoint))
    }
}

/// JSON for people: indented, with a newline at the end.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
