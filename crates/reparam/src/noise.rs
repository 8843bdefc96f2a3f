use crate::Philox;
use std::f64::consts::TAU;
use vae_ops::Real;

/// The address of a block of random numbers: (seed, stream, step, part).
///
/// Each use of randomness in a run has a stream of its own, named; a step is whatever counts the uses (a training
/// step, an epoch, a sample's number), a part is what may be computed side by side. There is no state: nothing to
/// save, nothing that depends on threads or on what was drawn before.
///
/// ```
/// use vae_reparam::Noise;
///
/// let noise = Noise::new(0, "latent").at(17);
/// let (mut a, mut b) = ([0.0f32; 6], [0.0f32; 4]);
/// noise.fill_normal(&mut a);
/// noise.fill_normal(&mut b);
/// assert_eq!(a[..4], b);
/// Noise::new(0, "binarize").at(17).fill_normal(&mut b);
/// assert_ne!(a[..4], b);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Noise {
    seed: u64,
    stream: u32,
    step: u32,
    part: u32,
}

impl Noise {
    /// Step 0, part 0 of a named stream of a run.
    pub const fn new(seed: u64, stream: &str) -> Self {
        let root = Self {
            seed,
            stream: 0x811c_9dc5,
            step: 0,
            part: 0,
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

    /// Another part of the same step. Parts repeat after 2³²; each holds 2³⁴ numbers.
    pub const fn part(self, part: usize) -> Self {
        Self {
            part: part as u32,
            ..self
        }
    }

    /// A generator that starts at this address.
    pub fn rng(self) -> Philox {
        Philox::at(self.key(), self.counter(0))
    }

    /// Fills `out` with independent standard normal numbers.
    ///
    /// Box and Muller's transform of 32-bit words: the tails are right up to 6.6 σ.
    pub fn fill_normal<E: Real>(self, out: &mut [E]) {
        for (block, out) in out.chunks_mut(4).enumerate() {
            let words = Philox::block(self.key(), self.counter(block as u32));
            let [a, b] = box_muller(words[0], words[1]);
            let [c, d] = box_muller(words[2], words[3]);
            out.copy_from_slice(&[a, b, c, d][..out.len()]);
        }
    }

    /// Fills `out` with independent numbers that are uniform on the open interval (0, 1).
    pub fn fill_uniform<E: Real>(self, out: &mut [E]) {
        for (block, out) in out.chunks_mut(4).enumerate() {
            let words = Philox::block(self.key(), self.counter(block as u32));
            // 23 bits and a half: exact in `f32`, and neither 0 nor 1.
            let uniform = words.map(|w| E::of((f64::from(w >> 9) + 0.5) / f64::from(1 << 23)));
            out.copy_from_slice(&uniform[..out.len()]);
        }
    }

    fn key(self) -> [u32; 2] {
        [self.seed as u32, (self.seed >> 32) as u32]
    }

    fn counter(self, block: u32) -> [u32; 4] {
        [block, self.part, self.step, self.stream]
    }
}

/// Two independent standard normal numbers from two uniform words.
fn box_muller<E: Real>(u: u32, v: u32) -> [E; 2] {
    let scale = E::of(1.0 / 4_294_967_296.0);
    let radius = (E::of(-2.0) * ((E::of(f64::from(u)) + E::of(0.5)) * scale).ln()).sqrt();
    let (sin, cos) = (E::of(f64::from(v)) * scale * E::of(TAU)).sin_cos();
    [radius * cos, radius * sin]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngCore;
    use vae_testkit::assert_ks;

    fn normal_cdf(x: f64) -> f64 {
        0.5 * libm::erfc(-x / 2f64.sqrt())
    }

    fn as_f64(x: &[f32]) -> Vec<f64> {
        x.iter().copied().map(f64::from).collect()
    }

    #[test]
    fn normals_are_normal() {
        let mut x = vec![0.0f32; 1_000_001];
        Noise::new(1, "test").fill_normal(&mut x);
        let x = as_f64(&x);
        assert_ks(&x, normal_cdf);
        let n = x.len() as f64;
        let moment = |k: i32| x.iter().map(|x| x.powi(k)).sum::<f64>() / n;
        // Within four standard errors of 0, 1, 0 and 3.
        for (k, expected, variance) in [
            (1, 0.0, 1.0),
            (2, 1.0, 2.0),
            (3, 0.0, 15.0),
            (4, 3.0, 96.0f64),
        ] {
            assert!(
                (moment(k) - expected).abs() < 4.0 * (variance / n).sqrt(),
                "moment {k}: {}",
                moment(k)
            );
        }
        let serial = x.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / n;
        assert!(serial.abs() < 4.0 / n.sqrt(), "serial correlation {serial}");
    }

    #[test]
    fn uniforms_are_uniform_and_never_reach_the_ends() {
        let mut x = vec![0.0f32; 1_000_000];
        Noise::new(2, "test").fill_uniform(&mut x);
        assert!(x.iter().all(|x| *x > 0.0 && *x < 1.0));
        assert_ks(&as_f64(&x), |x| x);
    }

    #[test]
    fn every_field_of_the_address_matters_and_fields_do_not_correlate() {
        let base = Noise::new(3, "a");
        let others = [
            Noise::new(4, "a"),
            Noise::new(3, "b"),
            base.at(1),
            base.part(1),
            base.stream("c"),
            Noise::new(3 << 32, "a"),
        ];
        let draw = |noise: Noise| {
            let mut x = vec![0.0f32; 100_000];
            noise.fill_normal(&mut x);
            x
        };
        let x = draw(base);
        for other in others {
            let product: f64 = x
                .iter()
                .zip(draw(other))
                .map(|(a, b)| f64::from(a * b))
                .sum();
            assert!(
                (product / x.len() as f64).abs() < 4.0 / (x.len() as f64).sqrt(),
                "{other:?}"
            );
        }
    }

    #[test]
    fn the_generator_reads_the_same_address() {
        let noise = Noise::new(5, "test").at(6).part(7);
        let mut rng = noise.rng();
        assert_eq!(
            rng.next_u32(),
            Philox::block(noise.key(), noise.counter(0))[0]
        );
    }

    #[test]
    fn extreme_words_stay_finite() {
        for u in [0, 1, u32::MAX] {
            let [a, b] = box_muller::<f32>(u, 12345);
            assert!(a.is_finite() && b.is_finite() && a.hypot(b) < 6.8);
        }
    }
}
