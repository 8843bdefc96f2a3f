//! Fetching published files over HTTP(S).

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use ureq::Agent;

use crate::{Error, PublishedFile, fashion_mnist, mnist};

/// A data set's published files and the server that has them. Needs the feature `download`.
///
/// No server is built in: give the address of a mirror that you trust to be there. What it sends
/// need not be trusted, since every file must have the published length and SHA-256.
///
/// ```no_run
/// use vae_data::{Source, mnist};
///
/// Source::mnist("https://mirror.example/mnist").fetch("data")?;
/// let digits = mnist::load("data")?;
/// # Ok::<(), vae_data::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The data set's folder in the data directory.
    pub folder: &'a str,
    /// The files are at `base_url/name`.
    pub base_url: &'a str,
    /// The files.
    pub files: &'a [PublishedFile],
}

impl<'a> Source<'a> {
    /// The four files of [`mnist`](crate::mnist) on the given server.
    pub fn mnist(base_url: &'a str) -> Self {
        Self {
            folder: "mnist",
            base_url,
            files: &mnist::FILES,
        }
    }

    /// The four files of [`fashion_mnist`](crate::fashion_mnist) on the given server.
    pub fn fashion_mnist(base_url: &'a str) -> Self {
        Self {
            folder: "fashion-mnist",
            base_url,
            files: &fashion_mnist::FILES,
        }
    }

    /// Fetches what is missing into the set's folder in the data directory `dir`.
    ///
    /// Existing files with the right SHA-256 are kept and not asked for again. A file appears under
    /// its name only when it is complete, verified and on the disk; until then it is a temporary
    /// file beside, which is removed on failure.
    ///
    /// # Errors
    ///
    /// [`Status`](Error::Status), [`Transfer`](Error::Transfer) or [`Content`](Error::Content) if
    /// the server does not send the published file, [`Io`](Error::Io) if it cannot be written.
    pub fn fetch(&self, dir: impl AsRef<Path>) -> Result<(), Error> {
        let limit = Some(Duration::from_secs(60));
        let config = Agent::config_builder()
            .timeout_connect(limit)
            .timeout_per_read(limit);
        self.fetch_with(&config.build().into(), dir.as_ref())
    }

    fn fetch_with(&self, agent: &Agent, dir: &Path) -> Result<(), Error> {
        let folder = dir.join(self.folder);
        fs::create_dir_all(&folder).map_err(|reason| Error::Io {
            file: folder.clone(),
            reason,
        })?;
        for file in self.files {
            let path = folder.join(file.name);
            if !holds(&path, file).map_err(|reason| Error::Io {
                file: path.clone(),
                reason,
            })? {
                let url = format!("{}/{}", self.base_url.trim_end_matches('/'), file.name);
                download(agent, url, file, path)?;
            }
        }
        Ok(())
    }
}

/// Whether the path is a file with the published content.
fn holds(path: &Path, file: &PublishedFile) -> io::Result<bool> {
    let length = path.metadata().map(|metadata| metadata.len());
    Ok(length.is_ok_and(|length| length == file.bytes)
        && hex(Sha256::digest(fs::read(path)?)) == file.sha256)
}

/// Fetches one file to `path`.
fn download(agent: &Agent, url: String, file: &PublishedFile, path: PathBuf) -> Result<(), Error> {
    let io = |reason| Error::Io {
        file: path.clone(),
        reason,
    };
    let transfer = |reason| Error::Transfer {
        file: path.clone(),
        url: url.clone(),
        reason,
    };
    let content = |expected, found| Error::Content {
        file: path.clone(),
        url: url.clone(),
        expected,
        found,
    };

    let response = agent.get(&url).call().map_err(|error| match error {
        ureq::Error::StatusCode(status) => Error::Status {
            file: path.clone(),
            url: url.clone(),
            status,
        },
        error => transfer(error.into_io()),
    })?;
    let mut body = response.into_body().into_reader().take(file.bytes + 1);
    let mut part = temporary_beside(&path).map_err(io)?;
    let (mut hasher, mut length, mut buffer) = (Sha256::new(), 0, [0; 1 << 14]);
    loop {
        let received = match body.read(&mut buffer).map_err(transfer)? {
            0 => break,
            count => &buffer[..count],
        };
        hasher.update(received);
        part.write_all(received).map_err(io)?;
        length += received.len() as u64;
    }
    if length != file.bytes {
        let found = if length > file.bytes {
            "more".into()
        } else {
            format!("{length} bytes")
        };
        return Err(content(format!("{} bytes", file.bytes), found));
    }
    let sha256 = hex(hasher.finalize());
    if sha256 != file.sha256 {
        return Err(content(
            format!("SHA-256 {}", file.sha256),
            format!("SHA-256 {sha256}"),
        ));
    }
    part.as_file().sync_all().map_err(io)?;
    part.persist(&path).map_err(|error| io(error.error))?;
    Ok(())
}

/// A file in the same folder, removed when dropped.
fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".part-");
    // By default nobody else could read it, even under its final name.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(path.parent().unwrap_or(Path::new(".")))
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests;
