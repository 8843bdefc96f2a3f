//! Image operations in single precision against values and gradients from PyTorch: see golden/conv.py.

use crate::support::{assert_all_close, spread};
use dfdx::prelude::*;
use vae_ops::*;

type Taped<S> = Tensor<S, f32, Cpu, GradTape>;

fn leaf<S: ConstShape>(stream: usize) -> Tensor<S, f32, Cpu> {
    let values = spread(stream, S::NUMEL).into_iter().map(|x| x as f32);
    Cpu::default().tensor_from_vec(values.collect(), S::default())
}

fn image<const C: usize, const H: usize, const W: usize>(
    batch: usize,
) -> Images<Const<C>, Const<H>, Const<W>> {
    let values = spread(1, batch * C * H * W).into_iter().map(|x| x as f32);
    Cpu::default().tensor_from_vec(values.collect(), (batch, Const, Const, Const))
}

#[track_caller]
fn assert_golden(name: &str, actual: &[f32]) {
    let table = include_str!("../golden/conv.txt");
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let expected = line
        .unwrap_or_else(|| panic!("no {name} in the table"))
        .split(' ');
    let expected: Vec<f64> = expected.map(|v| v.parse().unwrap()).collect();
    let actual: Vec<f64> = actual.iter().map(|x| f64::from(*x)).collect();
    assert_all_close(&actual, &expected, 1e-5);
}

/// Compares the value, and gives the gradients.
#[track_caller]
fn run<S: Shape>(name: &str, y: Taped<S>) -> vae_ops::Gradients<f32> {
    assert_golden(&format!("{name}.y"), &y.as_vec());
    let len = y.shape().num_elements();
    let direction = spread(9, len).into_iter().map(|x| x as f32).collect();
    let direction: Batch<usize> = Cpu::default().tensor_from_vec(direction, (1, len));
    let y = y.reshape_like(&(1, len));
    let sum = sum_event([y], [direction], |[y], [d]| (y * d, [d]));
    backward(batch_mean(sum), 1.0)
}

#[track_caller]
fn case1<X: Shape, S: Shape>(
    name: &str,
    f: impl FnOnce(Taped<X>) -> Taped<S>,
    x: Tensor<X, f32, Cpu>,
) {
    let gradients = run(name, f(x.clone().put_tape(GradTape::new())));
    assert_golden(&format!("{name}.grad0"), &gradients.get(&x).as_vec());
}

#[track_caller]
fn case3<X: Shape, W: Shape, B: Shape, S: Shape>(
    name: &str,
    f: impl FnOnce(Taped<X>, Taped<W>, Taped<B>) -> Taped<S>,
    (x, w, b): (
        Tensor<X, f32, Cpu>,
        Tensor<W, f32, Cpu>,
        Tensor<B, f32, Cpu>,
    ),
) {
    let tape = GradTape::new();
    let y = f(
        x.clone().put_tape(tape.clone()),
        w.clone().put_tape(tape.clone()),
        b.clone().put_tape(tape),
    );
    let gradients = run(name, y);
    assert_golden(&format!("{name}.grad0"), &gradients.get(&x).as_vec());
    assert_golden(&format!("{name}.grad1"), &gradients.get(&w).as_vec());
    assert_golden(&format!("{name}.grad2"), &gradients.get(&b).as_vec());
}

#[test]
fn convolutions() {
    case3(
        "conv2d",
        |x, w, b| -> Images<_, Const<3>, Const<2>, f32, _> {
            conv2d(x, w, b, Window::<4, 2, 1>, Relu)
        },
        (
            image::<2, 6, 5>(1),
            leaf::<Rank4<3, 2, 4, 4>>(2),
            leaf::<Rank1<3>>(3),
        ),
    );
    case3(
        "conv2d_groups",
        |x, w, b| -> Images<_, Const<3>, Const<2>, f32, _> {
            conv2d(x, w, b, Window::<3, 1, 1, 2>, Identity)
        },
        (
            image::<4, 3, 2>(1),
            leaf::<Rank4<2, 2, 3, 3>>(2),
            leaf::<Rank1<2>>(3),
        ),
    );
    let size = (Const::<6>, Const::<8>);
    case3(
        "conv_transpose2d",
        |x, w, b| conv_transpose2d(x, w, b, Window::<4, 2, 1>, size, Identity),
        (
            image::<2, 3, 4>(1),
            leaf::<Rank4<2, 2, 4, 4>>(2),
            leaf::<Rank1<2>>(3),
        ),
    );
    case3(
        "conv_transpose2d_output_padding",
        |x, w, b| conv_transpose2d(x, w, b, Window::<3, 2, 1, 2>, size, Identity),
        (
            image::<2, 3, 4>(1),
            leaf::<Rank4<2, 1, 3, 3>>(2),
            leaf::<Rank1<2>>(3),
        ),
    );
}

#[test]
fn pooling_and_upsampling() {
    case1(
        "max_pool2d",
        |x| -> Images<_, Const<3>, Const<3>, f32, _> { max_pool2d(x, Window::<3, 2, 1>) },
        image::<2, 6, 5>(1),
    );
    case1(
        "avg_pool2d",
        |x| -> Images<_, Const<3>, Const<3>, f32, _> { avg_pool2d(x, Window::<3, 2, 1>) },
        image::<2, 6, 5>(1),
    );
    case1(
        "upsample_nearest",
        |x| -> Images<_, Const<6>, Const<8>, f32, _> { upsample_nearest(x, Scale::<2>) },
        image::<2, 3, 4>(1),
    );
    case1(
        "upsample_bilinear",
        |x| -> Images<_, Const<9>, Const<12>, f32, _> { upsample_bilinear(x, Scale::<3>) },
        image::<2, 3, 4>(1),
    );
}

#[test]
fn normalization() {
    let rows = image::<7, 1, 1>(3).reshape_like(&(3, Const::<7>));
    case3(
        "layer_norm",
        |x, w, b| layer_norm(x, w, b, 1e-5),
        (rows, leaf::<Rank1<7>>(2), leaf::<Rank1<7>>(3)),
    );
    case3(
        "group_norm",
        |x, w, b| group_norm(x, w, b, Groups::<2>, 1e-5),
        (
            image::<4, 3, 2>(1),
            leaf::<Rank1<4>>(2),
            leaf::<Rank1<4>>(3),
        ),
    );
    case3(
        "batch_norm",
        |x, w, b| {
            let (y, statistics) = batch_norm(x, w, b, 1e-5);
            assert_golden("batch_norm.mean", &statistics.mean.as_vec());
            assert_golden("batch_norm.variance", &statistics.variance.as_vec());
            y
        },
        (
            image::<2, 3, 2>(2),
            leaf::<Rank1<2>>(2),
            leaf::<Rank1<2>>(3),
        ),
    );
}
