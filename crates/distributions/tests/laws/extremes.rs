//! Far out, outside of the support, and in single precision.

use crate::domain::Parameter;
use crate::evaluate::{Quantity, cases, column, for_each, generator};
use crate::law::Law;
use crate::law::{scalar_pairs, scalars};
use crate::univariate::draws;
use rand::Rng;

const CASES: usize = 1000;

/// The transpose: what an example has in each column.
fn columns(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    (0..rows[0].len())
        .map(|k| rows.iter().map(|row| row[k]).collect())
        .collect()
}

/// No NaN, and a finite gradient wherever the value is finite; of a divergence, everywhere.
fn stays_finite(name: &str, quantity: &Quantity, rows: &[Vec<f64>]) {
    if rows[0].is_empty() {
        return;
    }
    let (values, gradients) = quantity.differentiate(&columns(rows));
    for (i, row) in rows.iter().enumerate() {
        let gradient: Vec<f64> = gradients.iter().map(|column| column[i]).collect();
        let fine = match values[i] {
            // There is no such moment.
            x if x.is_nan() => matches!(name, "mean" | "variance"),
            x if x.is_infinite() && name != "the divergence" => true,
            _ => gradient.iter().all(|d| d.is_finite()),
        };
        assert!(
            fine,
            "{name} at {row:?} is {}, with gradient {gradient:?}",
            values[i]
        );
    }
}

#[test]
fn far_out_nothing_is_nan() {
    for_each(scalars(), |law| {
        let mut rng = generator();
        let parameters = cases(law, CASES, &mut rng, Parameter::far);
        for (name, quantity) in &law.quantities {
            let rows = parameters.iter().map(|p| {
                let u = rng.gen_range(0.0..1.0);
                let first = match *name {
                    "log_prob" | "cdf" => vec![(law.support)(p).at(u, 30.0)],
                    "quantile" => vec![u],
                    _ => vec![],
                };
                [first, p.clone()].concat()
            });
            stays_finite(name, quantity, &rows.collect::<Vec<_>>());
        }
    });
}

#[test]
fn far_out_no_divergence_is_nan() {
    for_each(scalar_pairs(), |pair| {
        let mut rng = generator();
        let p = cases(&pair.p, CASES, &mut rng, Parameter::far);
        let q = cases(&pair.q, CASES, &mut rng, Parameter::far);
        let rows: Vec<_> = p.into_iter().zip(q).map(|(p, q)| [p, q].concat()).collect();
        stays_finite("the divergence", &pair.value, &rows);
    });
}

#[test]
fn outside_of_the_support_the_density_is_zero_and_pushes_nothing() {
    // Bernoulli's log_prob of what is not 0 or 1 is the cross-entropy.
    let laws = scalars().into_iter().filter(|law| law.name != "Bernoulli");
    for_each(laws.collect(), |law| {
        for parameters in cases(law, 20, &mut generator(), Parameter::typical) {
            for x in (law.support)(&parameters).outside() {
                let inputs: Vec<_> = [vec![x], parameters.clone()]
                    .concat()
                    .iter()
                    .map(|x| vec![*x])
                    .collect();
                let (log_prob, gradient) = law.log_prob().differentiate(&inputs);
                assert_eq!(log_prob, [f64::NEG_INFINITY], "{x} at {parameters:?}");
                assert!(
                    gradient.iter().all(|d| d[0] == 0.0),
                    "{gradient:?}: {x} at {parameters:?}"
                );
            }
        }
    });
}

/// |f32 − f64| ≤ this · (1 + |f64|), over the ranges of the parameters.
pub const SINGLE: f64 = 3e-5;

fn agrees(name: &str, quantity: &Quantity, rows: &[Vec<f64>]) {
    if rows[0].is_empty() {
        return;
    }
    let rounded: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().map(|x| f64::from(*x as f32)).collect())
        .collect();
    let columns = columns(&rounded);
    let (single, double) = (
        quantity.values_in_single(columns.iter().map(|x| column(x)).collect()),
        quantity.values(&columns),
    );
    for (i, (single, double)) in single.into_iter().zip(double).enumerate() {
        // What overflows in f32 is infinite.
        let double = f64::from(double as f32);
        let close = single == double || (single - double).abs() <= SINGLE * (1.0 + double.abs());
        assert!(
            close,
            "{name} at {:?} is {single} in f32, {double} in f64",
            rounded[i]
        );
    }
}

#[test]
fn single_precision_follows_double() {
    for_each(scalars(), |law: &Law| {
        let mut rng = generator();
        let parameters = cases(law, CASES, &mut rng, Parameter::typical);
        for (name, quantity) in &law.quantities {
            let rows = parameters.iter().map(|p| {
                let first = match *name {
                    "log_prob" | "cdf" if law.sample.is_some() => draws(law, p, 1, &mut rng)[0],
                    "log_prob" => 0.7,
                    "quantile" => rng.gen_range(0.01..0.99),
                    _ => return p.clone(),
                };
                [vec![first], p.clone()].concat()
            });
            agrees(name, quantity, &rows.collect::<Vec<_>>());
        }
    });
    for_each(scalar_pairs(), |pair| {
        let mut rng = generator();
        let p = cases(&pair.p, CASES, &mut rng, Parameter::typical);
        let q = cases(&pair.q, CASES, &mut rng, Parameter::typical);
        let rows: Vec<_> = p.into_iter().zip(q).map(|(p, q)| [p, q].concat()).collect();
        agrees("the divergence", &pair.value, &rows);
    });
}
