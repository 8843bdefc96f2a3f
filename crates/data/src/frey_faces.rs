//! Frey faces: 1965 frames of a video of Brendan Frey's face, 28 × 20, grey, without labels.
//!
//! The papers shuffle the frames and split them 1565 / 200 / 200, but fix no order. *Such a split
//! leaks*: the frames next to a test frame, which are almost the same picture, are mostly in the
//! training set. Figures show how well a model interpolates, and only those of one split are
//! comparable. For real-valued likelihoods the pixels are customarily `(grey + ½)/256`, that is
//! `(255·x + ½)/256` of an [intensity](crate::Images::intensities) `x`.

use std::path::Path;

use rand::RngCore;

use crate::{
    Error, Splits,
    batches::permutation,
    folder::{Folder, Stored},
};

/// Reads `freyfaces-images-idx3-ubyte.gz` from `dir/frey-faces/` (or `dir` itself) as 1565 / 200 /
/// 200 images, in an order drawn from `rng`: give it a seed of its own, the same in every run.
///
/// ```no_run
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let faces = vae_data::frey_faces::load("data", &mut StdRng::seed_from_u64(0))?;
/// assert_eq!(faces.train.len(), 1565);
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Errors
///
/// If the file is missing or damaged, or is not this set's.
pub fn load(dir: impl AsRef<Path>, rng: &mut impl RngCore) -> Result<Splits, Error> {
    let folder = Folder::new(dir, "frey-faces");
    let video = folder.images(
        Stored::Grey,
        "freyfaces-images-idx3-ubyte.gz",
        [1965, 28, 20],
    )?;
    let faces = video.subset(&permutation(video.len(), rng));
    Splits::from_train_test(faces.range(0..1765), faces.range(1765..1965), 200)
}
