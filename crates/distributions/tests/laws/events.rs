//! Distributions of rows, whose integrals are taken from samples: agreement within 4½ standard errors.

use crate::domain::{Kind, Parameter};
use crate::evaluate::{Quantity, for_each, generator, rows};
use crate::law::Law;
use crate::{laws, pairs};
use rand::Rng;
use rand::rngs::StdRng;
use vae_ops::Batch;

const CASES: usize = 4;
const DRAWS: usize = 100_000;

fn events() -> Vec<Law> {
    laws().into_iter().filter(|law| law.width() > 1).collect()
}

/// One row of each parameter.
fn case(law: &Law, rng: &mut StdRng) -> Vec<Vec<f64>> {
    let row = |p: &Parameter| -> Vec<f64> {
        let row: Vec<f64> = (0..p.width)
            .map(|_| p.typical(rng.gen_range(0.0..1.0)))
            .collect();
        let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        match p.kind {
            Kind::Direction => row.iter().map(|x| x / norm).collect(),
            _ => row,
        }
    };
    law.parameters.iter().map(row).collect()
}

/// Each row `count` times.
fn repeated(parameters: &[Vec<f64>], count: usize) -> Vec<Batch<usize, f64>> {
    parameters
        .iter()
        .map(|row| rows(&row.repeat(count), row.len()))
        .collect()
}

fn values(quantity: &Quantity, parameters: &[Vec<f64>]) -> Vec<f64> {
    quantity.values_at::<f64>(repeated(parameters, 1))
}

/// The rows one after the other.
fn draws(law: &Law, parameters: &[Vec<f64>], rng: &mut StdRng) -> Vec<f64> {
    law.sample.expect("a sampler")(&repeated(parameters, DRAWS), rng)
}

/// Of each row of x.
fn log_prob(law: &Law, x: &[f64], parameters: &[Vec<f64>]) -> Vec<f64> {
    let x = rows(x, x.len() / DRAWS);
    let inputs = [vec![x], repeated(parameters, DRAWS)].concat();
    law.log_prob().values_at::<f64>(inputs)
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

#[test]
fn samples_have_the_moments_and_the_entropy() {
    let laws = events().into_iter().filter(|law| law.sample.is_some());
    for_each(laws.collect(), |law| {
        let mut rng = generator();
        for _ in 0..CASES {
            let parameters = case(law, &mut rng);
            let x = draws(law, &parameters, &mut rng);
            if let Some(entropy) = law.quantity("entropy") {
                let log_prob = log_prob(law, &x, &parameters);
                let surprise: Vec<f64> = log_prob.iter().map(|l| -l).collect();
                assert_average(&surprise, values(entropy, &parameters)[0]);
            }
            if let (Some(mean), Some(variance)) = (law.quantity("mean"), law.quantity("variance")) {
                let moments = values(mean, &parameters)
                    .into_iter()
                    .zip(values(variance, &parameters));
                for (i, (mean, variance)) in moments.enumerate() {
                    let element: Vec<f64> = x.chunks(law.width()).map(|row| row[i]).collect();
                    assert_average(&element, mean);
                    let squares: Vec<f64> = element.iter().map(|x| (x - mean).powi(2)).collect();
                    assert_average(&squares, variance);
                }
            }
        }
    });
}

#[test]
fn divergences_are_what_samples_estimate() {
    let pairs = pairs().into_iter().filter(|pair| pair.p.width() > 1);
    for_each(pairs.collect(), |pair| {
        let mut rng = generator();
        for _ in 0..CASES {
            let (p, q) = (case(&pair.p, &mut rng), case(&pair.q, &mut rng));
            let both = [p.clone(), q.clone()].concat();
            let kl = values(&pair.kl, &both)[0];
            assert!(kl >= 0.0, "{kl}");
            let x = draws(&pair.p, &p, &mut rng);
            let (log_p, log_q) = (log_prob(&pair.p, &x, &p), log_prob(&pair.q, &x, &q));
            let difference: Vec<f64> = log_p.iter().zip(log_q).map(|(p, q)| p - q).collect();
            assert_average(&difference, kl);
            if pair.p.name == pair.q.name {
                let same = [p.clone(), p].concat();
                assert_eq!(values(&pair.kl, &same), [0.0], "of {same:?} to itself");
            }
        }
    });
}

#[test]
fn gradients_agree_with_finite_differences() {
    for_each(events(), |law| {
        let mut rng = generator();
        for (name, quantity) in &law.quantities {
            let parameters = case(law, &mut rng);
            if *name != "log_prob" {
                assert_gradient(quantity, parameters, 0);
            } else if let Some(sample) = law.sample {
                let x = sample(&repeated(&parameters, 1), &mut rng);
                // Steps of x may lead out of the support.
                assert_gradient(quantity, [vec![x], parameters].concat(), 1);
            }
        }
    });
    let pairs = pairs().into_iter().filter(|pair| pair.p.width() > 1);
    for_each(pairs.collect(), |pair| {
        let mut rng = generator();
        let both = [case(&pair.p, &mut rng), case(&pair.q, &mut rng)].concat();
        assert_gradient(&pair.kl, both, 0);
    });
}

/// Of the sum of the outputs, in all inputs but the first few.
fn assert_gradient(quantity: &Quantity, inputs: Vec<Vec<f64>>, but: usize) {
    let partials = quantity.differentiate_at::<f64>(repeated(&inputs, 1)).1;
    for k in but..inputs.len() {
        for i in 0..inputs[k].len() {
            let sum = |step: f64| {
                let mut moved = inputs.clone();
                moved[k][i] += step;
                values(quantity, &moved).iter().sum::<f64>()
            };
            let numeric = (sum(1e-5) - sum(-1e-5)) / 2e-5;
            vae_testkit::assert_close(partials[k][i], numeric, 1e-6);
        }
    }
}
