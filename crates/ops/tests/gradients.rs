//! Every operation against finite differences, in every memory layout.

use dfdx::prelude::*;
use vae_ops::{Activation, Batch, GradTape, Identity, Real, Relu, Sigmoid, Tanh};
use vae_ops::{backward, batch_mean, columns, concat, elementwise, linear, repeat, sum_event};
use vae_testkit::{Matrix, assert_grad};

type Wide<T = NoneTape> = Tensor<(usize, usize), f64, Cpu, T>;

fn filled(rows: usize, columns: usize) -> Wide {
    let values = (0..rows * columns)
        .map(|i| (i as f64 * 0.7).sin())
        .collect();
    Cpu::default().tensor_from_vec(values, (rows, columns))
}

/// A vector, as the first row of the matrix.
fn row(m: Matrix) -> Tensor<(usize,), f64, Cpu, GradTape<f64>> {
    let (rows, columns) = *m.shape();
    m.contiguous().reshape_like(&(rows * columns,))
}

fn linear_in_every_argument<F: Activation>(f: F) {
    assert_grad(-1.0..1.0, |[x]| {
        let inputs = x.shape().1;
        linear(
            x,
            filled(4, inputs).retaped(),
            filled(1, 4).reshape_like(&(4,)).retaped(),
            f,
        )
    });
    assert_grad(-1.0..1.0, |[weight]| {
        let (outputs, inputs) = *weight.shape();
        let bias = filled(1, outputs).reshape_like(&(outputs,));
        linear(filled(5, inputs).retaped(), weight, bias.retaped(), f)
    });
    assert_grad(-1.0..1.0, |[bias]| {
        let bias = row(bias);
        let outputs = bias.shape().0;
        linear(
            filled(5, 3).retaped(),
            filled(outputs, 3).retaped(),
            bias,
            f,
        )
    });
}

#[test]
fn linear_with_every_activation() {
    linear_in_every_argument(Identity);
    linear_in_every_argument(Tanh);
    linear_in_every_argument(Sigmoid);
}

#[test]
fn linear_with_relu() {
    // Away from its kink, on either side of it.
    for offset in [-30.0, 30.0] {
        assert_grad(-1.0..1.0, |[x]| {
            let inputs = x.shape().1;
            let bias: Tensor<(usize,), f64, _> =
                Cpu::default().tensor_from_vec(vec![offset, -offset], (2,));
            linear(x, filled(2, inputs).retaped(), bias.retaped(), Relu)
        });
    }
}

#[test]
fn elementwise_of_two_inputs() {
    assert_grad(0.5..2.0, |[x, y]| {
        elementwise([x, y], [], |[x, y], []| (x / y, [1.0 / y, -x / (y * y)]))
    });
}

#[test]
fn an_input_may_be_given_twice() {
    assert_grad(0.5..2.0, |[x]| {
        elementwise([x.clone(), x], [], |[x, y], []| {
            (x * y * y, [y * y, 2.0 * x * y])
        })
    });
    assert_grad(0.5..2.0, |[x]| {
        sum_event([x.clone(), x], [], |[x, y], []| {
            (x * y * y, [y * y, 2.0 * x * y])
        })
    });
}

#[test]
fn sum_over_the_event() {
    assert_grad(-3.0..3.0, |[x, y]| {
        sum_event([x, y], [], |[x, y], []| {
            (x * y.sin(), [y.sin(), x * y.cos()])
        })
    });
}

#[test]
fn mean_over_the_batch() {
    assert_grad(-3.0..3.0, |[x]| batch_mean(row(x)));
}

#[test]
fn works_with_operations_of_dfdx_on_the_same_tape() {
    assert_grad(0.5..2.0, |[x]| {
        let y = elementwise([x.clone()], [], |[x], []| (x * x, [2.0 * x]));
        (x.clone() * y.clone()).ln() + y - x
    });
}

#[test]
fn data_gets_no_gradient_and_parameters_do() {
    let device = Cpu::default();
    let (x, weight) = (filled(3, 4), filled(2, 4));
    let bias: Tensor<(usize,), f64, _> = device.zeros_like(&(2,));
    let loss = |tape: GradTape<f64>| {
        let y = linear(
            x.clone().put_tape(tape),
            weight.retaped(),
            bias.retaped(),
            Tanh,
        );
        let y = linear(
            y,
            filled(3, 2).retaped(),
            device.zeros_like(&(3,)).retaped(),
            Tanh,
        );
        backward(batch_mean(sum_event([y], [], |[y], []| (y, [1.0]))), 1.0)
    };
    let (with, without) = (loss(GradTape::new()), loss(GradTape::for_data()));
    assert_eq!(with.get(&weight).as_vec(), without.get(&weight).as_vec());
    assert!(with.get(&x).as_vec().iter().all(|g| *g != 0.0));
    assert!(without.get(&x).as_vec().iter().all(|g| *g == 0.0));
}

#[test]
fn single_precision_follows_double() {
    let single = |x: f64| x as f32;
    let logits: Vec<f64> = (0..999)
        .map(|i| (f64::from(i) * 0.37).sin() * 30.0)
        .collect();
    let device = Cpu::default();
    let double: Batch<usize, f64> = device.tensor_from_vec(logits.clone(), (3, 333));
    let float: Batch<usize> =
        device.tensor_from_vec(logits.iter().copied().map(single).collect(), (3, 333));
    let f = sum_event([float], [], |[l], []| (l.softplus(), [l.sigmoid()])).as_vec();
    let d = sum_event([double], [], |[l], []| (l.softplus(), [l.sigmoid()])).as_vec();
    for (f, d) in f.iter().zip(d) {
        assert!((f64::from(*f) - d).abs() < 2e-6 * d, "{f} against {d}");
    }
}

#[test]
fn columns_apart_and_together() {
    assert_grad(-1.0..1.0, |[x]| {
        let first = x.shape().1 / 2;
        let rest = x.shape().1 - first;
        columns(x, first, rest)
    });
    assert_grad(-1.0..1.0, |[x, y]| {
        let width = x.shape().1 + y.shape().1;
        concat(x, y, width)
    });
}

#[test]
fn repeated_rows() {
    assert_grad(-1.0..1.0, |[x]| repeat(x, 3));
}
