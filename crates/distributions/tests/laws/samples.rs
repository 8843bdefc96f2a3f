//! Samplers draw from the density.

use crate::domain::Parameter;
use crate::evaluate::{cases, for_each, generator};
use crate::law::Law;
use crate::law::scalars;
use crate::univariate::draws;
use vae_testkit::{assert_chi_square, assert_ks, integrate};

/// Draws at each of `CASES` parameters.
const DRAWS: usize = 130_000;
const CASES: usize = 8;

#[test]
fn samples_follow_the_density() {
    follow(scalars());
}

#[test]
fn reparameterized_samples_do_as_well() {
    let laws = scalars().into_iter().map(|law| Law {
        sample: law.rsample,
        ..law
    });
    follow(laws.collect());
}

fn follow(laws: Vec<Law>) {
    let laws = laws.into_iter().filter(|law| law.sample.is_some());
    for_each(laws.collect(), |law| {
        let mut rng = generator();
        let mut uniform = vec![];
        for parameters in cases(law, CASES, &mut generator(), Parameter::typical) {
            eprintln!("{} at {parameters:?}:", law.name);
            let draws = draws(law, &parameters, DRAWS, &mut rng);
            match (law.support)(&parameters).step() {
                Some(step) => counts_are_as_expected(law, &parameters, &draws, step),
                None => uniform.extend(probabilities(law, &parameters, draws)),
            }
        }
        if !uniform.is_empty() {
            assert_ks(&uniform, |u| u);
        }
    });
}

/// P(X ≤ x) of each of the sorted draws: uniform, if they follow the density.
fn probabilities(law: &Law, parameters: &[f64], draws: Vec<f64>) -> Vec<f64> {
    if let Some(cdf) = law.quantity("cdf") {
        return cdf.along(&draws, parameters);
    }
    // By quadrature at every fiftieth draw, and linear in between.
    let [start, _] = (law.support)(parameters).ends();
    let (mut below, mut previous) = (0.0, start);
    let mut out = vec![];
    for chunk in draws.chunks(50) {
        let last = chunk[chunk.len() - 1];
        let mass = integrate(&[previous, last], |x| law.density(x, parameters));
        let from = if previous.is_finite() {
            previous
        } else {
            chunk[0]
        };
        let share = |x: &f64| below + mass * ((x - from) / (last - from)).clamp(0.0, 1.0);
        out.extend(chunk.iter().map(share));
        (below, previous) = (below + mass, last);
    }
    out
}

fn counts_are_as_expected(law: &Law, parameters: &[f64], draws: &[f64], step: f64) {
    let [from, _] = (law.support)(parameters).ends();
    let cell = |x: f64| ((x - from) / step).round();
    let cells = cell(draws[draws.len() - 1]) as usize + 1;
    let values: Vec<f64> = (0..cells).map(|i| from + step * i as f64).collect();
    let mut observed = vec![0.0; cells];
    for x in draws {
        observed[cell(*x) as usize] += 1.0;
        assert!(
            (x - values[cell(*x) as usize]).abs() < 1e-12,
            "{x} is drawn"
        );
    }
    let count = draws.len() as f64;
    let mut expected: Vec<f64> = (law.density(&values, parameters).iter())
        .map(|p| p * count)
        .collect();
    // All that is above the largest draw.
    observed.push(0.0);
    expected.push((count - expected.iter().sum::<f64>()).max(0.0));
    assert_chi_square(&observed, &expected);
}
