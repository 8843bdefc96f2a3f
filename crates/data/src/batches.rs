//! Mini-batches of row indices.

use std::{num::NonZeroUsize, slice::Chunks};

use rand::{RngCore, seq::SliceRandom};

/// One epoch's batches: every row index once; the last batch may be smaller.
///
/// ```
/// use std::num::NonZeroUsize;
/// use rand::{SeedableRng, rngs::StdRng};
/// use vae_data::Batches;
///
/// let batch_size = NonZeroUsize::new(4).expect("4 is not 0");
/// let batches = Batches::shuffled(10, batch_size, &mut StdRng::seed_from_u64(1));
/// let sizes: Vec<usize> = batches.iter().map(|rows| rows.len()).collect();
/// assert_eq!(sizes, [4, 4, 2]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batches {
    order: Vec<usize>,
    batch_size: NonZeroUsize,
}

impl Batches {
    /// The rows `0..n` in random order (Fisher & Yates' shuffle), for training.
    ///
    /// The order depends on nothing but `n` and the state of `rng`. Give every epoch a generator of
    /// its own, addressed by (seed, epoch): then a resumed run sees the batches of an uninterrupted
    /// one.
    pub fn shuffled(n: usize, batch_size: NonZeroUsize, rng: &mut impl RngCore) -> Self {
        Self {
            order: permutation(n, rng),
            batch_size,
        }
    }

    /// The rows `0..n` in order, for evaluation.
    pub fn in_order(n: usize, batch_size: NonZeroUsize) -> Self {
        Self {
            order: (0..n).collect(),
            batch_size,
        }
    }

    /// The number of batches, `⌈n / batch_size⌉`.
    pub fn len(&self) -> usize {
        self.order.len().div_ceil(self.batch_size.get())
    }

    /// Whether there is no batch, as of an empty set.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The batches, each a slice of row indices.
    pub fn iter(&self) -> Chunks<'_, usize> {
        self.order.chunks(self.batch_size.get())
    }
}

impl<'a> IntoIterator for &'a Batches {
    type Item = &'a [usize];
    type IntoIter = Chunks<'a, usize>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The indices `0..n` in random order, all orders alike.
pub(crate) fn permutation(n: usize, rng: &mut impl RngCore) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn shuffled(n: usize, batch_size: usize, seed: u64) -> Batches {
        let batch_size = NonZeroUsize::new(batch_size).unwrap();
        Batches::shuffled(n, batch_size, &mut StdRng::seed_from_u64(seed))
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_batch(
            n in 0_usize..200,
            batch_size in 1_usize..50,
            seed in any::<u64>(),
        ) {
            let batches = shuffled(n, batch_size, seed);
            let sizes: Vec<usize> = batches.iter().map(<[usize]>::len).collect();
            prop_assert_eq!(sizes.len(), batches.len());
            prop_assert_eq!(sizes.is_empty(), batches.is_empty());
            if let Some((last, full)) = sizes.split_last() {
                prop_assert!(full.iter().all(|&size| size == batch_size));
                prop_assert_eq!(*last, n - full.len() * batch_size);
            }
            let mut rows = batches.iter().collect::<Vec<_>>().concat();
            rows.sort();
            prop_assert_eq!(rows, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_order_depends_on_the_generator_alone() {
        assert_eq!(shuffled(100, 10, 7), shuffled(100, 10, 7));
        assert_ne!(shuffled(100, 10, 7), shuffled(100, 10, 8));
        assert_eq!(shuffled(100, 10, 7).order, shuffled(100, 33, 7).order);
    }

    #[test]
    fn in_order_is_in_order() {
        let batches = Batches::in_order(5, NonZeroUsize::new(2).unwrap());
        assert_eq!(
            batches.into_iter().collect::<Vec<_>>(),
            [&[0, 1][..], &[2, 3], &[4]]
        );
    }

    /// All 24 orders of four rows are alike: χ² with 23 degrees of freedom is below 49.7 with
    /// probability 0.999.
    #[test]
    fn all_orders_are_alike() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut counts = std::collections::HashMap::new();
        for _ in 0..24_000 {
            *counts.entry(permutation(4, &mut rng)).or_insert(0) += 1;
        }
        let chi_square: f64 = counts
            .values()
            .map(|&count| f64::from(count - 1000).powi(2) / 1000.0)
            .sum();
        assert_eq!(counts.len(), 24);
        assert!(chi_square < 49.7, "{chi_square}");
    }
}
