use crate::LogFormat;
use serde::Serialize;
use std::num::{NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

/// The flags that every experiment understands.
#[derive(clap::Args, Clone, Debug, Serialize)]
pub struct RunArgs {
    /// Folder of the run [default: runs/EXPERIMENT/SEED]
    #[arg(long, value_name = "DIR")]
    #[serde(skip)]
    pub out: Option<PathBuf>,
    /// Seed of everything random; the same seed gives the same run
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Passes over the training set
    #[arg(long, value_name = "N", default_value = "30")]
    pub epochs: NonZeroUsize,
    /// Batches to train on, where it is not for whole epochs
    #[arg(long, value_name = "N", conflicts_with = "epochs")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<NonZeroU64>,
    /// Examples in a batch
    #[arg(long, value_name = "N", default_value = "128")]
    pub batch_size: NonZeroUsize,
    /// Stop when the bound on the validation set has not improved for so many epochs, and go back to the best model
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<NonZeroUsize>,
    /// Threads to compute on; changes the speed, never a result [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    #[serde(skip)]
    pub threads: Option<u16>,
    /// Folder with data sets, to use instead of what is built in
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Continue the run in the folder where it stopped; start it if there is none
    #[arg(long, conflicts_with = "force")]
    #[serde(skip)]
    pub resume: bool,
    /// Overwrite the run in the folder
    #[arg(long)]
    #[serde(skip)]
    pub force: bool,
    /// A trial of seconds: a few thousand examples, at most two epochs
    #[arg(long)]
    pub quick: bool,
    /// Say nothing but warnings and errors
    #[arg(long, short)]
    #[serde(skip)]
    pub quiet: bool,
    /// How to say it: text, or json with the numbers as fields
    #[arg(
        long,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    #[serde(skip)]
    pub log_format: LogFormat,
    /// Which run of a suite or a sweep this is.
    #[arg(skip)]
    #[serde(skip)]
    pub part: Option<String>,
}

impl RunArgs {
    /// As many epochs as there may be, whatever `--steps` says.
    pub(crate) fn most_epochs(&self) -> usize {
        let epochs = match self.steps {
            None => self.epochs.get(),
            Some(_) => usize::MAX,
        };
        if self.quick { epochs.min(2) } else { epochs }
    }
}

/// The flags of the evaluation on the test set.
#[derive(clap::Args, Clone, Copy, Debug, Serialize)]
pub struct TestArgs {
    /// Samples per image for the importance-sampled negative log-likelihood
    #[arg(long, value_name = "K", default_value = "100")]
    pub nll_samples: NonZeroUsize,
    /// Test images for it, drawn at random [default: all]
    #[arg(long, value_name = "N")]
    pub nll_images: Option<NonZeroUsize>,
}

/// Parses a flag that has to be a positive, finite number, such as a learning rate:
/// `#[arg(value_parser = positive)]`.
///
/// # Errors
/// If it is anything else.
pub fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x > 0.0 && x.is_finite() => Ok(x),
        Ok(_) => Err("it has to be positive and finite".into()),
        Err(error) => Err(error.to_string()),
    }
}
