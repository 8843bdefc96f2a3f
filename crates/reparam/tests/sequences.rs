//! Antithetic pairs and scrambled Sobol sequences, in the place of independent noise.

use vae_reparam::Noise;
use vae_testkit::assert_ks;

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / 2f64.sqrt())
}

fn draw(noise: Noise, rows: usize, width: usize) -> Vec<f64> {
    let mut out = vec![0.0; rows * width];
    noise.fill_normal_rows(width, &mut out);
    out
}

const NOISE: Noise = Noise::new(0, "sequences");

/// The mean over the rows of f, for 400 independent addresses.
fn estimates(noise: Noise, rows: usize, width: usize, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let estimate = |step| {
        let z = draw(noise.at(step), rows, width);
        z.chunks(width).map(&f).sum::<f64>() / rows as f64
    };
    (0..400).map(estimate).collect()
}

fn mean_and_variance(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, variance)
}

#[test]
fn antithetic_pairs_are_exact_for_odd_functions() {
    let odd = |z: &[f64]| (z[0] * z[1] * z[2]).sinh() + z[2];
    for estimate in estimates(NOISE.antithetic(), 2, 3, odd) {
        assert_eq!(estimate, 0.0);
    }
    let z = draw(NOISE.antithetic(), 200_000, 3);
    assert_ks(&z[..], normal_cdf);
    // The first of each pair is the independent noise of half as many rows.
    let half = draw(NOISE, 100_000, 3);
    for (pair, row) in z.chunks(6).zip(half.chunks(3)) {
        assert_eq!(pair[..3], *row);
    }
}

#[test]
fn one_row_is_a_row_of_many() {
    for noise in [NOISE, NOISE.antithetic(), NOISE.sobol()] {
        let mut row = [0.0f64; 40];
        noise.fill_normal(&mut row);
        assert_eq!(row[..], draw(noise, 2, 40)[..40]);
    }
}

#[test]
fn quasi_monte_carlo_is_unbiased_and_far_better() {
    // With s = Σ zⱼ / √d, standard normal, and all dimensions of the same importance: the means of these are known.
    type Of = fn(f64) -> f64;
    let functions: [(&str, Of, f64); 3] = [
        ("cos", f64::cos, (-0.5f64).exp()),
        ("exp", f64::exp, 0.5f64.exp()),
        ("square", |s| s * s, 1.0),
    ];
    for (name, f, exact) in functions {
        // How many times lower the variance has to be: three quarters of what the worst of the three is found to have.
        for (width, times) in [(1, 20.0), (2, 14.0), (8, 7.0), (32, 2.8)] {
            let of_row = |z: &[f64]| f(z.iter().sum::<f64>() / (width as f64).sqrt());
            let (mean, variance) = mean_and_variance(&estimates(NOISE.sobol(), 256, width, of_row));
            assert!(
                (mean - exact).abs() < 4.0 * (variance / 400.0).sqrt(),
                "{name} in {width}: {mean}"
            );
            let (_, independent) = mean_and_variance(&estimates(NOISE, 256, width, of_row));
            let ratio = independent / variance;
            assert!(ratio > times, "{name} in {width} dimensions: {ratio}");
        }
    }
}

#[test]
fn sobol_points_are_stratified() {
    // One of 256 points in each of 256 equal parts, in every dimension and in every aligned block of the sequence, beyond
    // the first 256 dimensions and 2¹⁶ points too.
    let part = |z: f64, parts: f64| (normal_cdf(z) * parts) as usize;
    for first in [0, 256, (1 << 16) - 256, 1 << 16] {
        let width = 600;
        let mut z = vec![0.0f64; 256 * width];
        NOISE
            .sobol()
            .skip(first * width)
            .fill_normal_rows(width, &mut z);
        for column in (0..width).step_by(7) {
            let mut seen = [false; 256];
            z.chunks(width)
                .for_each(|row| seen[part(row[column], 256.0)] = true);
            assert!(
                seen.iter().all(|seen| *seen),
                "column {column} of the points from {first}"
            );
        }
        // The first two dimensions are a (0, 8, 2)-net: one point in each box of 2⁻ᵏ by 2ᵏ⁻⁸.
        for k in 0..=8 {
            let (rows, columns) = (1 << k, 256 >> k);
            let mut seen = [false; 256];
            for row in z.chunks(width) {
                seen[part(row[0], rows as f64) * columns + part(row[1], columns as f64)] = true;
            }
            assert!(seen.iter().all(|seen| *seen), "boxes of {rows} × {columns}");
        }
    }
}

#[test]
fn sobol_numbers_are_normal_and_scrambled_anew() {
    // Of 20 000 addresses one number each, anywhere in a sequence; within one sequence a test of fit would be too good.
    for skip in [0, 299, 300 * 77, 300 * (1 << 16) + 5] {
        let numbers: Vec<f64> = (0..20_000)
            .map(|step| {
                let mut z = [0.0f64];
                NOISE
                    .sobol()
                    .at(step)
                    .skip(skip)
                    .fill_normal_rows(300, &mut z);
                z[0]
            })
            .collect();
        assert_ks(&numbers, normal_cdf);
    }
    // Pairs of dimensions, of 256 apart and of neighbours, pairs of points 2¹⁶ apart, and pairs of addresses.
    let rows = 4096;
    let z = draw(NOISE.sobol(), rows, 300);
    let column = |z: &[f64], k: usize| z.iter().skip(k).step_by(300).copied().collect::<Vec<f64>>();
    let mut later = vec![0.0f64; rows * 300];
    NOISE
        .sobol()
        .skip(300 << 16)
        .fill_normal_rows(300, &mut later);
    let other = draw(NOISE.sobol().at(1), rows, 300);
    for (name, a, b) in [
        ("neighbours", column(&z, 0), column(&z, 1)),
        ("256 apart", column(&z, 3), column(&z, 259)),
        ("points", column(&z, 3), column(&later, 3)),
        ("addresses", column(&z, 3), column(&other, 3)),
    ] {
        let correlation = a.iter().zip(&b).map(|(a, b)| a * b).sum::<f64>() / rows as f64;
        assert!(
            correlation.abs() < 4.5 / (rows as f64).sqrt(),
            "{name}: {correlation}"
        );
        assert_ne!(a, b);
    }
}
