use crate::sequence::rows;
use crate::{Noise, Philox};
use rayon::prelude::*;
use sobol_burley::NUM_DIMENSIONS;
use sobol_burley::parts::{owen_scramble_rev, sobol_rev};
use vae_distributions::probit;
use vae_ops::{Real, math::FromWord};

/// Numbers that one thread makes at a time: each takes hundreds of times as long as an independent one.
const CHUNK: usize = 1 << 10;
/// Points of which the sequence is made; 16 bits is what the direction numbers of `sobol_burley` have.
const POINTS: usize = 1 << 16;
const DIMENSIONS: usize = NUM_DIMENSIONS as usize;

/// Row i becomes the normal quantiles of point i of a scrambled Sobol sequence in `width` dimensions.
pub(crate) fn fill_sobol<E: Real>(noise: Noise, width: usize, out: &mut [E]) {
    let noise = noise.stream("Sobol");
    out.par_chunks_mut(CHUNK).enumerate().for_each(|(i, out)| {
        for (row, first, out) in rows(noise.start() + i * CHUNK, width, out) {
            let scramble = Scramble::new(noise, row / POINTS);
            for (column, out) in (first..).zip(out) {
                let word = scramble.word(row % POINTS, column);
                *out = E::of(probit(f64::uniform(word)));
            }
        }
    });
}

/// The random numbers that scramble one sequence of 2¹⁶ points.
#[derive(Clone, Copy)]
struct Scramble {
    key: [u32; 2],
    counter: [u32; 2],
}

impl Scramble {
    fn new(noise: Noise, sequence: usize) -> Self {
        let [k0, k1, c0, c1] = Philox::block(noise.key(), noise.counter(sequence as u32));
        Self {
            key: [k0, k1],
            counter: [c0, c1],
        }
    }

    /// The coordinate of a point, as a binary fraction of 32 digits: Owen's scrambling (1995) of its digits, and of those
    /// of its index, by the hash of Laine and Karras (Burley 2020). The scrambling of the index differs from one block
    /// of dimensions to the next, which makes the blocks independent of each other.
    fn word(self, point: usize, column: usize) -> u32 {
        let (block, dimension) = (column / DIMENSIONS, column % DIMENSIONS);
        let index = owen_scramble_rev((point as u32).reverse_bits(), self.seed(0, block));
        let digits = sobol_rev(index, dimension as u32);
        owen_scramble_rev(digits, self.seed(1, column)).reverse_bits()
    }

    fn seed(self, purpose: u32, index: usize) -> u32 {
        let [c0, c1] = self.counter;
        Philox::block(self.key, [index as u32, purpose, c0, c1])[0]
    }
}
