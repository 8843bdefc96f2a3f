//! A divergence is the integral that defines it: not negative, 0 at equality, +∞ where the supports differ.

use crate::domain::Parameter;
use crate::evaluate::{cases, for_each, generator};
use crate::law::Pair;
use crate::law::{scalar_pairs, scalars};
use crate::univariate::expectation;

const CASES: usize = 40;

fn self_pairs() -> Vec<Pair> {
    scalar_pairs()
        .into_iter()
        .filter(Pair::is_within_a_family)
        .collect()
}

/// Parameters of p and of q.
fn parameters(
    pair: &Pair,
    count: usize,
    place: impl Fn(&Parameter, f64) -> f64,
) -> Vec<[Vec<f64>; 2]> {
    let mut rng = generator();
    let p = cases(&pair.p, count, &mut rng, &place);
    let q = cases(&pair.q, count, &mut rng, &place);
    p.into_iter().zip(q).map(|(p, q)| [p, q]).collect()
}

#[test]
fn divergences_are_their_integrals() {
    let pairs = scalar_pairs().into_iter().filter(Pair::is_kl);
    for_each(pairs.collect(), |pair| {
        for [p, q] in parameters(pair, CASES, Parameter::typical) {
            let difference = |x: &[f64]| {
                let (log_p, log_q) = (
                    pair.p.log_prob().along(x, &p),
                    pair.q.log_prob().along(x, &q),
                );
                log_p.iter().zip(log_q).map(|(p, q)| p - q).collect()
            };
            let kl = pair.value.value(&[p.clone(), q.clone()].concat());
            let exact = if (pair.q.support)(&q).holds((pair.p.support)(&p)) {
                expectation(&pair.p, &p, difference)
            } else {
                f64::INFINITY
            };
            assert!(kl >= 0.0, "{kl} from {p:?} to {q:?}");
            assert!(
                kl == exact || (kl - exact).abs() <= 1e-6 * exact + 1e-10,
                "from {p:?} to {q:?}: {kl}, by quadrature {exact}"
            );
        }
    });
}

#[test]
fn impossible_under_q_is_infinitely_far_and_pushes_nothing() {
    let pairs = scalar_pairs().into_iter().filter(Pair::is_kl);
    for_each(pairs.collect(), |pair| {
        // p at its ordinary parameters.
        let p = scalars()
            .into_iter()
            .find(|law| law.name == pair.p.name)
            .expect("a law");
        let pair = Pair { p, ..pair.clone() };
        for [p, q] in parameters(&pair, CASES, Parameter::typical) {
            if !(pair.q.support)(&q).holds((pair.p.support)(&p)) {
                let inputs: Vec<_> = p.iter().chain(&q).map(|x| vec![*x]).collect();
                let (kl, gradient) = pair.value.differentiate(&inputs);
                assert_eq!(kl, [f64::INFINITY], "from {p:?} to {q:?}");
                assert!(
                    gradient.iter().all(|d| d[0] == 0.0),
                    "{gradient:?} from {p:?} to {q:?}"
                );
            }
        }
    });
}

#[test]
fn nothing_is_far_from_itself() {
    for_each(self_pairs(), |pair| {
        for place in [Parameter::typical, Parameter::far] {
            for [p, _] in parameters(pair, 200, place) {
                let same = [p.clone(), p].concat();
                assert_eq!(pair.value.value(&same), 0.0, "at {same:?}");
            }
        }
    });
}

/// p, and q by a step along a direction away from it.
fn step(pair: &Pair, p: &[f64], direction: &[f64], step: f64) -> Vec<f64> {
    let to = p.iter().zip(direction).zip(&pair.p.parameters);
    let q = to.map(|((p, d), parameter)| parameter.step(*p, step * d));
    p.iter().copied().chain(q).collect()
}

#[test]
fn close_distributions_are_not_at_a_negative_distance() {
    for_each(self_pairs(), |pair| {
        for [p, direction] in parameters(pair, 200, Parameter::typical) {
            for size in [1e-2, 1e-4, 1e-6, 1e-8, 1e-12] {
                let inputs = step(pair, &p, &direction, size);
                let (double, single) = (
                    pair.value.value(&inputs),
                    pair.value.value_in_single(&inputs),
                );
                assert!(
                    double >= 0.0 && single >= 0.0,
                    "{double}, {single} at {inputs:?}"
                );
            }
        }
    });
}

/// A divergence is quadratic in a small step, so no digit is lost to cancellation: 10⁻¹⁴ is as exact as 10⁻⁸.
#[test]
fn close_distributions_keep_their_digits() {
    let smooth = |pair: &Pair| {
        // A distance is linear, and so is the mass outside of a support.
        pair.name != "wasserstein"
            && !["Uniform", "TruncatedNormal", "Pareto"].contains(&pair.p.name)
    };
    for_each(self_pairs().into_iter().filter(smooth).collect(), |pair| {
        for [p, direction] in parameters(pair, 200, Parameter::typical) {
            let curvature =
                |size: f64| pair.value.value(&step(pair, &p, &direction, size)) / (size * size);
            let (small, large) = (curvature(1e-7), curvature(1e-4));
            assert!(
                (small / large - 1.0).abs() < 1e-2,
                "{small} and {large} from {p:?} along {direction:?}"
            );
        }
    });
}
