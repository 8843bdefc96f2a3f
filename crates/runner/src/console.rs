//! What a run says on the terminal.

use crate::{Epoch, Error, Result, interrupt};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

/// An experiment's `main`: parses its flags, runs it, and turns what it returns into a message and an exit status: 0
/// only if it did what was asked, 2 for a wrong flag, 130 if it was interrupted, else 1.
pub fn launch<A: clap::Parser>(experiment: impl FnOnce(A) -> Result<()>) -> ExitCode {
    match experiment(A::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = match &error {
                Error::Stopped { .. } => {
                    writeln!(
                        std::io::stderr(),
                        "{error}\nto continue: {}",
                        command(&["--resume"])
                    )
                }
                _ => writeln!(std::io::stderr(), "error: {error}"),
            };
            match error {
                Error::Stopped { .. } => interrupt::EXIT_STATUS.into(),
                _ => 1.into(),
            }
        }
    }
}

/// Writes a line to standard output. A reader that has gone away is no reason to stop a run.
pub(crate) fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Writes a warning to standard error.
pub(crate) fn warn(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "warning: {line}");
}

/// The command that runs this experiment again, with the same flags but for those about overwriting.
pub(crate) fn command(extra: &[&str]) -> String {
    let mut args = std::env::args();
    let program = args.next().unwrap_or_default();
    let name = std::path::Path::new(&program)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let flags = args.filter(|arg| arg != "--resume" && arg != "--force");
    let words: Vec<String> = flags
        .chain(extra.iter().map(|s| s.to_string()))
        .map(quote)
        .collect();
    let dashes = if words.is_empty() { "" } else { " -- " };
    format!(
        "cargo run --release --bin {name}{dashes}{}",
        words.join(" ")
    )
}

/// As a shell needs it.
fn quote(word: String) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The progress bar of an epoch; without a terminal, it does not show.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub fn new(epoch: usize, epochs: usize, batches: usize, done: usize) -> Self {
        let style = ProgressStyle::with_template("epoch {prefix} {wide_bar} {msg}  {eta} left");
        let bar = ProgressBar::new(batches as u64);
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_prefix(format!("{epoch:>2}/{epochs}"));
        bar.set_position(done as u64);
        Self(bar)
    }

    pub fn advance(&self, sums: &crate::history::Sums, elapsed: Duration) {
        self.0.inc(1);
        if !self.0.is_hidden() {
            let means = sums.means();
            let rate = sums.examples as f64 / (sums.seconds + elapsed.as_secs_f64());
            self.0.set_message(format!(
                "loss {:.2}  rec. {:.2}  KL {:.2}  {} images/s",
                means.loss,
                means.reconstruction,
                means.kl,
                thousands(rate as u64)
            ));
        }
    }

    pub fn finish(self) {
        self.0.finish_and_clear();
    }
}

/// The line that stays of an epoch.
pub(crate) fn epoch_line(epoch: &Epoch, epochs: usize, left: f64) -> String {
    let extras = epoch.train.extras.iter();
    let extras: String = extras
        .map(|(name, value)| format!("  {name} {value:.3}"))
        .collect();
    format!(
        "epoch {:>2}/{epochs}  loss {:.2}  reconstruction {:.2}  KL {:.2}{extras}  validation ELBO {:.2}  {} images/s  {} left",
        epoch.epoch,
        epoch.train.loss,
        epoch.train.reconstruction,
        epoch.train.kl,
        epoch.valid.elbo.mean,
        thousands(epoch.images_per_second as u64),
        duration(left)
    )
}

/// `12345` as `12 345`.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail
        .as_bytes()
        .chunks(3)
        .map(|group| String::from_utf8_lossy(group).into_owned());
    let parts: Vec<String> = (!head.is_empty())
        .then(|| head.into())
        .into_iter()
        .chain(groups)
        .collect();
    parts.join(" ")
}

/// Seconds as a person says them.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds.round() as u64 {
        0..10 => format!("{seconds:.1} s"),
        s @ 10..60 => format!("{s} s"),
        s @ 60..3600 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(thousands),
            ["0", "999", "1 000", "1 234 567"]
        );
        assert_eq!(
            [0.0, 9.4, 59.6, 3725.0].map(duration),
            ["0.0 s", "9.4 s", "1 min 0 s", "1 h 2 min"]
        );
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(
            ["--seed", "a b", "it's", ""].map(|w| quote(w.into())),
            ["--seed", "'a b'", r"'it'\''s'", "''"]
        );
    }
}
