use crate::feed::permutation;
use crate::{Checkpoint, Error, Result, RunArgs, file, interrupt, parameters};
use dfdx::prelude::{Cpu, TensorCollection};
use serde::Serialize;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use vae_data::{Images, Splits};
use vae_ops::Adam;
use vae_reparam::Noise;

/// A run and its folder.
#[derive(Debug)]
pub struct Run {
    name: &'static str,
    dir: PathBuf,
    args: RunArgs,
    config: Value,
    resumed: Option<Checkpoint>,
}

/// The files that a run writes, pictures apart.
const FILES: [&str; 5] = [
    "config.json",
    "metrics.jsonl",
    "checkpoint.bin",
    "summary.json",
    "report.html",
];

impl Run {
    /// Opens the folder of a run of the experiment `name`, and writes all of its `options` to `config.json`.
    ///
    /// # Errors
    /// If the folder holds something that the flags do not allow to be overwritten or continued, or cannot be written.
    pub fn start(name: &'static str, args: &RunArgs, options: &impl Serialize) -> Result<Self> {
        let dir = match &args.out {
            Some(dir) => dir.clone(),
            None => Path::new("runs").join(name).join(args.seed.to_string()),
        };
        let config = json!({
            "experiment": name,
            "version": env!("CARGO_PKG_VERSION"),
            "options": serde_json::to_value(options).expect("options serialize"),
        });
        let mut run = Self {
            name,
            dir,
            args: args.clone(),
            config,
            resumed: None,
        };
        run.claim_folder()?;
        file::save(&run.path("config.json"), pretty(&run.config).as_bytes())?;
        if let Some(threads) = args.threads {
            // Fails only where the pool is in use already, as in a second run of one process.
            let _ = rayon::ThreadPoolBuilder::new()
                .num_threads(threads.into())
                .build_global();
        }
        interrupt::watch();
        Ok(run)
    }

    fn claim_folder(&mut self) -> Result<()> {
        let dir = self.dir.clone();
        let exists = |file: &str| dir.join(file).exists();
        let empty = match fs::read_dir(&dir) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(reason) => return Err(Error::Io { path: dir, reason }),
        };
        if empty {
            return fs::create_dir_all(&dir).map_err(|reason| Error::Io { path: dir, reason });
        }
        if !exists("config.json") {
            return Err(Error::NotARun { dir });
        }
        if !exists("checkpoint.bin") && !exists("summary.json") {
            // A run that failed before it had done anything worth keeping.
            return Ok(());
        }
        if self.args.resume {
            self.check_options()?;
            if exists("checkpoint.bin") {
                let checkpoint = Checkpoint::read(&self.path("checkpoint.bin"))?;
                if exists("summary.json") && checkpoint.epoch >= self.epochs() {
                    return Err(Error::Finished { dir });
                }
                self.resumed = Some(checkpoint);
            }
        } else if !self.args.force {
            return Err(if exists("summary.json") {
                Error::Finished { dir }
            } else {
                Error::Unfinished { dir }
            });
        }
        let kept: &[&str] = if self.args.resume {
            &["config.json", "metrics.jsonl", "checkpoint.bin"]
        } else {
            &[]
        };
        for name in FILES
            .iter()
            .filter(|name| !kept.contains(name) && exists(name))
        {
            fs::remove_file(dir.join(name)).map_err(|reason| Error::Io {
                path: dir.join(name),
                reason,
            })?;
        }
        Ok(())
    }

    /// A run that resumes has to have the options that it was started with; only more epochs are welcome.
    fn check_options(&self) -> Result<()> {
        let path = self.path("config.json");
        let before: Value =
            serde_json::from_slice(&file::read(&path)?).map_err(|error| Error::Io {
                path,
                reason: error.into(),
            })?;
        let flat = |config: &Value| {
            let mut options = config["options"].as_object().cloned().unwrap_or_default();
            options.insert("experiment".into(), config["experiment"].clone());
            options.remove("epochs");
            options
        };
        let (before, now) = (flat(&before), flat(&self.config));
        match now
            .iter()
            .find(|(option, value)| before.get(*option) != Some(*value))
        {
            None => Ok(()),
            Some((option, value)) => Err(Error::OtherOptions {
                dir: self.dir.clone(),
                option: option.clone(),
                before: before.get(option).unwrap_or(&Value::Null).to_string(),
                now: value.to_string(),
            }),
        }
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

    /// How many epochs to train.
    pub fn epochs(&self) -> usize {
        let epochs = self.args.epochs.get();
        if self.args.quick {
            epochs.min(2)
        } else {
            epochs
        }
    }

    /// The run's own source of randomness for one purpose.
    pub fn noise(&self, stream: &str) -> Noise {
        Noise::new(self.args.seed, stream)
    }

    /// The device on which models are built, seeded for their initial parameters.
    pub fn device(&self) -> Cpu {
        Cpu::seed_from_u64(self.args.seed)
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
        adam: &mut Adam,
    ) -> Result<Option<Checkpoint>> {
        let Some(checkpoint) = self.resumed.clone() else {
            return Ok(None);
        };
        parameters::load(model, &checkpoint.parameters).map_err(|reason| Error::Checkpoint {
            path: self.path("checkpoint.bin"),
            reason,
        })?;
        adam.state = checkpoint.optimizer.clone();
        Ok(Some(checkpoint))
    }
}

/// JSON for people: indented, with a newline at the end.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
