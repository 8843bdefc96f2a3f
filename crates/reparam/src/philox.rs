use rand::{Error, RngCore, SeedableRng};

/// Philox4x32-10 (Salmon et al. 2011): a keyed bijection of a 128-bit counter, used as a generator.
///
/// ```
/// use rand::{Rng, SeedableRng};
/// use vae_reparam::Philox;
///
/// let mut rng = Philox::seed_from_u64(7);
/// let x: f64 = rng.sample(rand_distr::StandardNormal);
/// assert_eq!(x, Philox::seed_from_u64(7).sample(rand_distr::StandardNormal));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Philox {
    key: [u32; 2],
    /// Of the next block.
    counter: [u32; 4],
    block: [u32; 4],
    /// Words of `block` already handed out.
    used: usize,
}

impl Philox {
    /// Starts at a counter. Successive blocks count up its first word, and carry into the second only: the other two
    /// are the caller's.
    pub fn at(key: [u32; 2], counter: [u32; 4]) -> Self {
        Self {
            key,
            counter,
            block: [0; 4],
            used: 4,
        }
    }

    /// The four words that belong to a key and a counter.
    #[inline(always)]
    pub fn block([mut k0, mut k1]: [u32; 2], counter: [u32; 4]) -> [u32; 4] {
        // Each word in the low half of 64 bits, and nothing in particular in the high half: in a loop over counters, a
        // product is then one SIMD instruction, and its halves need not be sorted.
        const LOW: u64 = 0xffff_ffff;
        let [a, b, c, d] = counter;
        let (mut a, mut b) = (u64::from(a), u64::from(b));
        let (mut c, mut d) = (u64::from(c), u64::from(d));
        for _ in 0..10 {
            let (p, q) = (0xD251_1F53 * (a & LOW), 0xCD9E_8D57 * (c & LOW));
            (a, b) = (q >> 32 ^ b ^ u64::from(k0), q);
            (c, d) = (p >> 32 ^ d ^ u64::from(k1), p);
            // The golden ratio and √3 − 1.
            k0 = k0.wrapping_add(0x9E37_79B9);
            k1 = k1.wrapping_add(0xBB67_AE85);
        }
        [a as u32, b as u32, c as u32, d as u32]
    }
}

impl Philox {
    fn next_block(&mut self) -> [u32; 4] {
        let block = Self::block(self.key, self.counter);
        let (low, carry) = self.counter[0].overflowing_add(1);
        self.counter[0] = low;
        self.counter[1] = self.counter[1].wrapping_add(u32::from(carry));
        block
    }

    fn fill_words(&mut self, dest: &mut [u8]) {
        for chunk in dest.chunks_mut(4) {
            chunk.copy_from_slice(&self.next_u32().to_le_bytes()[..chunk.len()]);
        }
    }
}

impl RngCore for Philox {
    fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            self.block = self.next_block();
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) | u64::from(self.next_u32()) << 32
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        // The rest of the block under way, then whole blocks, then a part of one.
        let (head, dest) = dest.split_at_mut(dest.len().min(4 * (4 - self.used)));
        let (blocks, tail) = dest.as_chunks_mut::<16>();
        self.fill_words(head);
        for bytes in blocks {
            let block = self.next_block();
            for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(block) {
                *bytes = word.to_le_bytes();
            }
        }
        self.fill_words(tail);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl SeedableRng for Philox {
    /// The key and the counter, little-endian.
    type Seed = [u8; 24];

    fn from_seed(seed: Self::Seed) -> Self {
        let mut words = seed
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes));
        let mut word = || words.next().unwrap_or(0);
        Self::at([word(), word()], [word(), word(), word(), word()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_random123() {
        let f = u32::MAX;
        let pi_key = [0xa409_3822, 0x299f_31d0];
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let expect = |key, counter, block| assert_eq!(Philox::block(key, counter), block);
        expect(
            [0; 2],
            [0; 4],
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
        );
        expect(
            [f; 2],
            [f; 4],
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
        );
        expect(
            pi_key,
            pi,
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        );
    }

    #[test]
    fn hands_out_the_blocks_in_order_and_carries() {
        let mut rng = Philox::at([1, 2], [u32::MAX, 0, 3, 4]);
        let mut words = [0; 8];
        words.fill_with(|| rng.next_u32());
        assert_eq!(words[..4], Philox::block([1, 2], [u32::MAX, 0, 3, 4]));
        assert_eq!(words[4..], Philox::block([1, 2], [0, 1, 3, 4]));
    }

    #[test]
    fn bytes_are_the_words_however_they_are_asked_for() {
        let start = || Philox::at([1, 2], [u32::MAX, 0, 3, 4]);
        let mut rng = start();
        let words: Vec<u8> = (0..40).flat_map(|_| rng.next_u32().to_le_bytes()).collect();
        for before in 0..6 {
            let mut rng = start();
            for _ in 0..before {
                rng.next_u32();
            }
            let mut bytes = [0; 71];
            rng.fill_bytes(&mut bytes);
            assert_eq!(bytes, words[4 * before..][..71]);
            assert_eq!(rng.next_u32().to_le_bytes(), words[4 * before + 72..][..4]);
        }
    }
}
