//! The folder of one data set.

use std::path::{Path, PathBuf};

use crate::{Element, Error, Idx, Images, Npy, depth::pack};

/// Where the files of one data set are, and how each is read and checked.
pub(crate) struct Folder {
    dir: PathBuf,
    name: &'static str,
}

/// How an IDX file holds images.
#[derive(Clone, Copy)]
pub(crate) enum Stored {
    /// A byte a pixel, 0 to 255: `[N, H, W]`.
    Grey,
    /// A byte a pixel, 0 or 1: `[N, H, W]`.
    ZeroOne,
    /// A bit a pixel: `[N, ⌈H·W / 8⌉]`.
    Packed,
}

impl Folder {
    /// The folder `name` of the data directory `dir`, or `dir` itself where there is no such
    /// folder.
    pub fn new(dir: impl AsRef<Path>, name: &'static str) -> Self {
        Self {
            dir: dir.as_ref().into(),
            name,
        }
    }

    /// The path of an existing file.
    pub fn file(&self, file: &str) -> Result<PathBuf, Error> {
        let own = self.dir.join(self.name);
        let path = if own.is_dir() {
            own.join(file)
        } else {
            self.dir.join(file)
        };
        if path.is_file() {
            return Ok(path);
        }
        Err(Error::Missing {
            file: path,
            dir: self.dir.clone(),
            folder: self.name.into(),
        })
    }

    /// The `N` images of size `H × W` in a file.
    pub fn images(
        &self,
        stored: Stored,
        file: &str,
        [n, height, width]: [usize; 3],
    ) -> Result<Images, Error> {
        let path = self.file(file)?;
        let Idx { dims, bytes } = Idx::read(&path)?;
        let expected = match stored {
            Stored::Grey | Stored::ZeroOne => vec![n, height, width],
            Stored::Packed => vec![n, (height * width).div_ceil(8)],
        };
        if dims != expected {
            return Err(Error::Shape {
                file: path,
                expected,
                found: dims,
            });
        }
        match stored {
            Stored::Grey => Images::new(height, width, bytes),
            Stored::Packed => Images::from_bits(height, width, bytes),
            Stored::ZeroOne => {
                within(&path, &bytes, 1)?;
                let bits = bytes.chunks(height * width).flat_map(pack).collect();
                Images::from_bits(height, width, bits)
            }
        }
    }

    /// The images of one file with the labels of another.
    pub fn labelled(
        &self,
        stored: Stored,
        images: &str,
        labels: &str,
        shape: [usize; 3],
    ) -> Result<Images, Error> {
        let (rows, path) = (self.file(images)?, self.file(labels)?);
        let Idx { dims, bytes } = Idx::read(&path)?;
        if dims.len() != 1 {
            return Err(Error::Rank {
                file: path,
                expected: 1,
                found: dims,
            });
        }
        let images = self.images(stored, images, shape)?;
        same_count(rows, images.len(), path, bytes.len())?;
        images.with_labels(bytes)
    }

    /// The path, dimensions and elements of an array of rank `RANK`.
    pub fn npy<T: Element, const RANK: usize>(
        &self,
        file: &str,
    ) -> Result<(PathBuf, [usize; RANK], Vec<T>), Error> {
        let path = self.file(file)?;
        let Npy { dims, values } = Npy::read(&path)?;
        match dims.try_into() {
            Ok(dims) => Ok((path, dims, values)),
            Err(found) => Err(Error::Rank {
                file: path,
                expected: RANK,
                found,
            }),
        }
    }
}

/// Refuses values other than 0 to `max`.
pub(crate) fn within<T: Copy + Into<i64>>(
    file: &Path,
    values: &[T],
    max: i64,
) -> Result<(), Error> {
    let position = values
        .iter()
        .position(|&value| !(0..=max).contains(&value.into()));
    match position {
        None => Ok(()),
        Some(position) => Err(Error::Value {
            file: file.into(),
            position,
            value: values[position].into(),
            max,
        }),
    }
}

/// Refuses labels that are not one a row.
pub(crate) fn same_count(
    rows: PathBuf,
    row_count: usize,
    labels: PathBuf,
    label_count: usize,
) -> Result<(), Error> {
    if row_count == label_count {
        Ok(())
    } else {
        Err(Error::LabelFile {
            rows,
            row_count,
            labels,
            label_count,
        })
    }
}

#[cfg(test)]
mod tests;
