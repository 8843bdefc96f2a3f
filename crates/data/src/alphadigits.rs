//! Binary Alphadigits (S. Roweis): small binary digits and capital letters, 20 × 16, labels 0 to 35
//! for 0–9 and A–Z.
//!
//! 39 images of each class, sorted by class: handy for quick experiments, too few for figures worth
//! reporting.

use std::path::Path;

use crate::{
    Error, Images,
    folder::{Folder, Stored},
};

/// Reads `alphadigs-images-idx3-ubyte.gz` and `alphadigs-labels-idx1-ubyte.gz` from
/// `dir/binary-alphadigits/` (or `dir` itself): all 1404 images, as there is no customary split.
///
/// ```no_run
/// let letters = vae_data::alphadigits::load("data")?;
/// assert_eq!(letters.len(), 36 * 39);
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Errors
///
/// If a file is missing or damaged, or is not this set's.
pub fn load(dir: impl AsRef<Path>) -> Result<Images, Error> {
    let folder = Folder::new(dir, "binary-alphadigits");
    let (images, labels) = (
        "alphadigs-images-idx3-ubyte.gz",
        "alphadigs-labels-idx1-ubyte.gz",
    );
    folder.labelled(Stored::ZeroOne, images, labels, [36 * 39, 20, 16])
}
