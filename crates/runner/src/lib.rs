//! Runs: the command line of an experiment, its training loop, and the folder that it leaves behind.
//!
//! | item | what it is |
//! |---|---|
//! | [`launch`] | an experiment's `main`: parses flags, reports errors, sets the exit status |
//! | [`RunArgs`], [`TestArgs`], [`positive`] | the flags that every experiment understands, and a parser for its own |
//! | [`Run`] | the run folder: refuses to overwrite, resumes |
//! | [`Suite`] | several runs, and a table that compares them |
//! | [`Sweep`], [`SweepArgs`] | a grid of runs, each a process of its own |
//! | [`compare()`] | finished runs side by side: a table with errors over seeds, curves, samples, paired tests |
//! | [`fit`], [`fit_with`], [`Moment`] | the training loop, and where it calls a hook |
//! | [`plateau`] | a step size that falls where nothing improves |
//! | [`Binarized`] | a set of images as a model of binary pixels reads it |
//! | [`Dynamic`], [`Fixed`], [`Labelled`] | its parts: binarized anew each time; always the same; with their class as side input |
//! | [`conclude`] | measures a trained model of images and writes `summary.json`, pictures, charts and `report.html` |
//! | [`weights`], [`tensorboard`] | to and from other programs |
//! | [`LogFormat`] | what is said, for people or for programs |
//! | [`picture`], [`chart`], [`report`] | the means for that |
//!
//! What a run folder holds: `config.json`, `metrics.jsonl` (a line per epoch), `checkpoint.bin`, and at the end
//! `summary.json`, PNG pictures, the charts as SVG too, and `report.html`.
#![forbid(unsafe_code)]

pub mod chart;
mod checkpoint;
mod compare;
mod conclude;
mod console;
#[cfg(test)]
mod damage;
mod error;
mod feed;
mod figure;
mod file;
mod fit;
mod flags;
mod folder;
mod gallery;
mod history;
mod interrupt;
mod log;
mod page;
mod parameters;
pub mod picture;
mod progress;
pub mod report;
mod resources;
mod run;
mod standing;
mod suite;
mod sweep;
mod table;
pub mod tensorboard;
pub mod weights;

pub use checkpoint::Checkpoint;
pub use compare::compare;
pub use conclude::conclude;
pub use console::launch;
pub use error::{Error, Result};
pub use feed::{Binarized, Dynamic, Fixed, Labelled, Pictured};
pub use fit::{Moment, fit, fit_with};
pub use flags::{RunArgs, TestArgs, positive};
pub use history::{Epoch, Means, plateau};
pub use log::LogFormat;
pub use parameters::Parameter;
pub use run::Run;
pub use suite::Suite;
pub use sweep::{Shard, Sweep, SweepArgs};
