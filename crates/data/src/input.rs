//! A named stream of bytes, gzip or plain, that is never trusted about its length.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use flate2::bufread::MultiGzDecoder;

use crate::Error;

/// The (decompressed) bytes of a file, with the name to use in errors.
pub(crate) struct Input<'a> {
    pub file: PathBuf,
    stream: Box<dyn Read + 'a>,
    taken: u64,
}

impl<'a> Input<'a> {
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|reason| Error::Io {
            file: path.into(),
            reason,
        })?;
        Self::new(path.into(), BufReader::new(file))
    }

    /// Gzip is recognized by its magic bytes, not by the name.
    pub fn new(file: PathBuf, mut bytes: impl BufRead + 'a) -> Result<Self, Error> {
        let stream: Box<dyn Read + 'a> = match bytes.fill_buf() {
            Ok([0x1f, 0x8b, ..]) => Box::new(MultiGzDecoder::new(bytes)),
            Ok(_) => Box::new(bytes),
            Err(reason) => return Err(Error::Io { file, reason }),
        };
        Ok(Self {
            file,
            stream,
            taken: 0,
        })
    }

    /// The next `count` bytes. Memory grows with what is read, not with `count`.
    pub fn exactly(&mut self, count: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let outcome = self.read(count, &mut bytes);
        let (start, file) = (self.taken, &self.file);
        self.taken += bytes.len() as u64;
        match outcome {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(self.failed(error)),
            _ if bytes.len() == count => Ok(bytes),
            _ => Err(Error::Truncated {
                file: file.clone(),
                promised: start + count as u64,
                found: self.taken,
            }),
        }
    }

    /// The rest, which must be an array of `dims` elements of `width` bytes and nothing else.
    pub fn array(mut self, dims: &[usize], width: usize) -> Result<Vec<u8>, Error> {
        let count = dims
            .iter()
            .try_fold(width, |product, &dim| product.checked_mul(dim));
        let Some(count) = count.filter(|&count| count <= isize::MAX as usize) else {
            return Err(Error::TooLarge {
                file: self.file,
                dims: dims.into(),
            });
        };
        let bytes = self.exactly(count)?;
        // Reading on to the end also verifies gzip's checksum.
        match self.read(1, &mut Vec::new()) {
            Ok(0) => Ok(bytes),
            Ok(_) => Err(Error::Oversized {
                file: self.file,
                expected: self.taken,
            }),
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The rest as text of at most `limit` bytes.
    pub fn text(mut self, limit: usize) -> Result<String, Error> {
        let mut bytes = Vec::new();
        match self.read(limit + 1, &mut bytes) {
            Err(error) => Err(self.failed(error)),
            Ok(_) if bytes.len() > limit => Err(Error::Oversized {
                file: self.file,
                expected: limit as u64,
            }),
            Ok(_) => String::from_utf8(bytes).map_err(|error| {
                let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
                Error::Line {
                    file: self.file,
                    line,
                    problem: "no UTF-8 text".into(),
                }
            }),
        }
    }

    fn read(&mut self, limit: usize, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.stream.by_ref().take(limit as u64).read_to_end(bytes)
    }

    /// These kinds come from the gzip decoder, all others from the system.
    fn failed(&self, reason: io::Error) -> Error {
        let file = self.file.clone();
        match reason.kind() {
            io::ErrorKind::InvalidData
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::UnexpectedEof => Error::Damaged { file, reason },
            _ => Error::Io { file, reason },
        }
    }
}
