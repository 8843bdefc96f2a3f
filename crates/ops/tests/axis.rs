//! Operations along an axis: gradients, every axis of every rank, limits, and accuracy.

use dfdx::prelude::*;
use vae_ops::{GradTape, Real, as_slice, backward, batch_mean};
use vae_ops::{cumsum, log_softmax, log_sum_exp, mean_over, softmax, sum_over};
use vae_testkit::assert_grad;

const INF: f64 = f64::INFINITY;

/// The operation along either axis of a matrix, and along the middle one of a tensor of rank 3.
macro_rules! assert_grad_along_every_axis {
    ($($op:ident),*) => {$(
        assert_grad(-3.0..3.0, |[x]| $op(x, Axis::<0>));
        assert_grad(-3.0..3.0, |[x]| $op(x, Axis::<1>));
        assert_grad(-3.0..3.0, |[x]| {
            let shape = (2, x.shape().0, x.shape().1);
            $op(x.broadcast_like::<_, Axis<0>>(&shape), Axis::<1>)
        });
    )*};
}

#[test]
fn gradients_in_every_layout() {
    assert_grad_along_every_axis!(
        softmax,
        log_softmax,
        log_sum_exp,
        cumsum,
        sum_over,
        mean_over
    );
}

/// A lane's result from its definition.
type Reference = fn(&[f64]) -> Vec<f64>;

fn total(x: &[f64]) -> f64 {
    x.iter().map(|x| x.exp()).sum()
}

fn softmax_of(x: &[f64]) -> Vec<f64> {
    x.iter().map(|e| e.exp() / total(x)).collect()
}

fn log_softmax_of(x: &[f64]) -> Vec<f64> {
    x.iter().map(|e| e - total(x).ln()).collect()
}

fn cumsum_of(x: &[f64]) -> Vec<f64> {
    (0..x.len()).map(|k| x[..=k].iter().sum()).collect()
}

/// Compares with the reference, which finds its lanes by counting through all indices.
fn assert_lanes(out: &[f64], x: &[f64], sizes: &[usize], axis: usize, reference: Reference) {
    let stride: usize = sizes[axis + 1..].iter().product();
    let firsts = (0..x.len()).filter(|i| (i / stride).is_multiple_of(sizes[axis]));
    for (lane_number, first) in firsts.enumerate() {
        let lane: Vec<usize> = (0..sizes[axis]).map(|k| first + k * stride).collect();
        let expected = reference(&lane.iter().map(|i| x[*i]).collect::<Vec<_>>());
        for (k, expected) in expected.iter().enumerate() {
            let at = if out.len() == x.len() {
                lane[k]
            } else {
                lane_number
            };
            let error = (out[at] - expected).abs();
            assert!(
                error < 1e-14 * (1.0 + expected.abs()),
                "{sizes:?}, axis {axis}: {} against {expected}",
                out[at]
            );
        }
    }
}

macro_rules! assert_values {
    ($shape:expr; $($axis:literal),*) => {{
        let x: Vec<f64> = (0..$shape.num_elements()).map(|i| 4.0 * (i as f64 * 0.7).sin()).collect();
        let t = Cpu::default().tensor_from_vec(x.clone(), $shape);
        let sizes: Vec<usize> = $shape.concrete().into();
        $(
            let check = |out: Vec<f64>, reference| assert_lanes(&out, &x, &sizes, $axis, reference);
            check(softmax(t.clone(), Axis::<$axis>).as_vec(), softmax_of);
            check(log_softmax(t.clone(), Axis::<$axis>).as_vec(), log_softmax_of);
            check(cumsum(t.clone(), Axis::<$axis>).as_vec(), cumsum_of);
            check(log_sum_exp(t.clone(), Axis::<$axis>).as_vec(), |x| vec![total(x).ln()]);
            check(sum_over(t.clone(), Axis::<$axis>).as_vec(), |x| vec![x.iter().sum()]);
            check(mean_over(t.clone(), Axis::<$axis>).as_vec(), |x| vec![x.iter().sum::<f64>() / x.len() as f64]);
        )*
    }};
}

#[test]
fn values_along_every_axis_of_every_rank() {
    assert_values!((Const::<19>,); 0);
    assert_values!((5, Const::<18>); 0, 1);
    assert_values!((3, Const::<17>, 33); 0, 1, 2);
    assert_values!((2, 3, Const::<4>, 5); 0, 1, 2, 3);
    assert_values!((1, 1, 300, 1); 0, 1, 2, 3);
}

#[test]
fn shapes_follow_the_types() {
    let x: Tensor<(usize, Const<3>, Const<2>), f32, _> =
        Cpu::default().ones_like(&(4, Const, Const));
    let sum: Tensor<(usize, Const<2>), f32, _> = sum_over(x.clone(), Axis::<1>);
    assert_eq!((sum.shape(), sum.as_vec()), (&(4, Const), vec![3.0; 8]));
    let mean: Tensor<Rank2<3, 2>, f32, _> = mean_over(x, Axis::<0>);
    assert_eq!(mean.array(), [[1.0; 2]; 3]);
    let scalar: Tensor<Rank0, f32, _> = log_sum_exp(Cpu::default().tensor([0.0]), Axis::<0>);
    assert_eq!(scalar.array(), 0.0);
}

/// An operation on the columns of a matrix of one column, and the gradient of the mean of the result.
macro_rules! column {
    ($op:ident, $values:expr) => {{
        let x = Cpu::default().tensor_from_vec($values.to_vec(), ($values.len(), 1));
        let out = $op(x.clone().put_tape(GradTape::new()), Axis::<0>);
        let flat = (out.shape().num_elements(),);
        let gradients = backward(batch_mean(out.clone().reshape_like(&flat)), 1.0);
        (out.as_vec(), gradients.get(&x).as_vec())
    }};
}

#[test]
fn an_impossible_lane_stays_impossible() {
    let nothing = [-INF; 3];
    assert_eq!(column!(softmax, nothing), (vec![0.0; 3], vec![0.0; 3]));
    assert_eq!(column!(log_sum_exp, nothing), (vec![-INF], vec![0.0; 3]));
    assert_eq!(column!(log_softmax, nothing).0, nothing);
    assert!(
        column!(log_softmax, nothing)
            .1
            .iter()
            .all(|g| g.is_finite())
    );
}

#[test]
fn an_impossible_term_takes_no_part() {
    let x = [0.0, -INF, 0.0];
    let log_2 = 2.0f64.ln();
    assert_eq!(column!(softmax, x).0, [0.5, 0.0, 0.5]);
    assert_eq!(column!(log_softmax, x).0, [-log_2, -INF, -log_2]);
    assert_eq!(column!(log_sum_exp, x), (vec![log_2], vec![0.5, 0.0, 0.5]));
    for gradient in [column!(softmax, x).1, column!(log_softmax, x).1] {
        assert!(gradient.iter().all(|g| g.is_finite()), "{gradient:?}");
    }
}

#[test]
fn huge_values_do_not_overflow_and_keep_their_differences() {
    for huge in [1e4, -1e4, 1e30, -1e30, f64::MAX] {
        let x = [huge; 2];
        assert_eq!(column!(softmax, x), (vec![0.5; 2], vec![0.0; 2]), "{huge}");
        assert_eq!(column!(log_softmax, x).0, [-(2.0f64.ln()); 2], "{huge}");
        assert_eq!(
            column!(log_sum_exp, x),
            (vec![huge + 2.0f64.ln()], vec![0.5; 2]),
            "{huge}"
        );
    }
    let single = |x: [f32; 2]| column!(log_softmax, x).0;
    assert_eq!(single([3e38, -3e38]), [0.0, f32::NEG_INFINITY]);
    assert_eq!(single([1e8, 1e8 - 8.0])[1], -8.0 - (-8.0f32).exp().ln_1p());
}

#[test]
fn nan_and_infinity_are_not_hidden() {
    for bad in [[0.0, f64::NAN], [f64::NAN, -INF], [INF, f64::NAN]] {
        assert!(column!(softmax, bad).0.iter().all(|y| y.is_nan()));
        assert!(column!(log_softmax, bad).0.iter().all(|y| y.is_nan()));
        assert!(column!(log_sum_exp, bad).0[0].is_nan());
        assert!(column!(cumsum, bad).0[1].is_nan());
        assert!(column!(sum_over, bad).0[0].is_nan());
        assert!(column!(mean_over, bad).0[0].is_nan());
    }
    // A NaN anywhere among many, past the first group of 16 too.
    for at in 0..40 {
        let mut x = [0.0; 40];
        x[at] = f64::NAN;
        assert!(column!(softmax, x).0.iter().all(|y| y.is_nan()), "at {at}");
    }
    assert_eq!(column!(log_sum_exp, [INF, 0.0]).0, [INF]);
    assert!(column!(softmax, [INF, 0.0]).0.iter().all(|y| y.is_nan()));
}

#[test]
fn an_empty_axis_has_its_neutral_values() {
    let empty: Tensor<(usize, Const<2>), f64, _> = Cpu::default().zeros_like(&(0, Const));
    assert_eq!(sum_over(empty.clone(), Axis::<0>).array(), [0.0; 2]);
    assert_eq!(log_sum_exp(empty.clone(), Axis::<0>).array(), [-INF; 2]);
    assert!(mean_over(empty.clone(), Axis::<0>).array()[0].is_nan());
    assert!(as_slice(&sum_over(empty.clone(), Axis::<1>)).is_empty());
    assert!(as_slice(&softmax(empty.clone(), Axis::<0>)).is_empty());
    assert!(as_slice(&cumsum(empty, Axis::<1>)).is_empty());
}

#[test]
fn sums_of_single_precision_lose_nothing() {
    const N: usize = 10_000_000;
    let x: Tensor<Rank1<N>, f32, _> = Cpu::default().ones() * 0.1;
    assert_eq!(mean_over(x.clone(), Axis::<0>).array(), 0.1);
    assert_eq!(
        sum_over(x.clone(), Axis::<0>).array(),
        (N as f64 * f64::from(0.1f32)) as f32
    );
    assert_eq!(
        cumsum(x, Axis::<0>).as_vec()[N - 1],
        (N as f64 * f64::from(0.1f32)) as f32
    );
}

#[test]
fn single_precision_follows_double() {
    let values: Vec<f64> = (0..999)
        .map(|i| (f64::from(i) * 0.37).sin() * 30.0)
        .collect();
    fn run<E: Real>(values: &[f64]) -> [Vec<f64>; 3] {
        let values = values.iter().map(|x| E::of(*x as f32 as f64)).collect();
        let x: Tensor<(usize, usize), E, Cpu> = Cpu::default().tensor_from_vec(values, (333, 3));
        let exact = |y: Vec<E>| y.into_iter().map(Real::as_f64).collect();
        [
            exact(softmax(x.clone(), Axis::<0>).as_vec()),
            exact(log_softmax(x.clone(), Axis::<0>).as_vec()),
            exact(log_sum_exp(x, Axis::<0>).as_vec()),
        ]
    }
    // A difference of 60 is rounded to 2e-6, and the exponential turns that into a relative error.
    for (single, double) in run::<f32>(&values)
        .iter()
        .flatten()
        .zip(run::<f64>(&values).iter().flatten())
    {
        assert!(
            (single - double).abs() <= 2.5e-6 * double.abs(),
            "{single} against {double}"
        );
    }
}

#[test]
fn data_gets_no_gradient() {
    let x = Cpu::default().tensor([1.0, 2.0]);
    let gradient = |tape: GradTape<f64>| {
        let total = log_sum_exp(x.clone().put_tape(tape), Axis::<0>);
        backward(total, 1.0).get(&x).as_vec()
    };
    assert_eq!(gradient(GradTape::for_data()), [0.0; 2]);
    assert!(gradient(GradTape::new()).iter().all(|g| *g > 0.0));
}
