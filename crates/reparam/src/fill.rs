use crate::variate::Variate;
use crate::{Noise, Philox};
use rayon::prelude::*;

/// Numbers that are made at a time, from 16 blocks of four words.
const GROUP: usize = 64;
/// Numbers that one thread makes at a time, where there are enough for several.
const CHUNK: usize = 1 << 14;
const PARALLEL: usize = 1 << 16;

/// Fills `out` with what `V` makes of words 0 and 1, and 2 and 3, of a block: number 64g + 16j + l is the one in place j of
/// block 16g + l. The same number in the same place, wherever `out` begins and ends.
pub(crate) fn fill<V: Variate<T>, T: Copy + Default + Send>(noise: Noise, out: &mut [T]) {
    if out.len() < PARALLEL {
        numbers::<V, T>(noise, out);
    } else {
        let chunks = out.par_chunks_mut(CHUNK).enumerate();
        chunks.for_each(|(i, out)| numbers::<V, T>(noise.skip(i * CHUNK), out));
    }
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn numbers<V: Variate<T>, T: Copy + Default>(noise: Noise, out: &mut [T]) {
    let (mut at, mut rest) = (noise.start(), out);
    let mut buffer = [T::default(); GROUP];
    while !rest.is_empty() {
        let skipped = at % GROUP;
        let (now, later) = rest.split_at_mut((GROUP - skipped).min(rest.len()));
        let whole = now.first_chunk_mut().unwrap_or(&mut buffer);
        group::<V, T>(noise, at / GROUP, whole);
        if now.len() < GROUP {
            now.copy_from_slice(&buffer[skipped..][..now.len()]);
        }
        (at, rest) = (at + now.len(), later);
    }
}

/// Two loops over the lanes: one of integers that are 64 bits wide, and one of numbers.
#[inline(always)]
fn group<V: Variate<T>, T>(noise: Noise, group: usize, out: &mut [T; GROUP]) {
    let (key, first) = (noise.key(), 16 * group as u32);
    let [mut a, mut b, mut c, mut d] = [[0; 16]; 4];
    for l in 0..16 {
        let counter = noise.counter(first.wrapping_add(l as u32));
        [a[l], b[l], c[l], d[l]] = Philox::block(key, counter);
    }
    let words = [a, b, c, d];
    for j in [0, 2] {
        for l in 0..16 {
            [out[16 * j + l], out[16 * j + 16 + l]] = V::of([words[j][l], words[j + 1][l]]);
        }
    }
}
