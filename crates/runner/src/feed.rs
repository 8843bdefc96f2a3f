use std::num::NonZeroUsize;
use vae_data::{Batches, Images, Splits};
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

/// Images that are the same each time, scaled to \[0, 1\]: grey, or binarized once and for all.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// What a model reads.
    pub data: Images,
    /// What pictures show.
    pub originals: Images,
}

impl Fixed {
    /// The images as they are.
    pub fn grey(images: Images) -> Self {
        Self {
            data: images.clone(),
            originals: images,
        }
    }

    /// One binarization, for validation and test: the same in every run, so that their figures compare.
    pub fn binarized(images: Images) -> Self {
        Self {
            data: images.binarized(&mut Noise::new(0, "binarize").rng()),
            originals: images,
        }
    }
}

impl Examples<f32> for Fixed {
    fn len(&self) -> usize {
        self.data.len()
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<f32> {
        let mut out = Vec::with_capacity(rows.len() * self.data.pixels());
        self.data.intensities(rows, &mut out);
        out
    }
}

/// The parts of a set of images, as a model of binary pixels reads them.
#[derive(Clone, Debug)]
pub struct Binarized {
    /// Drawn anew each time.
    pub train: Dynamic,
    /// Drawn once.
    pub valid: Fixed,
    /// Drawn once.
    pub test: Fixed,
}

impl From<Splits> for Binarized {
    fn from(splits: Splits) -> Self {
        Self {
            train: Dynamic(splits.train),
            valid: Fixed::binarized(splits.valid),
            test: Fixed::binarized(splits.test),
        }
    }
}

/// Examples that are images, for a report that shows some of them.
pub trait Pictured: Examples<f32> {
    /// The images as they came.
    fn originals(&self) -> &Images;
}

impl Pictured for Dynamic {
    fn originals(&self) -> &Images {
        &self.0
    }
}

impl Pictured for Fixed {
    fn originals(&self) -> &Images {
        &self.originals
    }
}

impl<D: Pictured, const C: usize> Pictured for Labelled<D, C> {
    fn originals(&self) -> &Images {
        self.0.originals()
    }
}

/// Images with their class as side input, one of `C`, one-hot: for a conditional model.
///
/// ```
/// use vae_data::mnist;
/// use vae_losses::Examples;
/// use vae_runner::{Fixed, Labelled};
///
/// let digits = Labelled::<Fixed, 10>(Fixed::grey(mnist::bundled().test));
/// let label = digits.0.originals.labels().unwrap()[5];
/// assert_eq!(digits.side(&[5])[usize::from(label)], 1.0);
/// ```
#[derive(Clone, Debug)]
pub struct Labelled<D, const C: usize>(pub D);

impl<D: Pictured, const C: usize> Examples<f32> for Labelled<D, C> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, rows: &[usize], noise: Noise) -> Vec<f32> {
        self.0.load(rows, noise)
    }

    /// Nothing if the images have no classes.
    ///
    /// # Panics
    /// If there is a class beyond `C`.
    fn side(&self, rows: &[usize]) -> Vec<f32> {
        let Some(labels) = self.originals().labels() else {
            return Vec::new();
        };
        let mut side = vec![0.0; rows.len() * C];
        for (row, side) in rows.iter().zip(side.chunks_exact_mut(C)) {
            side[usize::from(labels[*row])] = 1.0;
        }
        side
    }
}

/// Some of a set of examples.
#[derive(Clone, Debug)]
pub(crate) struct Subset<'a, D> {
    pub of: &'a D,
    pub rows: Vec<usize>,
}

impl<D> Subset<'_, D> {
    fn of_all(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().map(|row| self.rows[*row]).collect()
    }
}

impl<D: Examples<f32>> Examples<f32> for Subset<'_, D> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn load(&self, rows: &[usize], noise: Noise) -> Vec<f32> {
        self.of.load(&self.of_all(rows), noise)
    }

    fn side(&self, rows: &[usize]) -> Vec<f32> {
        self.of.side(&self.of_all(rows))
    }
}

/// A random order of `0..n`.
pub(crate) fn permutation(n: usize, noise: Noise) -> Vec<usize> {
    let order = Batches::shuffled(n, NonZeroUsize::MIN, &mut noise.rng());
    order.iter().flatten().copied().collect()
}
