//! The same address and place give the same number, now and later, however it is asked for.

use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use vae_ops::Real;
use vae_reparam::Noise;

/// (number, its word, the normal number) at an address, from an implementation of Philox in Python, and Box and Muller's
/// transform in `mpmath`.
const GOLDEN: [(usize, u32, f64); 12] = [
    (0, 0x3a3ca880, 1.2678356864465685),
    (1, 0xfd89035b, 0.0723364004142153),
    (15, 0xd253850a, -0.2667980310914789),
    (16, 0x21befca3, -1.1635753640465227),
    (31, 0xee16f034, -0.5673217057546902),
    (32, 0xb866d876, -0.6338448708658716),
    (47, 0xe1cdbf1b, -0.19321980115509924),
    (48, 0x649dac96, -0.5043432060180046),
    (63, 0xafde780d, 0.46226501666223957),
    (64, 0xab08b662, 0.11268950360418392),
    (100, 0xb4230a17, 0.09803157913691833),
    (1000, 0x988750f7, -0.6142051289276355),
];

fn golden() -> Noise {
    Noise::new(0x0123_4567_89ab_cdef, "golden").at(5).part(3)
}

#[test]
fn golden_words_and_normals() {
    let (mut words, mut double, mut single) = ([0; 1001], [0.0f64; 1001], [0.0f32; 1001]);
    golden().fill_words(&mut words);
    golden().fill_normal(&mut double);
    golden().fill_normal(&mut single);
    for (i, word, normal) in GOLDEN {
        assert_eq!(words[i], word, "word {i}");
        assert!((double[i] - normal).abs() < 1e-14, "number {i}");
        let error = f64::from(single[i]) - normal;
        assert!(
            error.abs() < 5.0 * f64::from(f32::EPSILON) * normal.abs(),
            "number {i}"
        );
    }
}

/// Not whether the numbers are right, which the other tests say, but whether they are those of yesterday.
#[test]
fn no_bit_has_changed() {
    type Fill = fn(Noise, &mut [f32]);
    let fills: [(Fill, u32); 9] = [
        (|n, out| n.fill_normal(out), 0x1037ea7b),
        (|n, out| n.antithetic().fill_normal_rows(7, out), 0x99d434fe),
        (|n, out| n.sobol().fill_normal_rows(300, out), 0x2f6fcff6),
        (Noise::fill_uniform, 0x2414772d),
        (Noise::fill_exponential, 0x483cd5b9),
        (Noise::fill_gumbel, 0x51771066),
        (Noise::fill_laplace, 0xc83cd5b9),
        (Noise::fill_logistic, 0xa4472156),
        (Noise::fill_rademacher, 0xe4d70505),
    ];
    let found = fills.map(|(fill, _)| {
        let mut out = vec![0.0f32; 10_000];
        fill(golden(), &mut out);
        // FNV-1a
        out.iter().fold(0x811c_9dc5u32, |hash, x| {
            (hash ^ x.to_bits()).wrapping_mul(0x0100_0193)
        })
    });
    assert_eq!(found, fills.map(|(_, hash)| hash));
}

/// What `noise` holds from its beginning, cut at the given lengths, on so many threads.
fn in_pieces<E: Real>(
    noise: Noise,
    width: usize,
    len: usize,
    cuts: &[usize],
    threads: usize,
) -> Vec<E> {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let mut out = vec![E::zero(); len];
    let (mut start, mut rest, mut cuts) = (0, &mut out[..], cuts.iter().cycle());
    while !rest.is_empty() {
        let (now, later) = rest.split_at_mut(rest.len().min(*cuts.next().unwrap()));
        pool.install(|| noise.skip(start).fill_normal_rows(width, now));
        (start, rest) = (start + now.len(), later);
    }
    out
}

fn addresses() -> impl Strategy<Value = Noise> {
    let fields = (any::<u64>(), "[a-z]{1,8}", any::<u32>(), any::<u32>(), 0..3);
    fields.prop_map(|(seed, stream, step, part, sequence)| {
        let noise = Noise::new(seed, &stream)
            .at(step.into())
            .part(part as usize);
        [noise, noise.antithetic(), noise.sobol()][sequence as usize]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_numbers_do_not_depend_on_how_they_are_asked_for(
        noise in addresses(),
        start in 0usize..100_000,
        len in 1usize..3000,
        width in prop_oneof![1usize..400, Just(usize::MAX)],
        cuts in prop::collection::vec(1usize..700, 1..5),
        threads in 1usize..5,
    ) {
        let whole: Vec<f32> = in_pieces(noise.skip(start), width, len, &[len], 1);
        prop_assert_eq!(&whole, &in_pieces(noise.skip(start), width, len, &cuts, threads));
        let double: Vec<f64> = in_pieces(noise.skip(start), width, len, &cuts, threads);
        for (single, double) in whole.iter().zip(double) {
            prop_assert!((f64::from(*single) - double).abs() <= 5.0 * f64::from(f32::EPSILON) * double.abs());
        }
    }

    #[test]
    fn nor_on_the_number_of_threads_where_there_are_several(
        noise in addresses().prop_filter("fast", |n| *n != n.sobol()),
        start in 0usize..1000,
        width in 1usize..400,
        threads in 2usize..5,
    ) {
        let noise = noise.skip(start);
        let cut = [1, 40_000, 63, 1000];
        let whole: Vec<f32> = in_pieces(noise, width, 150_001, &[150_001], threads);
        prop_assert_eq!(whole, in_pieces::<f32>(noise, width, 150_001, &cut, 1));
    }
}
