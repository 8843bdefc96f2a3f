//! The numbers follow their distributions, and do not depend on each other.

use vae_ops::math::FromWord;
use vae_reparam::{Noise, fill_normal_from};
use vae_testkit::{assert_chi_square, assert_ks};

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / 2f64.sqrt())
}

fn draw(len: usize, fill: impl Fn(&mut [f32])) -> Vec<f64> {
    let mut out = vec![0.0; len];
    fill(&mut out);
    out.into_iter().map(f64::from).collect()
}

fn mean(x: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = x.len() as f64;
    x.sum::<f64>() / n
}

/// Within 4.5 standard errors: of the hundred or so comparisons made here, one fails by chance once in 1500 times.
#[track_caller]
fn assert_mean(
    what: impl std::fmt::Debug,
    x: impl ExactSizeIterator<Item = f64>,
    expected: f64,
    variance: f64,
) {
    let bound = 4.5 * (variance / x.len() as f64).sqrt();
    let error = mean(x) - expected;
    assert!(
        error.abs() < bound,
        "{what:?}: off by {error}, expected within {bound}"
    );
}

#[test]
fn ten_million_normals() {
    let x = draw(10_000_000, |out| Noise::new(1, "quality").fill_normal(out));
    assert_ks(&x, normal_cdf);

    // Cells of width 1/20 up to ±5.4 and what lies beyond: there, 0.7 numbers are expected and 10 needed, which
    // `assert_chi_square` merges.
    let edge = |i: usize| (i as f64 - 108.0) / 20.0;
    let mut observed = vec![0.0; 218];
    for x in &x {
        observed[((x * 20.0 + 109.0).floor()).clamp(0.0, 217.0) as usize] += 1.0;
    }
    let below = |i: usize| match i {
        0 => 0.0,
        218 => 1.0,
        _ => normal_cdf(edge(i - 1)),
    };
    let n = x.len() as f64;
    let expected: Vec<f64> = (0..218).map(|i| n * (below(i + 1) - below(i))).collect();
    assert_chi_square(&observed, &expected);

    for (k, expected, variance) in [
        (1, 0.0, 1.0),
        (2, 1.0, 2.0),
        (3, 0.0, 15.0),
        (4, 3.0, 96.0),
        (6, 15.0, 10_170.0),
    ] {
        assert_mean(
            ("moment", k),
            x.iter().map(|x| x.powi(k)),
            expected,
            variance,
        );
    }
    // Neighbours, partners in a pair, the same lane in the next group, and others.
    for lag in [
        1,
        2,
        3,
        7,
        8,
        15,
        16,
        17,
        31,
        32,
        33,
        48,
        63,
        64,
        65,
        128,
        1000,
        1 << 14,
    ] {
        let pairs = || x.iter().zip(&x[lag..]).take(x.len() - lag);
        let products: Vec<f64> = pairs().map(|(a, b)| a * b).collect();
        assert_mean(("lag", lag), products.into_iter(), 0.0, 1.0);
        let squares: Vec<f64> = pairs()
            .map(|(a, b)| (a * a - 1.0) * (b * b - 1.0))
            .collect();
        assert_mean(("lag of squares", lag), squares.into_iter(), 0.0, 4.0);
    }
}

#[test]
fn tails_are_right_beyond_five_standard_deviations() {
    // 2·10⁹ numbers of any one address would be needed for this; the words that make the tail do as well. With all
    // 2³² words for the radius, P(r > t) = exp(−t²/2) to 2⁻³².
    for t in [4.0f64, 5.0, 5.4, 6.0, 6.4] {
        let tail = (-0.5 * t * t).exp();
        let last = (0..=u32::MAX)
            .take_while(|w| f32::exponential(*w) as f64 > 0.5 * t * t)
            .count();
        assert!(
            (last as f64 / 2f64.powi(32) - tail).abs() < 2f64.powi(-32) + 3e-6 * tail,
            "{t}"
        );
    }
}

#[test]
fn addresses_do_not_correlate() {
    let base = Noise::new(3, "a");
    let others = [
        Noise::new(4, "a"),
        Noise::new(3 << 32, "a"),
        Noise::new(3 | 1 << 63, "a"),
        Noise::new(3, "b"),
        base.stream("c"),
        base.at(1),
        base.at(2),
        base.at(1 << 31),
        base.part(1),
        base.part(1 << 20),
        base.skip(1 << 20),
    ];
    let numbers = |noise: Noise| draw(1_000_000, |out| noise.fill_normal(out));
    let x = numbers(base);
    for other in others {
        let y = numbers(other);
        let products: Vec<f64> = x.iter().zip(&y).map(|(a, b)| a * b).collect();
        assert_mean(other, products.into_iter(), 0.0, 1.0);
    }
    // The beginnings of many: what small batches use.
    for many in [
        (0..100_000).map(|i| base.at(i)).collect::<Vec<_>>(),
        (0..100_000).map(|i| base.part(i)).collect(),
        (0..100_000).map(|i| Noise::new(i, "a")).collect(),
    ] {
        let first: Vec<f64> = many
            .into_iter()
            .map(|noise| draw(1, |out| noise.fill_normal(out))[0])
            .collect();
        assert_ks(&first, normal_cdf);
        let products: Vec<f64> = first.windows(2).map(|w| w[0] * w[1]).collect();
        assert_mean("first numbers", products.into_iter(), 0.0, 1.0);
    }
}

#[test]
fn every_fill_follows_its_distribution() {
    let noise = Noise::new(2, "quality");
    let n = 1_000_000;
    let uniform = draw(n, |out| noise.fill_uniform(out));
    assert!(uniform.iter().all(|u| *u > 0.0 && *u < 1.0));
    assert_ks(&uniform, |u| u);
    // All 24 bits of the numbers above ½, and so the last.
    let odd = |u: &f64| (u * 2f64.powi(24)) as u64 % 2 == 1;
    let odd: Vec<f64> = uniform
        .iter()
        .filter(|u| **u > 0.5)
        .map(|u| f64::from(odd(u)))
        .collect();
    assert_mean("last bit", odd.into_iter(), 0.5, 0.25);

    let exponential = draw(n, |out| noise.fill_exponential(out));
    assert!(exponential.iter().all(|x| *x > 0.0));
    assert_ks(&exponential, |x| -(-x).exp_m1());
    assert_ks(&draw(n, |out| noise.fill_gumbel(out)), |x| {
        (-(-x).exp()).exp()
    });
    assert_ks(&draw(n, |out| noise.fill_laplace(out)), |x| {
        if x < 0.0 {
            0.5 * x.exp()
        } else {
            1.0 - 0.5 * (-x).exp()
        }
    });
    assert_ks(&draw(n, |out| noise.fill_logistic(out)), |x| {
        1.0 / (1.0 + (-x).exp())
    });
    assert_ks(
        &draw(n, |out| fill_normal_from(&mut noise.rng(), out)),
        normal_cdf,
    );
    let signs = draw(n, |out| noise.fill_rademacher(out));
    assert!(signs.iter().all(|s| s.abs() == 1.0));
    assert_mean("signs", signs.iter().copied(), 0.0, 1.0);
    let products: Vec<f64> = signs.windows(2).map(|w| w[0] * w[1]).collect();
    assert_mean("signs in turn", products.into_iter(), 0.0, 1.0);
}

#[test]
fn single_and_double_precision_agree() {
    type Fills = (fn(Noise, &mut [f32]), fn(Noise, &mut [f64]), f64, f64);
    // The errors that are documented, in units of 2⁻²³: relative to the number, and absolute.
    let fills: [Fills; 7] = [
        (Noise::fill_normal, Noise::fill_normal, 5.0, 0.0),
        (Noise::fill_uniform, Noise::fill_uniform, 0.75, 0.0),
        (Noise::fill_exponential, Noise::fill_exponential, 2.7, 0.0),
        (Noise::fill_gumbel, Noise::fill_gumbel, 0.5, 2.7),
        (Noise::fill_laplace, Noise::fill_laplace, 2.7, 0.0),
        (Noise::fill_logistic, Noise::fill_logistic, 2.7, 1.0),
        (Noise::fill_rademacher, Noise::fill_rademacher, 0.0, 0.0),
    ];
    for (i, (single, double, relative, absolute)) in fills.into_iter().enumerate() {
        let (mut a, mut b) = (vec![0.0; 1_000_000], vec![0.0; 1_000_000]);
        single(Noise::new(4, "quality"), &mut a);
        double(Noise::new(4, "quality"), &mut b);
        let worst = a.iter().zip(&b).map(|(a, b)| {
            ((f64::from(*a) - b).abs() / f64::from(f32::EPSILON)) / (relative * b.abs() + absolute)
        });
        let worst = worst.fold(0.0, f64::max);
        assert!(worst <= 1.0, "fill {i}: {worst} of what is allowed");
    }
}
