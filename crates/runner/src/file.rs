//! Files that are written whole or not at all.

use crate::{Error, Result};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes a temporary file beside `path`, and renames it once it is safely on the disk: a reader, or a run that
/// resumes, finds either the file as it was before or the new one complete.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    put(path, |file| file.write_all(bytes), || Ok(()))
}

/// The same, but what was at `path` before goes to `previous`. Whenever this ends, one of the two is there.
pub(crate) fn save_keeping(path: &Path, previous: &Path, bytes: &[u8]) -> Result<()> {
    let keep = || match fs::rename(path, previous) {
        Err(reason) if reason.kind() != ErrorKind::NotFound => Err(reason),
        _ => Ok(()),
    };
    put(path, |file| file.write_all(bytes), keep)
}

/// Gives a file that is never written to again another name, whatever had it before.
pub(crate) fn link(from: &Path, to: &Path) -> Result<()> {
    let temporary = temporary(to);
    let link = || {
        // Not all file systems have links.
        fs::hard_link(from, &temporary).or_else(|_| fs::copy(from, &temporary).map(|_| ()))?;
        fs::rename(&temporary, to)
    };
    link().map_err(|reason| failed(to, &temporary, reason))
}

/// Fills a temporary file by `write`, and after `before` it becomes `path`.
fn put(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
    before: impl FnOnce() -> io::Result<()>,
) -> Result<()> {
    let temporary = temporary(path);
    let put = || {
        let mut file = File::create(&temporary)?;
        write(&mut file)?;
        file.sync_all()?;
        before()?;
        fs::rename(&temporary, path)?;
        // The names as well are on the disk, where folders can be opened.
        path.parent()
            .and_then(|dir| File::open(dir).ok())
            .map_or(Ok(()), |dir| dir.sync_all())
    };
    put().map_err(|reason| failed(path, &temporary, reason))
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    path.with_file_name(name)
}

/// Whether a file of this name may be what a process was writing to become `file`.
pub(crate) fn is_temporary(name: &OsStr, file: &str) -> bool {
    let rest = name
        .to_str()
        .and_then(|name| name.strip_prefix('.')?.strip_prefix(file));
    let process = rest.and_then(|rest| rest.strip_prefix('.')?.strip_suffix(".tmp"));
    process.is_some_and(|process| process.parse::<u32>().is_ok())
}

/// The first error is the one to report.
fn failed(path: &Path, temporary: &Path, reason: io::Error) -> Error {
    let _ = fs::remove_file(temporary);
    Error::Io {
        path: path.into(),
        reason,
    }
}

/// Reads a file, with this crate's error.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|reason| Error::Io {
        path: path.into(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The files of a folder and what they hold.
    fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        };
        let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(entry).collect();
        files.sort();
        files
    }

    #[test]
    fn a_disk_that_fails_in_the_middle_costs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.bin");
        save(&path, b"good").unwrap();
        let before = files(dir.path());
        for kind in [ErrorKind::StorageFull, ErrorKind::WriteZero] {
            let short = |file: &mut File| {
                file.write_all(b"ne")?;
                Err(io::Error::from(kind))
            };
            let error = put(&path, short, || Ok(())).unwrap_err().to_string();
            assert!(error.contains("checkpoint.bin"), "{error}");
            assert_eq!(files(dir.path()), before);
        }
        let renamed = || Err(io::Error::from(ErrorKind::PermissionDenied));
        assert!(put(&path, |file| file.write_all(b"new"), renamed).is_err());
        assert_eq!(files(dir.path()), before);
    }

    #[test]
    fn temporary_files_are_known_by_their_names() {
        let name = temporary(Path::new("runs/0/checkpoint.bin"));
        let name = name.file_name().unwrap();
        assert!(is_temporary(name, "checkpoint.bin"));
        assert!(!is_temporary(name, "checkpoint"));
        for other in [
            "checkpoint.bin",
            ".checkpoint.bin.tmp",
            ".checkpoint.bin.x.tmp",
        ] {
            assert!(
                !is_temporary(OsStr::new(other), "checkpoint.bin"),
                "{other}"
            );
        }
    }

    #[test]
    fn the_one_before_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let [last, previous, best] =
            ["checkpoint.bin", "previous.bin", "best.bin"].map(|name| dir.path().join(name));
        for bytes in [b"1", b"2", b"3"] {
            save_keeping(&last, &previous, bytes).unwrap();
            if bytes == b"2" {
                link(&last, &best).unwrap();
            }
        }
        let [one, two, three] = ["best.bin", "checkpoint.bin", "previous.bin"].map(String::from);
        let expected = [(one, b"2"), (two, b"3"), (three, b"2")];
        assert_eq!(
            files(dir.path()),
            expected.map(|(name, bytes)| (name, bytes.to_vec()))
        );
        // What has two names is damaged under none of them by what comes after.
        link(&last, &best).unwrap();
        assert_eq!(fs::read(&best).unwrap(), b"3");
    }
}
