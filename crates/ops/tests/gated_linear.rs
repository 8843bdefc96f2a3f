//! The gated linear unit: its value, its gradient in every argument and layout, and its limits.

use dfdx::prelude::*;
use vae_ops::{
    Batch, GradTape, Identity, Sigmoid, backward, batch_mean, elementwise, gated_linear,
};
use vae_ops::{as_slice, linear, sum_event};
use vae_testkit::{Matrix, assert_grad};

type Wide = Tensor<(usize, usize), f64, Cpu>;

fn filled(rows: usize, columns: usize, phase: f64) -> Wide {
    let values = (0..rows * columns).map(|i| (i as f64 * 0.7 + phase).sin());
    Cpu::default().tensor_from_vec(values.collect(), (rows, columns))
}

fn vector(len: usize, phase: f64) -> Tensor<(usize,), f64, Cpu> {
    filled(1, len, phase).reshape_like(&(len,))
}

fn weights(outputs: usize, inputs: usize) -> [Tensor<(usize, usize), f64, Cpu, GradTape<f64>>; 2] {
    [0.3, 1.1].map(|phase| filled(outputs, inputs, phase).retaped())
}

fn biases(outputs: usize) -> [Tensor<(usize,), f64, Cpu, GradTape<f64>>; 2] {
    [0.5, 0.9].map(|phase| vector(outputs, phase).retaped())
}

#[test]
fn gradients_in_every_argument_and_layout() {
    assert_grad(-1.0..1.0, |[x]| {
        let inputs = x.shape().1;
        gated_linear(x, weights(4, inputs), biases(4))
    });
    assert_grad(-1.0..1.0, |[value, gate]| {
        let (outputs, inputs) = *value.shape();
        let x = filled(5, inputs, 0.0).retaped();
        gated_linear(x, [value, gate], biases(outputs))
    });
    let flat = |m: Matrix| {
        let len = m.shape().num_elements();
        m.contiguous().reshape_like(&(len,))
    };
    assert_grad(-1.0..1.0, |[value, gate]| {
        let outputs = value.shape().num_elements();
        let x = filled(5, 3, 0.0).retaped();
        gated_linear(x, weights(outputs, 3), [flat(value), flat(gate)])
    });
}

#[test]
fn one_tensor_may_serve_as_both() {
    assert_grad(-1.0..1.0, |[w]| {
        let (outputs, inputs) = *w.shape();
        let x = filled(5, inputs, 0.0).retaped();
        gated_linear(x, [w.clone(), w], biases(outputs))
    });
}

#[test]
fn equals_its_parts() {
    for (batch, inputs, outputs) in [(1, 1, 1), (3, 5, 7), (0, 2, 3), (17, 33, 9)] {
        let x: Batch<usize, f64> = filled(batch, inputs, 0.0);
        let [w1, w2] = [0.3, 1.1].map(|phase| filled(outputs, inputs, phase));
        let [b1, b2] = [0.5, 0.9].map(|phase| vector(outputs, phase));
        let y = gated_linear(
            x.clone(),
            [w1.clone(), w2.clone()],
            [b1.clone(), b2.clone()],
        );
        let value = linear(x.clone(), w1, b1, Identity);
        let gate = linear(x, w2, b2, Sigmoid);
        let product = elementwise([value, gate], [], |[a, s], []| (a * s, [s, a]));
        assert_eq!(y.shape(), &(batch, outputs));
        assert_eq!(as_slice(&y), as_slice(&product));
    }
}

#[test]
fn a_gate_closes_and_opens_all_the_way_and_nan_passes() {
    let device = Cpu::default();
    let at = |gate: f32| {
        let x: Batch<Const<1>> = device.tensor_from_vec(vec![1.0], (1, Const));
        let weights = [device.tensor([[3.0]]), device.tensor([[gate]])];
        gated_linear(x, weights, [device.tensor([0.0]), device.tensor([0.0])]).as_vec()[0]
    };
    assert_eq!((at(-1e30), at(1e30)), (0.0, 3.0));
    assert!(at(f32::NAN).is_nan());
}

#[test]
fn data_gets_no_gradient_and_parameters_do() {
    let (x, parameters) = (filled(3, 4, 0.0), filled(2, 4, 0.2));
    let run = |tape: GradTape<f64>| {
        let value = parameters.retaped();
        let [gate, _] = weights(2, 4);
        let y = gated_linear(x.clone().put_tape(tape), [value, gate], biases(2));
        let loss = batch_mean(sum_event([y], [], |[y], []| (y, [1.0])));
        backward(loss, 1.0)
    };
    let (with, without) = (run(GradTape::new()), run(GradTape::for_data()));
    assert_eq!(
        with.get(&parameters).as_vec(),
        without.get(&parameters).as_vec()
    );
    assert!(with.get(&x).as_vec().iter().all(|g| *g != 0.0));
    assert!(without.get(&x).as_vec().iter().all(|g| *g == 0.0));
}
