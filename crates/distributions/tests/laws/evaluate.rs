//! Evaluates a quantity, and its gradient, at columns of numbers: row i of the columns is one example.

use crate::law::Law;
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, Shape, Tensor, TensorFromVec};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::panic::{AssertUnwindSafe, catch_unwind};
use vae_ops::{
    Batch, GradTape, PerExample, Real, Record, as_slice, backward, batch_mean, sum_event,
};

pub type Input = Batch<usize, f64, GradTape<f64>>;
pub type Output = PerExample<f64, GradTape<f64>>;

/// A function of some inputs of one shape, with its gradient, and in single precision without: half the code to compile.
#[derive(Clone, Copy)]
pub struct Quantity {
    pub single: fn(&[Batch<usize, f32>]) -> PerExample<f32>,
    pub double: fn(&[Input]) -> Output,
}

/// The function in both precisions from one expression.
macro_rules! quantity {
    (|$inputs:ident| $value:expr) => {
        crate::evaluate::Quantity {
            single: |$inputs: &[vae_ops::Batch<usize, f32>]| crate::evaluate::flat($value),
            double: |$inputs: &[crate::evaluate::Input]| crate::evaluate::flat($value),
        }
    };
}
pub(crate) use quantity;

/// One value per example and one per element are the same with one element per example.
pub fn flat<S: Shape, E: Real, T: Record<E>>(out: Tensor<S, E, Cpu, T>) -> PerExample<E, T> {
    let len = out.shape().num_elements();
    out.contiguous().reshape_like(&(len,))
}

/// Shape (B, W), from the rows one after the other.
pub fn rows<E: Real>(values: &[f64], width: usize) -> Batch<usize, E> {
    let shape = (values.len() / width, width);
    Cpu::default().tensor_from_vec(values.iter().map(|x| E::of(*x)).collect(), shape)
}

/// Shape (B, 1).
pub fn column<E: Real>(values: &[f64]) -> Batch<usize, E> {
    rows(values, 1)
}

impl Quantity {
    pub fn values(&self, inputs: &[Vec<f64>]) -> Vec<f64> {
        self.values_at(inputs.iter().map(|x| column(x)).collect())
    }

    pub fn values_at(&self, inputs: Vec<Batch<usize, f64>>) -> Vec<f64> {
        let data = inputs.into_iter().map(|x| x.put_tape(GradTape::for_data()));
        numbers(&(self.double)(&data.collect::<Vec<_>>()))
    }

    /// In single precision.
    pub fn values_in_single(&self, inputs: Vec<Batch<usize, f32>>) -> Vec<f64> {
        numbers(&(self.single)(&inputs))
    }

    /// At one example, in single precision.
    pub fn value_in_single(&self, inputs: &[f64]) -> f64 {
        self.values_in_single(inputs.iter().map(|x| column(&[*x])).collect())[0]
    }

    /// At one example.
    pub fn value(&self, inputs: &[f64]) -> f64 {
        self.values(&inputs.iter().map(|x| vec![*x]).collect::<Vec<_>>())[0]
    }

    /// As a function of its first input, the others fixed.
    pub fn along(&self, xs: &[f64], fixed: &[f64]) -> Vec<f64> {
        let mut inputs = vec![xs.to_vec()];
        inputs.extend(fixed.iter().map(|p| vec![*p; xs.len()]));
        self.values(&inputs)
    }

    /// The value of each example, and its derivatives in each input, a column.
    pub fn differentiate(&self, inputs: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
        self.differentiate_at(inputs.iter().map(|x| column(x)).collect())
    }

    /// All values, and the derivatives of their sum in all elements of each input.
    pub fn differentiate_at(&self, leaves: Vec<Batch<usize, f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
        self.differentiate_through(leaves, |x| x, |_| 1.0)
    }

    /// The same with each input seen as `view` shows it, and each value of its own weight in the sum.
    pub fn differentiate_through(
        &self,
        leaves: Vec<Batch<usize, f64>>,
        view: impl Fn(Input) -> Input,
        weight: impl Fn(usize) -> f64,
    ) -> (Vec<f64>, Vec<Vec<f64>>) {
        let tape = GradTape::new();
        let inputs = leaves
            .iter()
            .map(|x| view(x.clone().put_tape(tape.clone())));
        let out = (self.double)(&inputs.collect::<Vec<_>>());
        let values = numbers(&out);
        // The sum of infinite values is never looked at.
        let row = out.reshape_like(&(1, values.len()));
        let weights: Vec<f64> = (0..values.len()).map(weight).collect();
        let weights = rows(&weights, values.len());
        let weighted = sum_event([row], [weights], |[x], [w]| (w * x, [w]));
        let gradients = backward(batch_mean(weighted), 1.0);
        let partials = leaves.iter().map(|leaf| numbers(&gradients.get(leaf)));
        (values, partials.collect())
    }
}

fn numbers<S: Shape, E: Real, T>(x: &Tensor<S, E, Cpu, T>) -> Vec<f64> {
    as_slice(x).iter().map(|x| x.as_f64()).collect()
}

/// Seeded anew for every use.
pub fn generator() -> StdRng {
    StdRng::seed_from_u64(7)
}

/// `count` vectors of parameters, each from `place(parameter, u)` with u uniform on (0, 1).
pub fn cases(
    law: &Law,
    count: usize,
    rng: &mut StdRng,
    place: impl Fn(&crate::domain::Parameter, f64) -> f64,
) -> Vec<Vec<f64>> {
    let mut one = || {
        law.parameters
            .iter()
            .map(|p| place(p, rng.gen_range(0.0..1.0)))
            .collect()
    };
    (0..count).map(|_| one()).collect()
}

/// What a check is run on.
pub trait Named {
    fn name(&self) -> String;
}

/// Runs a check on every item, and then says for which it failed.
pub fn for_each<T: Named>(items: Vec<T>, check: impl Fn(&T)) {
    let fails = |item: &&T| {
        let failed = catch_unwind(AssertUnwindSafe(|| check(item))).is_err();
        if failed {
            eprintln!("^ {}\n", item.name());
        }
        failed
    };
    let failed: Vec<String> = items.iter().filter(fails).map(T::name).collect();
    assert!(failed.is_empty(), "broken by {failed:?}");
}
