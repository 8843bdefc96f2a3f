//! What a run says on the terminal.

use crate::log::NOTICE;
use crate::{Epoch, Error, Result, interrupt, log};
use std::process::ExitCode;

/// An experiment's `main`: parses its flags, runs it, and turns what it returns into a message and an exit status: 0
/// only if it did what was asked, 2 for a wrong flag, 130 if it was interrupted, else 1.
///
/// What the run logs by `tracing` goes to the terminal, as `--quiet` and `--log-format` have it.
pub fn launch<A: clap::Parser>(experiment: impl FnOnce(A) -> Result<()>) -> ExitCode {
    let mut command = A::command();
    let matches = command.get_matches_mut();
    log::start(&matches);
    let args =
        A::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut command).exit());
    match experiment(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ (Error::Stopped { .. } | Error::SweepStopped { .. })) => {
            let again = self::command(&["--resume"]);
            notice(format_args!("{error}\nto continue: {again}"));
            interrupt::EXIT_STATUS.into()
        }
        Err(error) => {
            tracing::error!("{error}");
            1.into()
        }
    }
}

/// Says something that is neither a warning nor a result.
pub(crate) fn notice(line: impl std::fmt::Display) {
    tracing::warn!(target: NOTICE, "{line}");
}

/// Says what was asked for.
pub(crate) fn say(line: impl std::fmt::Display) {
    tracing::info!("{line}");
}

/// Says what may be wrong, though the program goes on.
pub(crate) fn warn(line: impl std::fmt::Display) {
    tracing::warn!("{line}");
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

/// Says what was measured in an epoch.
pub(crate) fn epoch(epoch: &Epoch, epochs: usize, left: f64) {
    let extras = epoch.train.extras.iter();
    let extras: String = extras
        .map(|(name, value)| format!("  {name} {value:.3}"))
        .collect();
    tracing::info!(
        epoch = epoch.epoch,
        step = epoch.step,
        train_loss = epoch.train.loss,
        train_reconstruction = epoch.train.reconstruction,
        train_kl = epoch.train.kl,
        valid_elbo = epoch.valid.elbo.mean,
        valid_reconstruction = epoch.valid.reconstruction.mean,
        valid_kl = epoch.valid.kl.mean,
        seconds = epoch.seconds,
        images_per_second = epoch.images_per_second,
        "epoch {:>2}/{epochs}  loss {:.2}  reconstruction {:.2}  KL {:.2}{extras}  validation ELBO {:.2}  {} images/s  {} left",
        epoch.epoch,
        epoch.train.loss,
        epoch.train.reconstruction,
        epoch.train.kl,
        epoch.valid.elbo.mean,
        thousands(epoch.images_per_second as u64),
        duration(left)
    );
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
