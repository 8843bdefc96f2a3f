//! Agreement with torch.distributions, scipy and mpmath: `golden/generate.py` says what is from where.

use crate::domain::{Kind, Parameter};
use crate::evaluate::{Quantity, for_each, rows};
use crate::{laws, pairs};

/// Relative to the number, and an absolute one for sums that cancel.
const TOLERANCE: [f64; 2] = [1e-10, 1e-13];

#[derive(Clone)]
struct Line {
    text: &'static str,
    name: &'static str,
    quantity: &'static str,
    inputs: Vec<Vec<f64>>,
    outputs: Vec<f64>,
}

fn table() -> impl Iterator<Item = Line> {
    let lines = include_str!("../golden/golden.csv")
        .lines()
        .filter(|l| !l.starts_with('#'));
    lines.map(|text| {
        let [name, quantity, inputs, outputs] = text.split(',').collect::<Vec<_>>()[..] else {
            panic!("four fields: {text}")
        };
        let numbers = |field: &str| -> Vec<f64> {
            let numbers = field.split(' ').filter(|x| !x.is_empty());
            numbers.map(|x| x.parse().expect("a number")).collect()
        };
        Line {
            text,
            name,
            quantity,
            inputs: inputs
                .split(';')
                .filter(|x| !x.is_empty())
                .map(numbers)
                .collect(),
            outputs: numbers(outputs),
        }
    })
}

fn close(ours: f64, theirs: f64) -> bool {
    let [relative, absolute] = TOLERANCE;
    ours == theirs
        || ours.is_nan() && theirs.is_nan()
        || (ours - theirs).abs() <= relative * theirs.abs() + absolute
}

/// The value and, of a density, its derivatives in each parameter that is no count. Of a divergence these are finite where
/// it is, and 0 where it is infinite.
fn check(line: &Line, quantity: &Quantity, parameters: &[Parameter]) -> Result<(), String> {
    let inputs = line.inputs.iter().map(|row| rows(row, row.len()));
    let (mut ours, partials) = quantity.differentiate_at(inputs.collect());
    let mut skipped = vec![false; ours.len()];
    if line.quantity == "log_prob" {
        // After those in x, which the table does not have.
        for (parameter, partials) in parameters.iter().zip(&partials[1..]) {
            ours.extend(partials);
            skipped.extend(partials.iter().map(|_| parameter.kind == Kind::Count));
        }
    }
    if line.quantity == "kl" {
        let flat = ours[0].is_infinite();
        let fits = |d: &f64| if flat { *d == 0.0 } else { d.is_finite() };
        if !ours[0].is_nan() && !partials.iter().flatten().all(fits) {
            return Err(format!("{}: derivatives {partials:?}", line.text));
        }
    }
    assert_eq!(ours.len(), line.outputs.len(), "{}", line.text);
    for (k, (ours, theirs)) in ours.iter().zip(&line.outputs).enumerate() {
        if !skipped[k] && !close(*ours, *theirs) {
            let error = (ours - theirs).abs() / theirs.abs();
            return Err(format!(
                "{}: output {k} is {ours}, {error:.1e} off",
                line.text
            ));
        }
    }
    Ok(())
}

fn report(errors: Vec<String>) {
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn distributions_agree_with_other_libraries() {
    for_each(laws(), |law| {
        let lines: Vec<_> = table().filter(|line| line.name == law.name).collect();
        assert!(!lines.is_empty(), "no line of the table is on {}", law.name);
        let check = |line: &Line| check(line, law.quantity(line.quantity)?, &law.parameters).err();
        report(lines.iter().filter_map(check).collect());
    });
}

#[test]
fn divergences_agree_with_other_libraries() {
    for_each(pairs(), |pair| {
        let lines: Vec<_> = table().filter(|line| line.name == pair.name).collect();
        assert!(
            !lines.is_empty(),
            "no line of the table is on {}",
            pair.name
        );
        report(
            lines
                .iter()
                .filter_map(|line| check(line, &pair.value, &[]).err())
                .collect(),
        );
    });
}
