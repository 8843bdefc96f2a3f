//! Divergences whose values others have published: those that torch.distributions, TensorFlow Probability and distrax hold
//! their own tests against, to the digits given. And what is promised of some types only.

use crate::evaluate::{column, rows};
use rand::{SeedableRng, rngs::StdRng};
use vae_distributions::{Bernoulli, Categorical, ContinuousBernoulli, KlTo, Laplace, Normal};
use vae_distributions::{
    Beta, Concrete, Density, Dirichlet, Gamma, InverseGamma, RelaxedBernoulli,
};
use vae_distributions::{Geometric, NegativeBinomial, Sample, kl_monte_carlo};
use vae_ops::{Batch, as_slice};

fn number(x: f64) -> Batch<usize, f64> {
    column(&[x])
}

fn logit(p: f64) -> Batch<usize, f64> {
    number((p / (1.0 - p)).ln())
}

#[track_caller]
fn assert_to(digits: i32, value: Vec<f64>, expected: f64) {
    let error = (value[0] - expected).abs();
    assert!(
        error <= 0.5001 * 10f64.powi(-digits),
        "{value:?} is not {expected}"
    );
}

#[test]
fn normal() {
    let scales = [
        (1.0, 0.5),
        (2.0, 1.0),
        (3.0, 1.5),
        (1.5, 2.0),
        (2.5, 2.5),
        (3.5, 3.0),
    ];
    let expected = [72.80685, 18.80685, 8.80685, 4.56893, 2.88, 2.02640];
    for ((a, b), expected) in scales.into_iter().zip(expected) {
        let p = Normal::from_scale(number(3.0), number(a)).expect("positive");
        let q = Normal::from_scale(number(-3.0), number(b)).expect("positive");
        assert_to(5, p.kl_to(&q).as_vec(), expected);
    }
}

#[test]
fn laplace() {
    let p = Laplace {
        loc: number(0.5),
        scale: number(0.1),
    };
    let q = Laplace {
        loc: number(0.4),
        scale: number(0.2),
    };
    assert_to(6, p.kl_to(&q).as_vec(), 0.377087);
}

#[test]
fn bernoulli() {
    let (p, q) = (logit(0.6), logit(0.4));
    let kl = Bernoulli { logits: p.clone() }.kl_to(&Bernoulli { logits: q.clone() });
    assert_to(7, kl.as_vec(), 0.0810930);
    let kl = ContinuousBernoulli { logits: p }.kl_to(&ContinuousBernoulli { logits: q });
    assert_to(7, kl.as_vec(), 0.0273255);
}

#[test]
fn categorical() {
    let of = |p: [f64; 3]| Categorical::from_probabilities(rows(&p, 3)).expect("probabilities");
    let (p, q) = (of([0.0, 0.5, 0.5]), of([0.2, 0.2, 0.6]));
    assert_to(7, p.kl_to(&q).as_vec(), 0.3669846);
    assert_eq!(q.kl_to(&p).as_vec(), [f64::INFINITY]);
}

#[test]
fn draws_of_extreme_parameters_are_inside_of_the_support() {
    fn check(p: &(impl Sample<usize, f32> + Density<usize, f32, dfdx::prelude::NoneTape>)) {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..100 {
            let x = p.sample(&mut rng);
            let log_prob = p.log_prob(&x).as_vec();
            assert!(
                log_prob[0].is_finite(),
                "{log_prob:?} at {:?}",
                as_slice(&x)
            );
        }
    }
    for l in [-50.0, -5.0, 5.0, 50.0] {
        let row = |x: &[f64]| rows::<f32>(x, x.len());
        let (concentration, one) = (row(&[f64::exp(l)]), row(&[1.0]));
        check(&Gamma {
            concentration: concentration.clone(),
            rate: one.clone(),
        });
        check(&InverseGamma {
            concentration: concentration.clone(),
            scale: one.clone(),
        });
        check(&Beta {
            concentration1: concentration,
            concentration0: one,
        });
        check(&Dirichlet {
            concentration: row(&[f64::exp(l), 1.0, 1e-9]),
        });
        check(&ContinuousBernoulli {
            logits: row(&[20.0 * l]),
        });
        check(&RelaxedBernoulli {
            temperature: 0.01,
            logits: row(&[l]),
        });
        check(&Concrete {
            temperature: 0.01,
            logits: row(&[l, 0.0, 1.0]),
        });
    }
}

#[test]
fn negative_binomials_of_one_total_count_are_sums_of_geometric_variables() {
    let of = |l| NegativeBinomial {
        total_count: number(3.0),
        logits: number(l),
    };
    let geometric = |l| Geometric { logits: number(l) };
    let estimate = kl_monte_carlo(&of(0.3), &of(-0.5), &mut StdRng::seed_from_u64(1), 100_000);
    let exact = 3.0 * geometric(-0.3).kl_to(&geometric(0.5)).as_vec()[0];
    let [value, error] = [estimate.value, estimate.standard_error].map(|x| x.as_vec()[0]);
    assert!(
        (value - exact).abs() < 4.0 * error && error < 0.02 * exact,
        "{value} ± {error}, {exact}"
    );
}
