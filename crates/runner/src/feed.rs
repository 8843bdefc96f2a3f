use std::num::NonZeroUsize;
use vae_data::{Batches, Images};
use vae_losses::Examples;
use vae_reparam::Noise;

/// Images whose pixels are drawn anew from Bernoulli(grey / 255) each time they are read: the dynamic binarization of
/// Burda et al. (2016), for training.
#[derive(Clone, Debug)]
pub struct Dynamic(pub Images);

impl Examples<f32> for Dynamic {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, rows: &[usize], noise: Noise) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len() * self.0.pixels());
        self.0.binarize(rows, &mut noise.rng(), &mut out);
        out
    }
}

/// Images as they are, scaled to \[0, 1\]: grey, or binarized once and for all.
#[derive(Clone, Debug)]
pub struct Fixed(pub Images);

impl Fixed {
    /// Draws one binarization, for validation and test: the same in every run, so that their figures compare.
    pub fn binarized(images: &Images) -> Self {
        Self(images.binarized(&mut Noise::new(0, "binarize").rng()))
    }
}

impl Examples<f32> for Fixed {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len() * self.0.pixels());
        self.0.intensities(rows, &mut out);
        out
    }
}

/// A random order of `0..n`.
pub(crate) fn permutation(n: usize, noise: Noise) -> Vec<usize> {
    let order = Batches::shuffled(n, NonZeroUsize::MIN, &mut noise.rng());
    order.iter().flatten().copied().collect()
}
