//! A density has mass 1, and moments, entropy, distribution function and quantiles are those of the density.

use crate::domain::{Parameter, Support};
use crate::evaluate::{Quantity, cases, column, for_each, generator};
use crate::law::{Law, scalars};
use rand::rngs::StdRng;
use vae_testkit::{assert_close, integrate};

const CASES: usize = 40;

/// Draws at fixed parameters, in increasing order.
pub fn draws(law: &Law, parameters: &[f64], count: usize, rng: &mut StdRng) -> Vec<f64> {
    let sample = law.sample.expect("a sampler");
    let columns: Vec<_> = parameters
        .iter()
        .map(|p| column(&vec![*p; count]))
        .collect();
    let mut draws = sample(&columns, rng);
    draws.sort_by(f64::total_cmp);
    draws
}

/// E[f(x)] by quadrature, or by summation if x is discrete. Draws tell where the mass is, no more.
pub fn expectation(law: &Law, parameters: &[f64], f: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let draws = draws(law, parameters, 1000, &mut generator());
    let integrand = |x: &[f64]| -> Vec<f64> {
        let terms = law.density(x, parameters).into_iter().zip(f(x));
        // What is impossible does not count, not even infinitely often.
        terms
            .map(|(p, f)| if p == 0.0 { 0.0 } else { p * f })
            .collect()
    };
    match (law.support)(parameters) {
        Support::Interval(a, b) => {
            let points = [a, draws[10], draws[500], draws[990], b];
            integrate(&points, integrand)
        }
        Support::Lattice(a, b, step) => {
            let (mut sum, mut from) = (0.0, a);
            loop {
                let x = (0..1000).map(|i| from + step * f64::from(i));
                let x: Vec<f64> = x.take_while(|x| *x < b + 0.5 * step).collect();
                let part: f64 = integrand(&x).iter().sum();
                sum += part;
                from += step * 1000.0;
                if from > b || from > draws[999] && part.abs() <= 1e-14 * f64::abs(sum) {
                    return sum;
                }
            }
        }
        rows => panic!("no quadrature over {rows:?}"),
    }
}

/// Checks one quantity of each distribution that has it, at parameters all over their ranges.
fn check(name: &str, check: impl Fn(&Law, &Quantity, &[f64])) {
    let laws = scalars()
        .into_iter()
        .filter(|law| law.sample.is_some() && law.quantity(name).is_some());
    for_each(laws.collect(), |law| {
        for parameters in cases(law, CASES, &mut generator(), Parameter::typical) {
            eprintln!("{} at {parameters:?}:", law.name);
            check(law, law.quantity(name).expect("filtered"), &parameters);
        }
    });
}

#[test]
fn densities_have_mass_one() {
    check("log_prob", |law, _, parameters| {
        let mass = expectation(law, parameters, |x| vec![1.0; x.len()]);
        assert_close(mass, 1.0, 1e-9);
    });
}

#[test]
fn means_are_expectations() {
    check("mean", |law, mean, parameters| {
        let exact = expectation(law, parameters, |x| x.to_vec());
        assert_close(mean.value(parameters), exact, 1e-8);
    });
}

#[test]
fn variances_are_expectations() {
    check("variance", |law, variance, parameters| {
        let mean = law.quantity("mean").expect("moments").value(parameters);
        let square = |x: &[f64]| x.iter().map(|x| (x - mean).powi(2)).collect();
        let exact = expectation(law, parameters, square);
        let variance = variance.value(parameters);
        assert!(
            (variance - exact).abs() <= 1e-7 * exact,
            "{variance} against {exact}"
        );
    });
}

#[test]
fn entropies_are_expectations() {
    check("entropy", |law, entropy, parameters| {
        let surprise = |x: &[f64]| {
            law.log_prob()
                .along(x, parameters)
                .iter()
                .map(|l| -l)
                .collect()
        };
        assert_close(
            entropy.value(parameters),
            expectation(law, parameters, surprise),
            1e-8,
        );
    });
}

#[test]
fn distribution_functions_are_the_integral_of_the_density() {
    check("cdf", |law, cdf, parameters| {
        let support = (law.support)(parameters);
        let x: Vec<f64> = draws(law, parameters, 400, &mut generator());
        let mass = law.density(&x, parameters);
        if let Some(step) = support.step() {
            let below: Vec<f64> = x.iter().map(|x| x - step).collect();
            let (p, below) = (cdf.along(&x, parameters), cdf.along(&below, parameters));
            for i in 0..x.len() {
                assert_close(p[i] - below[i], mass[i], 1e-11);
            }
        } else {
            let mut inputs = vec![x.clone()];
            inputs.extend(parameters.iter().map(|p| vec![*p; x.len()]));
            let slopes = &cdf.differentiate(&inputs).1[0];
            for i in 0..x.len() {
                assert_close(slopes[i], mass[i], 1e-10);
            }
        }
        // From 0 to 1.
        let [a, b] = support.ends();
        let out = [
            a.max(-1e9) - 0.5 * support.step().unwrap_or(1e-9),
            b.min(1e15),
        ];
        let [first, last] = cdf.along(&out, parameters)[..] else {
            panic!("two")
        };
        assert!(
            first.abs() < 1e-6 && (last - 1.0).abs() < 1e-6,
            "from {first} to {last}"
        );
    });
}

#[test]
fn quantiles_invert_the_distribution_function() {
    check("quantile", |law, quantile, parameters| {
        let u = [
            1e-9,
            1e-4,
            0.1,
            0.3,
            0.499,
            0.5,
            0.501,
            0.8,
            0.999,
            1.0 - 1e-9,
        ];
        let x = quantile.along(&u, parameters);
        let cdf = law.quantity("cdf").expect("what the quantile inverts");
        let back = cdf.along(&x, parameters);
        for i in 0..u.len() {
            if let Some(step) = (law.support)(parameters).step() {
                // The first number at which the distribution function reaches u.
                let before = cdf.along(&[x[i] - step], parameters)[0];
                assert!(
                    back[i] >= u[i] - 1e-12 && before < u[i] + 1e-12,
                    "{} to {}",
                    u[i],
                    x[i]
                );
            } else {
                // To 11 digits in both tails, but for what rounding x makes of it.
                let rounding = law.density(&[x[i]], parameters)[0] * x[i].abs() * 1e-15;
                let bound = 1e-11 * u[i].min(1.0 - u[i]) + 1e-15 + rounding;
                assert!((back[i] - u[i]).abs() <= bound, "{} to {}", u[i], back[i]);
            }
        }
    });
}
