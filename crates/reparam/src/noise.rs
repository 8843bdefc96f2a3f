use crate::fill::fill;
use crate::sequence::{Sequence, fill_antithetic};
use crate::sobol::fill_sobol;
use crate::{Philox, variate};
use vae_ops::Real;

/// The address of a block of random numbers: (seed, stream, step, part), and where in the block to begin.
///
/// Each use of randomness in a run has a stream of its own, named; a step is whatever counts the uses (a training
/// step, an epoch, a sample's number), a part is what may be computed side by side. There is no state: nothing to
/// save, nothing that depends on threads or on what was drawn before.
///
/// A number depends on its address and its place alone, to the bit in `f32`: not on the number of threads, the
/// instruction set, or the other numbers that are asked for. Number 64g + 16j + l is made of word j of block
/// 16g + l of [`Philox`], whose counter is (block, part, step, stream) and whose key is the seed; the normal numbers at
/// j = 0 and 1, and at 2 and 3, are made of the words of both. So a short fill is the beginning of a long one, and
/// [`skip`](Self::skip) begins anywhere. In `f64` the same words make the same numbers, by the functions of the
/// platform.
///
/// ```
/// use vae_reparam::Noise;
///
/// let noise = Noise::new(0, "latent").at(17);
/// let (mut a, mut b) = ([0.0f32; 6], [0.0f32; 4]);
/// noise.fill_normal(&mut a);
/// noise.fill_normal(&mut b);
/// assert_eq!(a[..4], b);
/// noise.skip(2).fill_normal(&mut b);
/// assert_eq!(a[2..], b);
/// Noise::new(0, "binarize").at(17).fill_normal(&mut b);
/// assert_ne!(a[..4], b);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Noise {
    seed: u64,
    stream: u32,
    step: u32,
    part: u32,
    start: usize,
    sequence: Sequence,
}

impl Noise {
    /// Step 0, part 0 of a named stream of a run.
    pub const fn new(seed: u64, stream: &str) -> Self {
        let root = Self {
            seed,
            stream: 0x811c_9dc5,
            step: 0,
            part: 0,
            start: 0,
            sequence: Sequence::Independent,
        };
        root.stream(stream)
    }

    /// A stream of its own below this one, at the same step and part: for a function that needs noise for two purposes.
    pub const fn stream(self, name: &str) -> Self {
        // FNV-1a: the names in use are few.
        let (bytes, mut hash, mut i) = (name.as_bytes(), self.stream, 0);
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u32).wrapping_mul(0x0100_0193);
            i += 1;
        }
        Self {
            stream: hash,
            ..self
        }
    }

    /// The same stream at another step. Steps repeat after 2³².
    pub const fn at(self, step: u64) -> Self {
        Self {
            step: step as u32,
            ..self
        }
    }

    /// Another part of the same step. Parts repeat after 2³²; each holds 2³⁴ numbers, which repeat after that.
    pub const fn part(self, part: usize) -> Self {
        Self {
            part: part as u32,
            ..self
        }
    }

    /// The same numbers from the one `count` further on: what a fill of the whole block has there. Free where `count` is
    /// a multiple of 64. [`rng`](Self::rng) is not concerned.
    pub const fn skip(self, count: usize) -> Self {
        Self {
            start: self.start + count,
            ..self
        }
    }

    /// The address with antithetic pairs instead of independent normal numbers: of two rows of
    /// [`fill_normal_rows`](Self::fill_normal_rows), the second is the first with the opposite sign. An average over a
    /// pair is exact for what is odd in the noise.
    ///
    /// ```
    /// use vae_reparam::Noise;
    ///
    /// let mut e = [0.0f32; 6];
    /// Noise::new(0, "latent").antithetic().fill_normal_rows(3, &mut e);
    /// assert_eq!([e[3], e[4], e[5]], [-e[0], -e[1], -e[2]]);
    /// ```
    pub const fn antithetic(self) -> Self {
        Self {
            sequence: Sequence::Antithetic,
            ..self
        }
    }

    /// The address with a scrambled Sobol sequence instead of independent normal numbers: row i of
    /// [`fill_normal_rows`](Self::fill_normal_rows) is point i of a randomized quasi-Monte Carlo rule (Buchholz, Wenzel
    /// and Mandt 2018). Each row is standard normal, so averages over rows are unbiased; with a smooth integrand of few
    /// dimensions, their variance is far lower than with as many independent rows, best for powers of two.
    ///
    /// Owen's scrambling as Burley (2020) hashes it, with the direction numbers of Joe and Kuo for 2¹⁶ points in 256
    /// dimensions; normal numbers by the inverse of Φ from 32 bits (tails up to 6.3 σ). Each 256 dimensions and each 2¹⁶
    /// points more are scrambled anew, hence independent of the others.
    ///
    /// ```
    /// use vae_reparam::Noise;
    ///
    /// let mut e = [0.0f64; 256];
    /// Noise::new(0, "latent").sobol().fill_normal_rows(1, &mut e);
    /// let mean = e.iter().sum::<f64>() / 256.0;
    /// assert!(mean.abs() < 0.01); // the standard error of independent noise is 0.06
    /// ```
    pub const fn sobol(self) -> Self {
        Self {
            sequence: Sequence::Sobol,
            ..self
        }
    }

    /// A generator that starts at this address.
    pub fn rng(self) -> Philox {
        Philox::at(self.key(), self.counter(0))
    }

    /// Fills `out` with standard normal numbers: those of one row, without end, of
    /// [`fill_normal_rows`](Self::fill_normal_rows). Independent ones, then, or a single point of a Sobol sequence.
    pub fn fill_normal<E: Real>(self, out: &mut [E]) {
        self.fill_normal_rows(usize::MAX, out);
    }

    /// Fills `out` with standard normal numbers, in rows of `width` numbers each: the one place where it matters whether
    /// the address is that of independent noise, of antithetic pairs or of a Sobol sequence. Only for the latter two does
    /// the width make a difference.
    ///
    /// Box and Muller's transform (1958) of 32-bit words: all bits of an `f32` are used, and the tails are right up to
    /// 6.7 σ. Error at most 5 ulp in `f32`.
    pub fn fill_normal_rows<E: Real>(self, width: usize, out: &mut [E]) {
        if out.is_empty() {
            return;
        }
        match self.sequence {
            Sequence::Independent => fill::<variate::Normal, E>(self, out),
            Sequence::Antithetic => fill_antithetic(self, width, out),
            Sequence::Sobol => fill_sobol(self, width, out),
        }
    }

    /// Fills `out` with independent numbers uniform on the open interval (0, 1): u = (w + ½)/2³² for a word w, rounded to
    /// nearest in `f32`, but never to 1.
    pub fn fill_uniform<E: Real>(self, out: &mut [E]) {
        fill::<variate::Uniform, E>(self, out);
    }

    /// Fills `out` with independent exponential numbers of rate 1, −ln u: positive, and right up to 22.
    pub fn fill_exponential<E: Real>(self, out: &mut [E]) {
        fill::<variate::Exponential, E>(self, out);
    }

    /// Fills `out` with independent standard Gumbel numbers, −ln(−ln u), right from −3.1 to 22.
    pub fn fill_gumbel<E: Real>(self, out: &mut [E]) {
        fill::<variate::Gumbel, E>(self, out);
    }

    /// Fills `out` with independent standard Laplace numbers, of density exp(−|x|)/2: ± ln u, right up to ±21.
    pub fn fill_laplace<E: Real>(self, out: &mut [E]) {
        fill::<variate::Laplace, E>(self, out);
    }

    /// Fills `out` with independent standard logistic numbers, ln u − ln(1 − u), right up to ±22. In `f32` the error is
    /// absolute near 0, 10⁻⁷.
    pub fn fill_logistic<E: Real>(self, out: &mut [E]) {
        fill::<variate::Logistic, E>(self, out);
    }

    /// Fills `out` with independent signs, −1 or 1 with probability ½ each.
    pub fn fill_rademacher<E: Real>(self, out: &mut [E]) {
        fill::<variate::Rademacher, E>(self, out);
    }

    /// Fills `out` with the words themselves, of which all the others are made.
    pub fn fill_words(self, out: &mut [u32]) {
        fill::<variate::Word, u32>(self, out);
    }

    #[inline(always)]
    pub(crate) fn key(self) -> [u32; 2] {
        [self.seed as u32, (self.seed >> 32) as u32]
    }

    #[inline(always)]
    pub(crate) fn counter(self, block: u32) -> [u32; 4] {
        [block, self.part, self.step, self.stream]
    }

    #[inline(always)]
    pub(crate) fn start(self) -> usize {
        self.start
    }

    /// Independent numbers from this one on.
    pub(crate) fn independent_from(self, start: usize) -> Self {
        Self {
            start,
            sequence: Sequence::Independent,
            ..self
        }
    }
}
