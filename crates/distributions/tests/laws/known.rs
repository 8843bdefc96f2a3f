//! Divergences whose values others have published: those that torch.distributions, TensorFlow Probability and distrax hold
//! their own tests against, to the digits given.

use crate::evaluate::{column, rows};
use vae_distributions::{Bernoulli, Categorical, ContinuousBernoulli, KlTo, Laplace, Normal};
use vae_ops::Batch;

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
