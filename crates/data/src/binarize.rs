//! Dynamic binarization: grey levels as probabilities.

use std::iter;

use rand::RngCore;

use crate::{
    Images,
    depth::{Depth, pack},
};

impl Images {
    /// Fills `out` with one Bernoulli draw a pixel, `x ~ Bernoulli(grey/255)` as 0.0 or 1.0, for
    /// the images `rows`: shape `(rows.len(), H·W)`. Drawn anew for every batch, this is *dynamic
    /// binarization* (Salakhutdinov & Murray 2008; Burda, Grosse & Salakhutdinov 2016).
    ///
    /// Grey 0 and 255 are exactly 0 and 1 and take nothing from `rng`; any other pixel compares a
    /// `u32` with a threshold, which is off its probability by less than 2⁻³². All these `u32` come
    /// from one call of `fill_bytes`, in the order of the pixels. Binary images are copied. Earlier
    /// content of `out` is dropped, its memory is reused.
    ///
    /// ```
    /// use rand::{SeedableRng, rngs::StdRng};
    /// use vae_data::Images;
    ///
    /// let image = Images::new(1, 3, vec![0, 128, 255])?;
    /// let mut x = Vec::new();
    /// image.binarize(&[0], &mut StdRng::seed_from_u64(1), &mut x);
    /// assert_eq!((x[0], x[2]), (0.0, 1.0));
    /// assert!(x[1] == 0.0 || x[1] == 1.0);
    /// # Ok::<(), vae_data::Error>(())
    /// ```
    ///
    /// # Panics
    ///
    /// If an index is not below [`len`](Self::len).
    pub fn binarize(&self, rows: &[usize], rng: &mut impl RngCore, out: &mut Vec<f32>) {
        if self.depth == Depth::Bit {
            return self.intensities(rows, out);
        }
        self.prefetch(rows);
        let blocks = rows.iter().flat_map(|&row| self.row(row).chunks(64));
        let masks: Vec<u64> = blocks.clone().map(uncertain).collect();
        let count = masks.iter().map(|mask| mask.count_ones() as usize).sum();
        let mut draws = vec![[0; 4]; count];
        rng.fill_bytes(draws.as_flattened_mut());

        out.clear();
        let mut draws = &draws[..];
        for (greys, mut mask) in iter::zip(blocks, masks) {
            let start = out.len();
            out.extend(greys.iter().map(|&grey| indicator(grey == 255)));
            let pixels = &mut out[start..];
            let (now, later) = draws.split_at(mask.count_ones() as usize);
            for &draw in now {
                let i = mask.trailing_zeros() as usize;
                mask &= mask - 1;
                pixels[i] = indicator(u32::from_le_bytes(draw) < threshold(greys[i]));
            }
            draws = later;
        }
    }

    /// One fixed draw of the whole set, as binary images with the same labels: for validation and
    /// test, which must be the same data at every evaluation.
    ///
    /// ```
    /// use rand::{SeedableRng, rngs::StdRng};
    /// use vae_data::Images;
    ///
    /// let grey = Images::new(1, 3, vec![0, 128, 255])?;
    /// let binary = grey.binarized(&mut StdRng::seed_from_u64(1));
    /// assert_eq!(binary, binary.binarized(&mut StdRng::seed_from_u64(2)));
    /// # Ok::<(), vae_data::Error>(())
    /// ```
    pub fn binarized(&self, rng: &mut impl RngCore) -> Self {
        let (mut bits, mut image) = (Vec::new(), Vec::new());
        for row in 0..self.len() {
            self.binarize(&[row], rng, &mut image);
            bits.extend(pack(&image));
        }
        self.stored_as(Depth::Bit, bits)
    }
}

/// `⌊2³²·grey/255⌋` for grey < 255: as 2³² = 255 · 0x01010101 + 1, a product is enough.
fn threshold(grey: u8) -> u32 {
    u32::from(grey) * 0x0101_0101
}

/// Which of up to 64 pixels are neither 0 nor 255, the first as the lowest bit. Visiting these
/// alone, without a branch for every pixel, is what makes binarization fast: outlines defy branch
/// prediction.
fn uncertain(greys: &[u8]) -> u64 {
    let bit = |bits, (i, grey): (usize, &u8)| bits | u8::from((1..255).contains(grey)) << i;
    let byte = |greys: &[u8]| greys.iter().enumerate().fold(0, bit);
    let eight = |mask, (i, greys)| mask | u64::from(byte(greys)) << (8 * i);
    greys.chunks(8).enumerate().fold(0, eight)
}

/// 1.0 or 0.0 by integer arithmetic; the obvious conversion compiles to a branch, which random bits
/// defeat.
fn indicator(is_one: bool) -> f32 {
    f32::from_bits(u32::from(is_one) * 1.0_f32.to_bits())
}

#[cfg(test)]
mod tests;
