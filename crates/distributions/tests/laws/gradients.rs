//! Every gradient agrees with finite differences, in every memory layout.

use crate::domain::{Parameter, Support};
use crate::evaluate::{Input, Output, Quantity, for_each};
use crate::law::Law;
use crate::law::{scalar_pairs, scalars};
use std::ops::Range;
use vae_ops::{Dual, formula};
use vae_testkit::{Matrix, assert_grad};

#[test]
fn gradients_of_distributions() {
    for_each(scalars(), |law| {
        let event = event(law);
        for (name, quantity) in &law.quantities {
            eprintln!("{} of {}:", name, law.name);
            let mut inputs = match *name {
                "log_prob" | "cdf" => vec![event.clone()],
                // It goes in steps.
                "quantile" if matches!(event, Place::Lattice(..)) => continue,
                "quantile" => vec![Place::Between(0.05..0.95)],
                _ => vec![],
            };
            inputs.extend(law.parameters.iter().map(place));
            check(quantity, inputs);
        }
    });
}

#[test]
fn gradients_of_divergences() {
    for_each(scalar_pairs(), |pair| {
        let parameters = pair.p.parameters.iter().chain(&pair.q.parameters);
        check(&pair.value, parameters.map(place).collect());
    });
}

/// How an input comes from a uniform number.
#[derive(Clone)]
enum Place {
    Between(Range<f64>),
    /// In steps, so without a derivative.
    Lattice(Range<f64>, f64),
}

fn place(parameter: &Parameter) -> Place {
    match parameter.steps() {
        Some(range) => Place::Lattice(range, 1.0),
        // The middle: finite differences of what grows exponentially lose digits.
        None => Place::Between(parameter.typical(0.3)..parameter.typical(0.7)),
    }
}

/// Events that are possible whatever the parameters.
fn event(law: &Law) -> Place {
    let corners = (0..1 << law.parameters.len()).map(|bits: usize| {
        let corner = |(i, p): (usize, &Parameter)| p.typical((bits >> i & 1) as f64);
        let parameters: Vec<f64> = law.parameters.iter().enumerate().map(corner).collect();
        (law.support)(&parameters)
    });
    let inner = corners.reduce(|s, t| {
        let ([a, b], [c, d]) = (s.ends(), t.ends());
        match s {
            Support::Lattice(_, _, step) => Support::Lattice(a.max(c), b.min(d), step),
            _ => Support::Interval(a.max(c), b.min(d)),
        }
    });
    match inner.expect("a corner") {
        Support::Lattice(a, b, step) => Place::Lattice(a..b.min(a + 20.0 * step), step),
        s => Place::Between(s.at(0.1, 1.5)..s.at(0.9, 1.5)),
    }
}

impl Place {
    fn put(&self, u: Matrix) -> Input {
        match self.clone() {
            Place::Between(Range { start, end }) => {
                formula([u], move |[u]| start + (end - start) * u)
            }
            Place::Lattice(Range { start, end }, step) => formula([u], move |[u]| {
                let steps = ((end - start) / step).round() + 1.0;
                Dual::constant(start + step * (steps * u.value).floor())
            }),
        }
    }
}

fn check(quantity: &Quantity, places: Vec<Place>) {
    fn with<const K: usize>(f: fn(&[Input]) -> Output, places: Vec<Place>) {
        assert_grad(0.0..1.0, |inputs: [Matrix; K]| {
            let inputs = inputs.into_iter().zip(&places);
            f(&inputs.map(|(u, place)| place.put(u)).collect::<Vec<_>>())
        });
    }
    let with = match places.len() {
        1 => with::<1>,
        2 => with::<2>,
        3 => with::<3>,
        4 => with::<4>,
        5 => with::<5>,
        6 => with::<6>,
        8 => with::<8>,
        n => panic!("say what to do with {n} inputs"),
    };
    with(quantity.double, places);
}
