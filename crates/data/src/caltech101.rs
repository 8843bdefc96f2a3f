//! Caltech-101 silhouettes: binary outlines of objects, 28 × 28, labels 0 to 100.
//!
//! Split 1 of Marlin, Swersky, Chen & de Freitas (2010), upright and with figure = 1: the original
//! file has the images column by column and figure = 0. A factorized likelihood sees no difference,
//! convolutions and pictures do.

use std::path::Path;

use crate::{
    Error, Splits,
    folder::{Folder, Stored},
};

/// Reads the files of `dir/caltech101-silhouettes/` (or `dir` itself) as 4100 / 2264 / 2307 images,
/// the published split.
///
/// The files are `silhouettes28_{train,valid,test}-images-idx3-ubyte.gz` and
/// `…-labels-idx1-ubyte.gz`.
///
/// ```no_run
/// let silhouettes = vae_data::caltech101::load("data")?;
/// assert_eq!(silhouettes.train.len(), 4100);
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Errors
///
/// If a file is missing or damaged, or is not this set's.
pub fn load(dir: impl AsRef<Path>) -> Result<Splits, Error> {
    let folder = Folder::new(dir, "caltech101-silhouettes");
    let part = |part, count| {
        let images = format!("silhouettes28_{part}-images-idx3-ubyte.gz");
        let labels = format!("silhouettes28_{part}-labels-idx1-ubyte.gz");
        folder.labelled(Stored::ZeroOne, &images, &labels, [count, 28, 28])
    };
    Ok(Splits {
        train: part("train", 4100)?,
        valid: part("valid", 2264)?,
        test: part("test", 2307)?,
    })
}
