//! Omniglot: handwritten characters of 50 alphabets (Lake, Salakhutdinov & Tenenbaum 2015), 28 ×
//! 28, grey.
//!
//! *This is not the file of the papers.* They use one made for importance weighted autoencoders
//! (Burda et al. 2016), of 24345 + 8070 images reduced in an unpublished way. This set is rebuilt
//! from all 32460 originals, reduced by exact area averages; drawers 1 to 15 of each character are
//! for training, 16 to 20 for test. Compare methods with each other on it, not with published
//! likelihoods.

use std::path::Path;

use rand::RngCore;

use crate::{
    Error, Images, Splits,
    batches::permutation,
    folder::{Folder, Stored, within},
};

/// Reads the files of `dir/omniglot28-rebuilt/` (or `dir` itself) as 23000 / 1345 / 8115 images
/// with the alphabet, 0 to 49, as label. The files are sorted by alphabet, so the validation set is
/// drawn by `rng`, which also orders the training set: give it a seed of its own, the same in every
/// run. The test set is left sorted.
///
/// The files are `omniglot28_{train,test}-images-idx3-ubyte.gz` and `…-meta.npy.gz`, whose first
/// column is the alphabet.
///
/// ```no_run
/// use rand::{SeedableRng, rngs::StdRng};
///
/// let characters = vae_data::omniglot::load("data", &mut StdRng::seed_from_u64(0))?;
/// assert_eq!(characters.valid.len(), 1345);
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Errors
///
/// If a file is missing or damaged, or is not this set's.
pub fn load(dir: impl AsRef<Path>, rng: &mut impl RngCore) -> Result<Splits, Error> {
    let folder = Folder::new(dir, "omniglot28-rebuilt");
    let train = part(&folder, "train", 24_345)?;
    let train = train.subset(&permutation(train.len(), rng));
    Splits::from_train_test(train, part(&folder, "test", 8115)?, 1345)
}

fn part(folder: &Folder, part: &str, count: usize) -> Result<Images, Error> {
    let images = format!("omniglot28_{part}-images-idx3-ubyte.gz");
    let images = folder.images(Stored::Grey, &images, [count, 28, 28])?;
    let (meta, dims, values) = folder.npy::<i32, 2>(&format!("omniglot28_{part}-meta.npy.gz"))?;
    if dims != [count, 4] {
        return Err(Error::Shape {
            file: meta,
            expected: vec![count, 4],
            found: dims.into(),
        });
    }
    let alphabets: Vec<i32> = values.into_iter().step_by(4).collect();
    within(&meta, &alphabets, 49)?;
    images.with_labels(alphabets.iter().map(|&alphabet| alphabet as u8).collect())
}
