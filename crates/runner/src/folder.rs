//! Who may write to a run folder.

use crate::checkpoint::{BEST, LAST, PREVIOUS};
use crate::history::stalled;
use crate::tensorboard::is_event_file;
use crate::{Checkpoint, Error, Result, RunArgs, file};
use serde_json::{Map, Value};
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::Path;

/// What a run leaves when it ends.
const RESULTS: [&str; 17] = [
    "summary.json",
    "weights.safetensors",
    "latents.npy",
    "nll.npy",
    "samples.npy",
    "report.html",
    "reconstructions.png",
    "samples.png",
    "interpolations.png",
    "latent.png",
    "latent.svg",
    "dimensions.png",
    "dimensions.svg",
    "elbo.png",
    "elbo.svg",
    "terms.png",
    "terms.svg",
];
/// What it needs to continue, and to tell how it came there.
const STATE: [&str; 5] = ["config.json", "metrics.jsonl", LAST, PREVIOUS, BEST];

/// Holds the folder, if there is one, as long as the value lives.
///
/// # Errors
/// If another process does. Where the file system has no locks, nobody is refused.
pub(crate) fn lock(dir: &Path) -> Result<Option<File>> {
    let Ok(handle) = File::open(dir) else {
        return Ok(None);
    };
    match handle.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Error::Busy { dir: dir.into() }),
        locked => Ok(locked.ok().map(|()| handle)),
    }
}

/// Decides whether a run with these flags may use the folder; returns the checkpoint to continue from, if it resumes.
/// Changes nothing.
pub(crate) fn admit(dir: &Path, args: &RunArgs, config: &Value) -> Result<Option<Checkpoint>> {
    let exists = |file: &str| dir.join(file).exists();
    let empty = match fs::read_dir(dir) {
        // What a process was writing when it was killed, before there was a configuration, is nothing yet.
        Ok(entries) => entries
            .flatten()
            .all(|entry| is_leftover(&entry.file_name())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
        Err(reason) => {
            return Err(Error::Io {
                path: dir.into(),
                reason,
            });
        }
    };
    if empty {
        return Ok(None);
    }
    let Some(before) = options(dir) else {
        return Err(Error::NotARun { dir: dir.into() });
    };
    let (checkpoint, finished) = (exists(LAST) || exists(PREVIOUS), exists("summary.json"));
    if args.force || (!checkpoint && !finished) {
        return Ok(None);
    }
    if !args.resume {
        let dir = dir.into();
        return Err(if finished {
            Error::Finished { dir }
        } else {
            Error::Unfinished { dir }
        });
    }
    same(dir, &before, config)?;
    let checkpoint = Checkpoint::last_in(dir)?;
    // It may have been put there from another folder.
    if let Some(before) = flat(&checkpoint.config) {
        same(dir, &before, config)?;
    }
    let steps = args
        .steps
        .is_some_and(|steps| checkpoint.step >= steps.get());
    let epochs = checkpoint.epoch >= args.most_epochs();
    let ended = steps || epochs || stalled(&checkpoint.history, args.patience);
    if finished && ended {
        return Err(Error::Finished { dir: dir.into() });
    }
    Ok(Some(checkpoint))
}

/// That a run was started with the options that it is to be continued with.
fn same(dir: &Path, before: &Map<String, Value>, config: &Value) -> Result<()> {
    let now = flat(config).unwrap_or_default();
    let mut names = before.keys().chain(now.keys());
    let Some(option) = names.find(|name| before.get(*name) != now.get(*name)) else {
        return Ok(());
    };
    let text =
        |options: &Map<String, Value>| options.get(option).unwrap_or(&Value::Null).to_string();
    Err(Error::OtherOptions {
        dir: dir.into(),
        option: option.clone(),
        before: text(before),
        now: text(&now),
    })
}

/// Creates the folder, if there is none.
pub(crate) fn create(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|reason| Error::Io {
        path: dir.into(),
        reason,
    })
}

/// Removes from the folder what a run that starts over, or goes on, is about to replace.
pub(crate) fn clear(dir: &Path, resumes: bool) -> Result<()> {
    let state: &[&str] = if resumes { &[] } else { &STATE };
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if is_leftover(&name) || (!resumes && is_event_file(&name)) {
            // Events of a run that starts over, or what a process was writing when it was killed. If they stay, it is no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
    for path in RESULTS.iter().chain(state).map(|name| dir.join(name)) {
        match fs::remove_file(&path) {
            Err(reason) if reason.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Io { path, reason });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a file of this name is what a process was writing when it was killed.
fn is_leftover(name: &OsStr) -> bool {
    let ours = |file: &&str| file::is_temporary(name, file);
    RESULTS.iter().chain(&STATE).any(ours)
}

/// The options of the run in a folder, if there is one.
fn options(dir: &Path) -> Option<Map<String, Value>> {
    flat(&serde_json::from_slice(&file::read(&dir.join("config.json")).ok()?).ok()?)
}

/// What has to be the same for a run to be continued: all but the number of epochs.
fn flat(config: &Value) -> Option<Map<String, Value>> {
    let mut options = config.get("options")?.as_object()?.clone();
    options.remove("epochs");
    options.insert("experiment".into(), config.get("experiment")?.clone());
    Some(options)
}
