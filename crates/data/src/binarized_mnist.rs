//! Binarized MNIST: the fixed binarization of Salakhutdinov & Murray (2008) as H. Larochelle
//! distributes it, 28 × 28.
//!
//! The rows are not in MNIST's order, and *the test set is sorted by class*: never evaluate on the
//! first rows of it. The labels (0 to 9) are not part of the original set; they were found by
//! matching its images with MNIST's.

use std::path::Path;

use crate::{
    Error, Splits,
    folder::{Folder, Stored},
};

/// Reads the bit-packed files of `dir/binarized-mnist/` (or `dir` itself) as 50000 / 10000 / 10000
/// images.
///
/// The files are `binarized_mnist_{train,valid,test}-bits-idx2-ubyte.gz` (rows of 98 bytes, see
/// [`Images::from_bits`]) and `…-labels-idx1-ubyte.gz`.
///
/// ```no_run
/// let mnist = vae_data::binarized_mnist::load("data")?;
/// assert_eq!(mnist.valid.len(), 10_000);
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Errors
///
/// If a file is missing or damaged, or is not this set's.
///
/// [`Images::from_bits`]: crate::Images::from_bits
pub fn load(dir: impl AsRef<Path>) -> Result<Splits, Error> {
    let folder = Folder::new(dir, "binarized-mnist");
    let part = |part, count| {
        let images = format!("binarized_mnist_{part}-bits-idx2-ubyte.gz");
        let labels = format!("binarized_mnist_{part}-labels-idx1-ubyte.gz");
        folder.labelled(Stored::Packed, &images, &labels, [count, 28, 28])
    };
    Ok(Splits {
        train: part("train", 50_000)?,
        valid: part("valid", 10_000)?,
        test: part("test", 10_000)?,
    })
}
