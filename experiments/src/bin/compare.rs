//! Puts finished runs side by side, those of one experiment with several seeds in one row: a table with means over the seeds and
//! their standard errors, curves, samples, and paired tests against the best.

use std::path::PathBuf;
use vae::prelude::*;
use vae::runner::compare;

/// Compares finished runs: a table over their seeds, curves, samples, and paired tests.
#[derive(clap::Parser)]
#[command(name = "compare", version)]
struct Args {
    /// Folders of runs, or folders at most four levels above them
    #[arg(required = true)]
    runs: Vec<PathBuf>,
    /// Folder of the comparison
    #[arg(long, value_name = "DIR", default_value = "runs/comparison")]
    out: PathBuf,
    /// Overwrite what is in that folder
    #[arg(long)]
    force: bool,
}

fn main() -> ExitCode {
    launch(|args: Args| compare(&args.runs, &args.out, args.force))
}
