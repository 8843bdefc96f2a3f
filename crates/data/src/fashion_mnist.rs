//! Fashion-MNIST: articles of clothing, 28 × 28, grey, labels 0 to 9.
//!
//! By Xiao, Rasul & Vollgraf (2017), in MNIST's format and under MNIST's file names. 60000 training
//! and 10000 test images; the last 10000 training images are the validation set.

use std::path::Path;

use crate::{Error, PublishedFile, Splits, folder::Folder, mnist};

/// What the labels mean.
pub const CLASSES: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// The original files: training images and labels, test images and labels.
pub const FILES: [PublishedFile; 4] = [
    PublishedFile {
        name: "train-images-idx3-ubyte.gz",
        bytes: 26_421_880,
        sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    },
    PublishedFile {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 29_515,
        sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    },
    PublishedFile {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 4_422_102,
        sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    },
    PublishedFile {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 5_148,
        sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
];

/// Reads the four [`FILES`] from `dir/fashion-mnist/` (or `dir` itself) as 50000 / 10000 / 10000
/// images.
///
/// ```no_run
/// let fashion = vae_data::fashion_mnist::load("data")?;
/// assert_eq!(fashion.train.len(), 50_000);
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Errors
///
/// If a file is missing or damaged, or is not Fashion-MNIST's.
pub fn load(dir: impl AsRef<Path>) -> Result<Splits, Error> {
    mnist::four_files(&Folder::new(dir, "fashion-mnist"), &[9, 0, 0, 3, 0])
}
