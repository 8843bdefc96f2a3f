//! Progress bars, one below the other: of a suite, of the epochs of a run, of the batches of an epoch. They go to standard
//! error, and only if that is a terminal.

use crate::console::thousands;
use crate::history::Sums;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::LazyLock;
use std::time::Duration;
use vae_losses::Examples;
use vae_reparam::Noise;

static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// No bars from now on.
pub(crate) fn hide() {
    BARS.set_draw_target(ProgressDrawTarget::hidden());
}

/// Whether there is someone to see them.
pub(crate) fn shown() -> bool {
    !BARS.is_hidden()
}

/// Writes where the bars do not get in the way.
pub(crate) fn above<R>(write: impl FnOnce() -> R) -> R {
    BARS.suspend(write)
}

/// A bar, which vanishes with the value.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Of `len` things below the heading, the first `done` of which are done already.
    pub fn new(heading: impl Into<String>, len: usize, done: usize) -> Self {
        let style =
            ProgressStyle::with_template("{prefix} {wide_bar} {msg}  {pos}/{len}  {eta} left");
        let bar = BARS.add(ProgressBar::new(len as u64));
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(heading.into());
        bar.set_position(done as u64);
        // What was done before this process began says nothing about what is left.
        bar.reset_eta();
        Self(bar)
    }

    pub fn advance(&self, by: usize) {
        self.0.inc(by as u64);
    }

    pub fn say(&self, message: impl Into<String>) {
        self.0.set_message(message.into());
    }

    /// Another batch of an epoch.
    pub fn batch(&self, sums: &Sums, elapsed: Duration) {
        self.advance(1);
        if !self.0.is_hidden() {
            let means = sums.means();
            let rate = sums.examples as f64 / (sums.seconds + elapsed.as_secs_f64());
            self.say(format!(
                "loss {:.2}  rec. {:.2}  KL {:.2}  {} images/s",
                means.loss,
                means.reconstruction,
                means.kl,
                thousands(rate as u64)
            ));
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        BARS.remove(&self.0);
    }
}

/// Examples with a bar that moves as they are read.
pub(crate) struct Watched<'a, D> {
    pub of: &'a D,
    pub bar: Bar,
}

impl<D: Examples<f32>> Examples<f32> for Watched<'_, D> {
    fn len(&self) -> usize {
        self.of.len()
    }

    fn load(&self, rows: &[usize], noise: Noise) -> Vec<f32> {
        self.bar.advance(rows.len());
        self.of.load(rows, noise)
    }

    fn side(&self, rows: &[usize]) -> Vec<f32> {
        self.of.side(rows)
    }
}
