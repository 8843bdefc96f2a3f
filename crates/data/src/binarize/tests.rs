use proptest::{collection::vec, prelude::*};
use rand::{Error, RngCore, SeedableRng, rngs::StdRng};

use super::*;

/// A generator that must not be used.
struct Untouchable;

impl RngCore for Untouchable {
    fn next_u32(&mut self) -> u32 {
        panic!("a draw was taken")
    }

    fn next_u64(&mut self) -> u64 {
        panic!("a draw was taken")
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        assert!(bytes.is_empty(), "draws were taken");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

/// The definition, one pixel after the other.
fn reference(greys: &[u8], rng: &mut impl RngCore) -> Vec<f32> {
    let draw = |&grey: &u8| match grey {
        0 => 0.0,
        255 => 1.0,
        _ if u64::from(rng.next_u32()) < (u64::from(grey) << 32) / 255 => 1.0,
        _ => 0.0,
    };
    greys.iter().map(draw).collect()
}

proptest! {
    #[test]
    fn the_fast_path_is_the_definition(
        height in 1_usize..12,
        width in 1_usize..20,
        greys in vec(prop_oneof![Just(0), Just(255), any::<u8>()], 12 * 20 * 2),
        seed in any::<u64>(),
    ) {
        let pixels = height * width;
        let images = Images::new(height, width, greys[..2 * pixels].to_vec()).unwrap();
        let mut x = vec![0.5; 7];
        images.binarize(&[1, 0, 1], &mut StdRng::seed_from_u64(seed), &mut x);
        let (first, second) = greys[..2 * pixels].split_at(pixels);
        let rows = [second, first, second].concat();
        prop_assert_eq!(x, reference(&rows, &mut StdRng::seed_from_u64(seed)));
    }
}

/// The frequency is within five standard errors of grey/255 at every grey level. With 254 of them a
/// right program fails at one seed in 7000, and the seed is fixed.
#[test]
fn frequencies_are_intensities() {
    const DRAWS: usize = 20_000;
    let levels = Images::new(16, 16, (0..=255).collect()).unwrap();
    let mut x = Vec::new();
    levels.binarize(&[0; DRAWS], &mut StdRng::seed_from_u64(1), &mut x);
    for grey in 0..256 {
        let ones: f32 = x.iter().skip(grey).step_by(256).sum();
        let (frequency, p) = (f64::from(ones) / DRAWS as f64, grey as f64 / 255.0);
        let standard_error = (p * (1.0 - p) / DRAWS as f64).sqrt();
        assert!(
            (frequency - p).abs() <= 5.0 * standard_error,
            "grey {grey}: {frequency}"
        );
    }
}

/// In units of 2⁻³²: `0 ≤ 255·p − 255·threshold < 255`.
#[test]
fn thresholds_are_off_by_less_than_one_draw() {
    for grey in 0..255_u8 {
        let exact = u64::from(grey) << 32;
        assert!(
            (0..255).contains(&(exact - 255 * u64::from(threshold(grey)))),
            "grey {grey}"
        );
    }
}

#[test]
fn certain_pixels_take_no_draw() {
    let images = Images::new(1, 3, vec![0, 255, 0, 255, 255, 0]).unwrap();
    let mut x = Vec::new();
    images.binarize(&[0, 1], &mut Untouchable, &mut x);
    assert_eq!(x, [0.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
    images
        .binarized(&mut Untouchable)
        .binarize(&[1], &mut Untouchable, &mut x);
    assert_eq!(x, [1.0, 1.0, 0.0]);
}

#[test]
fn a_fixed_draw_is_a_binary_copy_with_the_labels() {
    let greys: Vec<u8> = (0..2 * 99).collect();
    let images = Images::new(9, 11, greys.clone())
        .unwrap()
        .with_labels(vec![4, 2])
        .unwrap();
    let binary = images.binarized(&mut StdRng::seed_from_u64(3));
    let mut x = Vec::new();
    binary.intensities(&[0, 1], &mut x);
    assert_eq!(x, reference(&greys, &mut StdRng::seed_from_u64(3)));
    assert_eq!(binary.labels(), Some(&[4, 2][..]));
    assert_eq!(
        (binary.height(), binary.width(), binary.depth),
        (9, 11, Depth::Bit)
    );
}
