//! Distributions of rows, whose integrals are taken from samples: agreement within 4½ standard errors.

use crate::domain::{Kind, Parameter, Support};
use crate::evaluate::{Input, Quantity, for_each, generator, rows};
use crate::law::{Law, Pair};
use crate::{laws, pairs};
use dfdx::prelude::{Axes2, Axis, BroadcastTo, HasShape, PermuteTo, ReshapeTo};
use rand::Rng;
use rand::rngs::StdRng;
use vae_ops::{Batch, Real};
use vae_testkit::assert_close;

const CASES: usize = 4;
const DRAWS: usize = 100_000;

fn events() -> Vec<Law> {
    laws().into_iter().filter(Law::is_of_rows).collect()
}

fn event_pairs() -> Vec<Pair> {
    let event = |pair: &Pair| pair.p.is_of_rows();
    pairs().into_iter().filter(event).collect()
}

type Rows = Vec<Vec<f64>>;

/// One row of each parameter, from `place(parameter, u)` with u uniform on (0, 1).
fn case(law: &Law, place: impl Fn(&Parameter, f64) -> f64, rng: &mut StdRng) -> Rows {
    let row = |p: &Parameter| -> Vec<f64> {
        let row = (0..p.width).map(|_| place(p, rng.gen_range(0.0..1.0)));
        match p.kind {
            Kind::Direction => unit(row.collect()),
            _ => row.collect(),
        }
    };
    law.parameters.iter().map(row).collect()
}

/// Of p and of q.
fn case_of_both(
    pair: &Pair,
    place: impl Fn(&Parameter, f64) -> f64 + Copy,
    rng: &mut StdRng,
) -> Rows {
    [case(&pair.p, place, rng), case(&pair.q, place, rng)].concat()
}

fn unit(row: Vec<f64>) -> Vec<f64> {
    let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
    row.iter().map(|x| x / norm).collect()
}

/// Each row `count` times.
fn repeated<E: Real>(parameters: &[Vec<f64>], count: usize) -> Vec<Batch<usize, E>> {
    let repeat = |row: &Vec<f64>| rows(&row.repeat(count), row.len());
    parameters.iter().map(repeat).collect()
}

fn values(quantity: &Quantity, parameters: &[Vec<f64>]) -> Vec<f64> {
    quantity.values_at(repeated(parameters, 1))
}

/// The rows one after the other.
fn draws(law: &Law, parameters: &[Vec<f64>], rng: &mut StdRng) -> Vec<f64> {
    law.sample.expect("a sampler")(&repeated(parameters, DRAWS), rng)
}

/// `log_prob`'s inputs, for each row of x.
fn at(x: &[f64], parameters: &[Vec<f64>]) -> Vec<Batch<usize, f64>> {
    [vec![rows(x, x.len() / DRAWS)], repeated(parameters, DRAWS)].concat()
}

fn log_prob(law: &Law, x: &[f64], parameters: &[Vec<f64>]) -> Vec<f64> {
    law.log_prob().values_at(at(x, parameters))
}

/// An event well inside of the support.
fn inside(law: &Law, rng: &mut StdRng) -> Vec<f64> {
    let row: Vec<f64> = (0..law.support_of_rows().width())
        .map(|_| rng.gen_range(0.5..2.0))
        .collect();
    match law.support_of_rows() {
        Support::Simplex(_) => {
            let sum: f64 = row.iter().sum();
            row.iter().map(|x| x / sum).collect()
        }
        Support::Sphere(_) => unit(row),
        _ => row,
    }
}

/// All quantities of all distributions of rows and all divergences of them, each with its inputs at `place`.
fn for_each_quantity(
    place: impl Fn(&Parameter, f64) -> f64 + Copy,
    check: impl Fn(&str, &Quantity, Rows),
) {
    for_each(events(), |law| {
        let mut rng = generator();
        for _ in 0..CASES {
            for (name, quantity) in &law.quantities {
                let mut inputs = case(law, place, &mut rng);
                if *name == "log_prob" {
                    inputs.insert(0, inside(law, &mut rng));
                }
                check(name, quantity, inputs);
            }
        }
    });
    for_each(event_pairs(), |pair| {
        let mut rng = generator();
        for _ in 0..CASES {
            check(
                "the divergence",
                &pair.value,
                case_of_both(pair, place, &mut rng),
            );
        }
    });
}

/// Mean and standard error.
fn average(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    [mean, square.sqrt() / n]
}

#[track_caller]
fn assert_average(values: &[f64], expected: f64) {
    let [mean, error] = average(values);
    let close = (mean - expected).abs() <= 4.5 * error + 1e-12;
    assert!(close, "{mean} ± {error} is estimated, {expected} computed");
}

fn for_each_sampler(check: impl Fn(&Law, &[Vec<f64>], &[f64])) {
    let laws = events().into_iter().filter(|law| law.sample.is_some());
    for_each(laws.collect(), |law| {
        let mut rng = generator();
        for _ in 0..CASES {
            let parameters = case(law, Parameter::typical, &mut rng);
            check(law, &parameters, &draws(law, &parameters, &mut rng));
        }
    });
}

#[test]
fn samples_have_the_moments_and_the_entropy() {
    for_each_sampler(|law, parameters, x| {
        if let Some(entropy) = law.quantity("entropy") {
            let log_prob = log_prob(law, x, parameters);
            let surprise: Vec<f64> = log_prob.iter().map(|l| -l).collect();
            assert_average(&surprise, values(entropy, parameters)[0]);
        }
        if let (Some(mean), Some(variance)) = (law.quantity("mean"), law.quantity("variance")) {
            let (mean, variance) = (values(mean, parameters), values(variance, parameters));
            let width = law.support_of_rows().width();
            for i in 0..width {
                let element: Vec<f64> = x.chunks(width).map(|row| row[i]).collect();
                assert_average(&element, mean[i]);
                let squares: Vec<f64> = element.iter().map(|x| (x - mean[i]).powi(2)).collect();
                assert_average(&squares, variance[i]);
            }
        }
    });
}

/// E[∂ ln p(x)/∂θ] = 0 for every parameter θ: of a Gaussian, samples have its mean and every element of its covariance.
#[test]
fn the_score_of_samples_vanishes() {
    for_each_sampler(|law, parameters, x| {
        let scores = law.log_prob().differentiate_at(at(x, parameters)).1;
        for ((parameter, row), scores) in law.parameters.iter().zip(parameters).zip(&scores[1..]) {
            let scores = scores.chunks(parameter.width).map(|score| {
                // A direction has no derivative along itself.
                let along: f64 = match parameter.kind {
                    Kind::Direction => score.iter().zip(row).map(|(d, m)| d * m).sum(),
                    _ => 0.0,
                };
                score.iter().zip(row).map(|(d, m)| d - along * m).collect()
            });
            let scores: Rows = scores.collect();
            for i in 0..parameter.width {
                let of_element: Vec<f64> = scores.iter().map(|score| score[i]).collect();
                eprintln!("{}, element {i}:", parameter.name);
                assert_average(&of_element, 0.0);
            }
        }
    });
}

#[test]
fn divergences_are_what_samples_estimate() {
    for_each(event_pairs(), |pair| {
        let mut rng = generator();
        for _ in 0..CASES {
            let p = case(&pair.p, Parameter::typical, &mut rng);
            let q = case(&pair.q, Parameter::typical, &mut rng);
            let kl = values(&pair.value, &[p.clone(), q.clone()].concat())[0];
            assert!(kl >= 0.0, "{kl}");
            let x = draws(&pair.p, &p, &mut rng);
            let (log_p, log_q) = (log_prob(&pair.p, &x, &p), log_prob(&pair.q, &x, &q));
            let difference: Vec<f64> = log_p.iter().zip(log_q).map(|(p, q)| p - q).collect();
            assert_average(&difference, kl);
        }
    });
}

#[test]
fn close_distributions_keep_their_digits() {
    let pairs = event_pairs().into_iter().filter(Pair::is_within_a_family);
    for_each(pairs.collect(), |pair| {
        let mut rng = generator();
        for _ in 0..CASES {
            let p = case(&pair.p, Parameter::typical, &mut rng);
            let direction = case(&pair.p, Parameter::typical, &mut rng);
            let away = |size: f64| {
                let rows = p.iter().zip(&direction).zip(&pair.p.parameters);
                let moved = rows.map(|((row, d), parameter)| {
                    let step = |(x, d): (&f64, &f64)| parameter.step(*x, size * d);
                    let row = row.iter().zip(d).map(step).collect();
                    match parameter.kind {
                        Kind::Direction => unit(row),
                        _ => row,
                    }
                });
                let both = [p.clone(), moved.collect()].concat();
                values(&pair.value, &both)[0]
            };
            assert_eq!(values(&pair.value, &[p.clone(), p.clone()].concat()), [0.0]);
            // W Wᵀ leaves 10⁻¹⁶ Σ W²/d.
            let rounding = if pair.p.name == "LowRankNormal" {
                1e-13
            } else {
                0.0
            };
            for size in [1e-8f64, 1e-6] {
                let (expected, kl) = (away(1e-4) * (size / 1e-4).powi(2), away(size));
                assert!(
                    kl >= 0.0 && (kl - expected).abs() <= 1e-2 * expected + rounding,
                    "{kl} at a distance of {size}, {expected} from farther out: {p:?}, {direction:?}"
                );
            }
        }
    });
}

/// Weights by which no two elements count alike: those of probabilities would add up to a constant.
fn weight(i: usize) -> f64 {
    1.0 + (0.618_033_988_749_895 * i as f64).fract()
}

#[test]
fn gradients_agree_with_finite_differences() {
    for_each_quantity(Parameter::typical, |name, quantity, inputs| {
        let leaves = repeated(&inputs, 1);
        let partials = quantity.differentiate_through(leaves, |x| x, weight).1;
        for k in 0..inputs.len() {
            for i in 0..inputs[k].len() {
                let sum = |step: f64| {
                    let mut moved = inputs.clone();
                    moved[k][i] += step;
                    let values = values(quantity, &moved);
                    let weighted = values.iter().enumerate().map(|(i, x)| weight(i) * x);
                    weighted.sum::<f64>()
                };
                let numeric = (sum(1e-5) - sum(-1e-5)) / 2e-5;
                eprintln!("{name}, input {k}, element {i}:");
                assert_close(partials[k][i], numeric, 1e-6);
            }
        }
    });
}

#[test]
fn the_layout_in_memory_does_not_matter() {
    const BATCH: usize = 3;
    let transposed = |x: Input| x.permute::<(usize, usize), Axes2<1, 0>>();
    let repeated_row = |x: Input| {
        let width = x.shape().1;
        x.reshape_like(&(width,))
            .broadcast_like::<(usize, usize), Axis<0>>(&(BATCH, width))
    };
    for_each_quantity(Parameter::typical, |name, quantity, inputs| {
        let leaves = repeated(&inputs, BATCH);
        let plain = quantity.differentiate_through(leaves, |x| x, weight).1;
        let columns = inputs.iter().map(|row| {
            let elements = row.iter().flat_map(|x| [*x; BATCH]);
            rows(&elements.collect::<Vec<_>>(), BATCH)
        });
        let of_columns = quantity
            .differentiate_through(columns.collect(), transposed, weight)
            .1;
        let leaves = repeated(&inputs, 1);
        let of_rows = quantity
            .differentiate_through(leaves, repeated_row, weight)
            .1;
        for k in 0..inputs.len() {
            let width = inputs[k].len();
            for i in 0..width {
                let each = |row: usize| plain[k][row * width + i];
                eprintln!("{name}, input {k}, element {i}:");
                for row in 0..BATCH {
                    assert_eq!(of_columns[k][i * BATCH + row], each(row));
                }
                assert_close(of_rows[k][i], (0..BATCH).map(each).sum(), 1e-14);
            }
        }
    });
}

#[test]
fn far_out_nothing_is_nan() {
    for_each_quantity(Parameter::far, |name, quantity, inputs| {
        let (values, partials) = quantity.differentiate_at(repeated(&inputs, 1));
        assert!(
            values.iter().all(|x| !x.is_nan()),
            "{name} at {inputs:?}: {values:?}"
        );
        assert!(
            values.iter().any(|x| x.is_infinite())
                || partials.iter().flatten().all(|d| d.is_finite()),
            "{name} at {inputs:?}: {values:?}, with gradient {partials:?}"
        );
    });
}

#[test]
fn single_precision_follows_double() {
    for_each_quantity(Parameter::typical, |name, quantity, inputs| {
        let rounded = |row: &Vec<f64>| row.iter().map(|x| f64::from(*x as f32)).collect();
        let inputs: Rows = inputs.iter().map(rounded).collect();
        let single = quantity.values_in_single(repeated(&inputs, 1));
        for (single, double) in single.into_iter().zip(values(quantity, &inputs)) {
            assert!(
                (single - double).abs() <= crate::extremes::SINGLE * (1.0 + double.abs()),
                "{name} at {inputs:?} is {single} in f32, {double} in f64"
            );
        }
    });
}

#[test]
fn off_the_simplex_the_density_is_zero_and_pushes_nothing() {
    let simplex = |law: &Law| matches!(law.support_of_rows(), Support::Simplex(_));
    for_each(events().into_iter().filter(simplex).collect(), |law| {
        let parameters = case(law, Parameter::typical, &mut generator());
        for x in [vec![0.9; 3], vec![0.0, 0.5, 0.5], vec![-0.1, 0.6, 0.5]] {
            let inputs = [vec![x], parameters.clone()].concat();
            let (value, partials) = law.log_prob().differentiate_at(repeated(&inputs, 1));
            assert_eq!(value, [f64::NEG_INFINITY]);
            assert!(partials.iter().flatten().all(|d| *d == 0.0), "{partials:?}");
        }
    });
}
