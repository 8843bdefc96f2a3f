//! MNIST: handwritten digits, 28 × 28, grey, labels 0 to 9.
//!
//! The four original files (LeCun, Cortes & Burges 1998) are part of this crate; they state no
//! licence and are commonly redistributed under CC BY-SA 3.0. There are 60000 training and 10000
//! test images; as in the papers, the last 10000 training images are the validation set. Most
//! papers binarize the images, dynamically (see [`Images::binarize`]) or once for all
//! ([`binarized_mnist`](crate::binarized_mnist)): likelihoods of the two are not comparable with
//! each other.

use std::path::Path;

use crate::{
    Error, Idx, Images, PublishedFile, Splits,
    folder::{Folder, Stored},
};

/// The original files: training images and labels, test images and labels.
pub const FILES: [PublishedFile; 4] = [
    PublishedFile {
        name: "train-images-idx3-ubyte.gz",
        bytes: 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    },
    PublishedFile {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
    PublishedFile {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    },
    PublishedFile {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 4_542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
];

/// What [`FILES`] names.
const BUNDLE: [&[u8]; 4] = [
    include_bytes!("../assets/mnist/train-images-idx3-ubyte.gz"),
    include_bytes!("../assets/mnist/train-labels-idx1-ubyte.gz"),
    include_bytes!("../assets/mnist/t10k-images-idx3-ubyte.gz"),
    include_bytes!("../assets/mnist/t10k-labels-idx1-ubyte.gz"),
];

/// The copy in this crate, as 50000 / 10000 / 10000 images: needs no files and cannot fail.
///
/// ```
/// let mnist = vae_data::mnist::bundled();
/// assert_eq!((mnist.train.len(), mnist.valid.len(), mnist.test.len()), (50_000, 10_000, 10_000));
/// assert_eq!(mnist.train.labels().map(|labels| &labels[..5]), Some(&[5, 0, 4, 1, 9][..]));
/// ```
pub fn bundled() -> Splits {
    let parsed = |i: usize| Idx::parse(FILES[i].name, BUNDLE[i]).map(|idx| idx.bytes);
    let labelled =
        |images, labels| Images::new(28, 28, parsed(images)?)?.with_labels(parsed(labels)?);
    let splits = || Splits::from_train_test(labelled(0, 1)?, labelled(2, 3)?, 10_000);
    splits().expect("the bundled files are the published ones: a test compares their SHA-256")
}

/// What [`load`] reads from a folder, or the [`bundled`] copy where there is none: the same images.
///
/// # Errors
///
/// Those of [`load`].
pub fn open(dir: Option<&Path>) -> Result<Splits, Error> {
    dir.map_or_else(|| Ok(bundled()), load)
}

/// Reads the four [`FILES`] from `dir/mnist/` (or `dir` itself) as 50000 / 10000 / 10000 images.
///
/// # Errors
///
/// If a file is missing or damaged, or is not MNIST's.
pub fn load(dir: impl AsRef<Path>) -> Result<Splits, Error> {
    four_files(&Folder::new(dir, "mnist"), &[5, 0, 4, 1, 9])
}

/// MNIST or one of the sets made in its image. These all use the same file names, so the labels
/// tell them apart.
pub(crate) fn four_files(folder: &Folder, first_labels: &[u8]) -> Result<Splits, Error> {
    let [train_images, train_labels, test_images, test_labels] = FILES.map(|file| file.name);
    let train = folder.labelled(Stored::Grey, train_images, train_labels, [60_000, 28, 28])?;
    let test = folder.labelled(Stored::Grey, test_images, test_labels, [10_000, 28, 28])?;
    let found = &train.labels().unwrap_or_default()[..first_labels.len()];
    if found != first_labels {
        let (expected, found) = (first_labels.into(), found.into());
        return Err(Error::OtherSet {
            file: folder.file(train_labels)?,
            expected,
            found,
        });
    }
    Splits::from_train_test(train, test, 10_000)
}

#[cfg(test)]
mod tests;
