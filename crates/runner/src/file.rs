//! Files that are written whole or not at all.

use crate::{Error, Result};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// Writes a temporary file beside `path`, and renames it once it is safely on the disk: a reader, or a run that
/// resumes, finds either the file as it was before or the new one complete.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(|reason| {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
        Error::Io {
            path: path.into(),
            reason,
        }
    })
}

/// Reads a file, with this crate's error.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|reason| Error::Io {
        path: path.into(),
        reason,
    })
}
