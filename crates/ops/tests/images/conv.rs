//! Convolutions against plain loops, finite differences, and each other.

use crate::support::{Image, assert_all_close, assert_image_grad, image, spread};
use dfdx::prelude::*;
use vae_ops::{Activation, Batch, GradTape, Identity, Images, Silu, Tanh, Window};
use vae_ops::{as_slice, backward, batch_mean, conv_transpose2d, conv2d, sum_event};

type Dynamic<T = NoneTape> = Images<usize, usize, usize, f64, T>;
type Bias<T = NoneTape> = Tensor<(usize,), f64, Cpu, T>;

/// Sizes of a convolution: batch, channels, height, width, filters.
type Sizes = [usize; 5];

fn places(long: usize, [k, s, p]: [usize; 3]) -> usize {
    (long + 2 * p - k) / s + 1
}

/// Calls `visit` with the indices of image, filter, map and of every pair of pixel and weight that meet there.
fn meetings(
    [b, c, h, w, o]: Sizes,
    [k, s, p]: [usize; 3],
    g: usize,
    mut visit: impl FnMut(usize, usize, usize),
) {
    let (h2, w2, i, per_group) = (places(h, [k, s, p]), places(w, [k, s, p]), c / g, o / g);
    for (n, o_at, y, x) in indices(b, o, h2, w2) {
        let map = ((n * o + o_at) * h2 + y) * w2 + x;
        for (c_at, dy, dx, _) in indices(i, k, k, 1) {
            let (row, column) = (y * s + dy, x * s + dx);
            if (p..h + p).contains(&row) && (p..w + p).contains(&column) {
                let channel = o_at / per_group * i + c_at;
                let pixel = ((n * c + channel) * h + row - p) * w + column - p;
                visit(map, pixel, ((o_at * i + c_at) * k + dy) * k + dx);
            }
        }
    }
}

fn indices(
    a: usize,
    b: usize,
    c: usize,
    d: usize,
) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    (0..a * b * c * d).map(move |i| (i / (b * c * d), i / (c * d) % b, i / d % c, i % d))
}

type Filters<const K: usize, T = NoneTape> =
    Tensor<(usize, usize, Const<K>, Const<K>), f64, Cpu, T>;

/// The same elements in the same layout.
fn filters<const K: usize, T: Tape<f64, Cpu>>(weight: Image<T>) -> Filters<K, T> {
    let (weight, tape) = weight.split_tape();
    weight.realize().put_tape(tape)
}

fn bias(len: usize) -> Bias {
    Cpu::default().tensor_from_vec(spread(3, len), (len,))
}

/// Every value against plain loops.
fn values<const K: usize, const S: usize, const P: usize, const G: usize>(sizes: Sizes) {
    let ([b, c, h, w, o], window) = (sizes, [K, S, P]);
    let (h2, w2) = (places(h, window), places(w, window));
    let weight = image(2, [o, c / G, K, K]);
    let filters = filters::<K, _>(weight.clone());

    let x = image(1, [b, c, h, w]);
    let mut expected: Vec<f64> = (0..b * o * h2 * w2)
        .map(|m| as_slice(&bias(o))[m / (h2 * w2) % o])
        .collect();
    meetings(sizes, window, G, |map, pixel, at| {
        expected[map] += as_slice(&x)[pixel] * as_slice(&weight)[at];
    });
    expected.iter_mut().for_each(|y| *y = y.tanh());
    let y: Dynamic = conv2d(x, filters.clone(), bias(o), Window::<K, S, P, G>, Tanh);
    assert_eq!(*y.shape(), (b, o, h2, w2));
    assert_all_close(as_slice(&y), &expected, 1e-12);

    let x = image(1, [b, o, h2, w2]);
    let mut expected: Vec<f64> = (0..b * c * h * w)
        .map(|m| as_slice(&bias(c))[m / (h * w) % c])
        .collect();
    meetings(sizes, window, G, |map, pixel, at| {
        expected[pixel] += as_slice(&x)[map] * as_slice(&weight)[at];
    });
    expected.iter_mut().for_each(|y| *y = y.tanh());
    let y: Dynamic = conv_transpose2d(x, filters, bias(c), Window::<K, S, P, G>, (h, w), Tanh);
    assert_all_close(as_slice(&y), &expected, 1e-12);
}

#[test]
fn agree_with_plain_loops() {
    values::<4, 2, 1, 1>([3, 1, 28, 28, 5]);
    values::<4, 2, 1, 1>([2, 3, 9, 6, 4]);
    values::<3, 1, 1, 1>([2, 3, 5, 7, 4]);
    values::<3, 2, 0, 1>([2, 2, 8, 7, 3]);
    values::<5, 3, 2, 1>([1, 2, 11, 4, 3]);
    values::<1, 1, 0, 1>([3, 4, 3, 5, 2]);
    values::<1, 2, 0, 1>([3, 2, 5, 4, 2]);
    values::<2, 3, 0, 1>([2, 1, 8, 9, 2]);
    values::<3, 1, 2, 1>([1, 1, 1, 1, 1]);
    values::<7, 1, 3, 1>([1, 1, 1, 17, 3]);
    values::<3, 1, 1, 2>([2, 4, 5, 3, 6]);
    values::<4, 2, 1, 3>([2, 3, 6, 7, 9]);
    values::<3, 2, 1, 4>([2, 4, 5, 6, 4]);
    // Several blocks of images, the last one smaller.
    values::<4, 2, 1, 1>([23, 16, 14, 14, 3]);
    values::<3, 1, 1, 2>([19, 64, 7, 7, 2]);
}

fn gradients<const K: usize, const S: usize, const P: usize, const G: usize, F: Activation>(
    [b, c, h, w, o]: Sizes,
    f: F,
) {
    let (h2, w2) = (places(h, [K, S, P]), places(w, [K, S, P]));
    let shape = [o, c / G, K, K];
    let forward = |x, weight: Image<GradTape<f64>>, bias| -> Dynamic<GradTape<f64>> {
        conv2d(x, filters::<K, _>(weight), bias, Window::<K, S, P, G>, f)
    };
    let backward = |x, weight: Image<GradTape<f64>>, bias| -> Dynamic<GradTape<f64>> {
        conv_transpose2d(
            x,
            filters::<K, _>(weight),
            bias,
            Window::<K, S, P, G>,
            (h, w),
            f,
        )
    };
    let (long, short) = ([b, c, h, w], [b, o, h2, w2]);
    assert_image_grad(long, |x| {
        forward(x, image(2, shape).retaped(), bias(o).retaped())
    });
    assert_image_grad(shape, |w| {
        forward(image(1, long).retaped(), w, bias(o).retaped())
    });
    assert_image_grad([1, 1, o, 1], |bias| {
        let bias = bias.contiguous().reshape_like(&(o,));
        forward(image(1, long).retaped(), image(2, shape).retaped(), bias)
    });
    assert_image_grad(short, |x| {
        backward(x, image(2, shape).retaped(), bias(c).retaped())
    });
    assert_image_grad(shape, |w| {
        backward(image(1, short).retaped(), w, bias(c).retaped())
    });
    assert_image_grad([1, 1, c, 1], |bias| {
        let bias = bias.contiguous().reshape_like(&(c,));
        backward(image(1, short).retaped(), image(2, shape).retaped(), bias)
    });
}

#[test]
fn gradients_agree_with_finite_differences() {
    gradients::<4, 2, 1, 1, _>([2, 2, 6, 5, 3], Tanh);
    gradients::<3, 1, 1, 1, _>([2, 3, 4, 3, 2], Identity);
    gradients::<3, 2, 0, 1, _>([3, 1, 6, 7, 2], Tanh);
    gradients::<1, 1, 0, 1, _>([2, 3, 1, 1, 4], Identity);
    gradients::<1, 2, 0, 1, _>([1, 2, 4, 3, 1], Identity);
    gradients::<2, 3, 1, 1, _>([1, 1, 5, 4, 1], Tanh);
    gradients::<3, 2, 1, 2, _>([2, 4, 5, 4, 2], Tanh);
    gradients::<3, 1, 1, 3, _>([2, 3, 3, 3, 3], Identity);
    gradients::<3, 1, 1, 1, _>([1, 1, 1, 1, 1], Tanh);
    // Differentiated from its input.
    gradients::<3, 2, 1, 1, _>([2, 2, 5, 4, 3], Silu);
}

fn dot(x: &Dynamic, y: &Dynamic) -> f64 {
    as_slice(x)
        .iter()
        .zip(as_slice(y))
        .map(|(x, y)| x * y)
        .sum()
}

fn adjoint<const K: usize, const S: usize, const P: usize, const G: usize>([b, c, h, w, o]: Sizes) {
    let (h2, w2) = (places(h, [K, S, P]), places(w, [K, S, P]));
    let (x, y) = (image(1, [b, c, h, w]), image(4, [b, o, h2, w2]));
    let weight = filters::<K, _>(image(2, [o, c / G, K, K]));
    let zeros = |n: usize| -> Bias { Cpu::default().zeros_like(&(n,)) };
    let window = Window::<K, S, P, G>;
    let forward: Dynamic = conv2d(x.clone(), weight.clone(), zeros(o), window, Identity);
    let back = conv_transpose2d(y.clone(), weight, zeros(c), window, (h, w), Identity);
    assert_all_close(&[dot(&forward, &y)], &[dot(&x, &back)], 1e-10);
}

#[test]
fn the_transposed_convolution_is_the_adjoint() {
    adjoint::<4, 2, 1, 1>([5, 3, 28, 27, 8]);
    adjoint::<3, 2, 1, 2>([3, 4, 9, 8, 6]);
    adjoint::<5, 3, 0, 1>([2, 2, 13, 7, 3]);
}

#[test]
fn single_precision_follows_double() {
    let single = |x: &[f64]| x.iter().map(|x| *x as f32).collect::<Vec<_>>();
    let device = Cpu::default();
    let (x, weight, bias) = (
        image(1, [9, 32, 14, 14]),
        image(2, [64, 32, 4, 4]),
        bias(64),
    );
    let y: Images<Const<32>, Const<14>, Const<14>> =
        device.tensor_from_vec(single(as_slice(&x)), (9, Const, Const, Const));
    let w = device.tensor_from_vec(single(as_slice(&weight)), Rank4::<64, 32, 4, 4>::default());
    let offset = device.tensor_from_vec(single(as_slice(&bias)), (Const::<64>,));
    let y: Images<Const<64>, Const<7>, Const<7>> =
        conv2d(y, w, offset, Window::<4, 2, 1>, Identity);
    let expected: Dynamic = conv2d(
        x,
        filters::<4, _>(weight),
        bias,
        Window::<4, 2, 1>,
        Identity,
    );
    let y: Vec<f64> = as_slice(&y).iter().map(|y| f64::from(*y)).collect();
    assert_all_close(&y, as_slice(&expected), 2e-5);
}

#[test]
fn data_gets_no_gradient_and_parameters_do() {
    let device = Cpu::default();
    let (x, weight) = (image(1, [3, 2, 6, 6]), image(2, [2, 2, 3, 3]));
    let gradients = |tape: GradTape<f64>, transposed: bool| {
        let filters = filters::<3, _>(weight.retaped());
        let (x, b, window) = (
            x.clone().put_tape(tape),
            bias(2).retaped(),
            Window::<3, 1, 1>,
        );
        let y: Dynamic<GradTape<f64>> = match transposed {
            true => conv_transpose2d(x, filters, b, window, (6, 6), Tanh),
            false => conv2d(x, filters, b, window, Tanh),
        };
        let y: Batch<usize, f64, _> = y.reshape_like(&(3, 72));
        backward(batch_mean(sum_event([y], [], |[y], []| (y, [1.0]))), 1.0)
    };
    for transposed in [false, true] {
        let with = gradients(GradTape::new(), transposed);
        let without = gradients(GradTape::for_data(), transposed);
        assert_eq!(with.get(&weight).as_vec(), without.get(&weight).as_vec());
        assert!(with.get(&x).as_vec().iter().any(|g| *g != 0.0));
        assert!(without.get(&x).as_vec().iter().all(|g| *g == 0.0));
    }
    let nothing: Dynamic = device.zeros_like(&(0, 2, 6, 6));
    let filters = filters::<3, _>(weight.clone());
    let y: Dynamic = conv2d(nothing, filters, bias(2), Window::<3, 1, 1>, Tanh);
    assert_eq!(*y.shape(), (0, 2, 6, 6));
}

#[test]
#[should_panic(expected = "has 3 places along 6 pixels, not 4")]
fn a_wrong_run_time_size_is_refused() {
    let weight = filters::<4, _>(image(2, [2, 2, 4, 4]));
    conv_transpose2d(
        image(1, [3, 2, 4, 4]),
        weight,
        bias(2),
        Window::<4, 2, 1>,
        (6, 6),
        Tanh,
    );
}

#[test]
#[should_panic(expected = "3 channels in each of 1 groups does not fit 2 channels")]
fn a_wrong_number_of_channels_is_refused() {
    let weight = filters::<4, _>(image(2, [2, 3, 4, 4]));
    let _: Dynamic = conv2d(
        image(1, [3, 2, 4, 4]),
        weight,
        bias(2),
        Window::<4, 2, 1>,
        Tanh,
    );
}
