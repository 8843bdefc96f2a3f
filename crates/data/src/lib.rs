//! Data sets, splits, binarization and batches: everything between a file and the pixels of a
//! batch. No tensors.
//!
//! A data set is a module with a function `load`, which takes the data directory and gives checked
//! [`Images`], mostly as [`Splits`] into training, validation and test images:
//!
//! | module | images | values | train / valid / test |
//! |---|---|---|---|
//! | [`mnist`] (part of this crate) | 28 × 28 | grey | 50000 / 10000 / 10000 |
//! | [`binarized_mnist`] | 28 × 28 | binary | 50000 / 10000 / 10000 |
//! | [`fashion_mnist`] | 28 × 28 | grey | 50000 / 10000 / 10000 |
//! | [`omniglot`] (rebuilt) | 28 × 28 | grey | 23000 / 1345 / 8115 |
//! | [`caltech101`] silhouettes | 28 × 28 | binary | 4100 / 2264 / 2307 |
//! | [`frey_faces`] | 28 × 20 | grey | 1565 / 200 / 200 |
//! | [`alphadigits`] | 20 × 16 | binary | 1404, no split |
//!
//! and for anomaly detection the tables of [`adbench`] and [`nsl_kdd`]. Own data: read them with
//! [`Idx`] or [`Npy`], or make [`Images`] of any bytes. The feature `download` adds `Source`, which
//! fetches published files. All randomness comes from a generator that the caller passes.
//!
//! One epoch of training data, binarized anew as it is drawn:
//!
//! ```
//! use std::num::NonZeroUsize;
//! use rand::{SeedableRng, rngs::StdRng};
//! use vae_data::{Batches, mnist};
//!
//! let data = mnist::bundled();
//! let batch_size = NonZeroUsize::new(128).expect("128 is not 0");
//! let mut rng = StdRng::seed_from_u64(1);
//! let mut x = Vec::new();
//! for rows in &Batches::shuffled(data.train.len(), batch_size, &mut rng) {
//!     data.train.binarize(rows, &mut rng, &mut x);
//!     assert_eq!(x.len(), rows.len() * 28 * 28);
//! }
//! ```
#![forbid(unsafe_code)]

// Data sets: to add one, imitate the file of one like it.
pub mod adbench;
pub mod alphadigits;
pub mod binarized_mnist;
pub mod caltech101;
pub mod fashion_mnist;
pub mod frey_faces;
pub mod mnist;
pub mod nsl_kdd;
pub mod omniglot;

// What they are made of.
mod batches;
mod binarize;
mod depth;
mod error;
mod idx;
mod images;
mod npy;
mod published;
mod splits;

// How their files are found and read.
#[cfg(feature = "download")]
mod download;
mod folder;
mod input;

pub use batches::Batches;
#[cfg(feature = "download")]
pub use download::Source;
pub use error::Error;
pub use idx::Idx;
pub use images::Images;
pub use npy::{Element, Npy};
pub use published::PublishedFile;
pub use splits::Splits;
