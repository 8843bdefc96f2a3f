//! Normalization: what comes out is normalized, and gradients agree with finite differences.

use crate::support::{Image, assert_all_close, assert_image_grad, image, spread};
use dfdx::prelude::*;
use vae_ops::{GradTape, Groups, as_slice, batch_norm, batch_norm_with, group_norm, layer_norm};
use vae_testkit::assert_grad;

type Channels<T = NoneTape> = Tensor<(usize,), f64, Cpu, T>;

fn channels(stream: usize, len: usize) -> Channels {
    Cpu::default().tensor_from_vec(spread(stream, len), (len,))
}

fn vector<S: Shape>(x: Tensor<S, f64, Cpu, GradTape<f64>>) -> Channels<GradTape<f64>> {
    let len = x.shape().num_elements();
    x.contiguous().reshape_like(&(len,))
}

/// (x − μ) / √(σ² + ε) with the moments of all values for which `set` is the same, by plain loops.
fn plain(x: &Image, epsilon: f64, set: impl Fn(usize, usize) -> usize) -> Vec<f64> {
    let (_, c, h, w) = *x.shape();
    let sets: Vec<usize> = (0..as_slice(x).len())
        .map(|i| set(i / (c * h * w), i / (h * w) % c))
        .collect();
    let of = |wanted| {
        let chosen = as_slice(x).iter().zip(&sets);
        let x: Vec<f64> = chosen
            .filter(|(_, s)| **s == wanted)
            .map(|(x, _)| *x)
            .collect();
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let square = |x: &f64| (x - mean) * (x - mean);
        (mean, x.iter().map(square).sum::<f64>() / x.len() as f64)
    };
    let moments: Vec<(f64, f64)> = (0..=sets.iter().copied().max().unwrap()).map(of).collect();
    let values = as_slice(x).iter().zip(&sets);
    values
        .map(|(x, s)| (x - moments[*s].0) / (moments[*s].1 + epsilon).sqrt())
        .collect()
}

/// γ x + β per channel.
fn affine(x: Vec<f64>, (c, plane): (usize, usize)) -> Vec<f64> {
    let (gamma, beta) = (spread(1, c), spread(2, c));
    let channel = |i: usize| i / plane % c;
    let values = x.into_iter().enumerate();
    values
        .map(|(i, x)| x * gamma[channel(i)] + beta[channel(i)])
        .collect()
}

#[test]
fn agree_with_plain_loops() {
    for [b, c, h, w] in [
        [3, 4, 5, 7],
        [2, 2, 1, 1],
        [37, 6, 1, 1],
        [1, 6, 3, 17],
        [5, 2, 9, 4],
    ] {
        let (x, gamma, beta) = (image(5, [b, c, h, w]), channels(1, c), channels(2, c));
        let y = group_norm(x.clone(), gamma.clone(), beta.clone(), Groups::<2>, 1e-3);
        let expected = plain(&x, 1e-3, |n, channel| 2 * n + channel / (c / 2));
        assert_all_close(as_slice(&y), &affine(expected, (c, h * w)), 1e-12);

        let (y, statistics) = batch_norm(x.clone(), gamma.clone(), beta.clone(), 1e-3);
        let expected = affine(plain(&x, 1e-3, |_, channel| channel), (c, h * w));
        assert_all_close(as_slice(&y), &expected, 1e-12);
        let mut biased = statistics;
        let n = (b * h * w) as f64;
        biased.variance = biased.variance * ((n - 1.0) / n);
        let y = batch_norm_with(x.clone(), &biased, gamma, beta, 1e-3);
        assert_all_close(as_slice(&y), &expected, 1e-12);

        let rows = x.clone().reshape_like(&(b, c * h * w));
        let n = c * h * w;
        let y = layer_norm(rows, channels(1, n), channels(2, n), 1e-3);
        assert_all_close(
            as_slice(&y),
            &affine(plain(&x, 1e-3, |n, _| n), (n, 1)),
            1e-12,
        );
    }
}

#[test]
fn gradients_of_layer_norm() {
    assert_grad(-1.0..1.0, |[x]| {
        let n = x.shape().1;
        layer_norm(x, channels(1, n).retaped(), channels(2, n).retaped(), 0.1)
    });
    assert_grad(-1.0..1.0, |[gamma, beta]| {
        let n = gamma.shape().num_elements();
        let x = image(3, [3, n, 1, 1]).reshape_like(&(3, n));
        layer_norm(x.retaped(), vector(gamma), vector(beta), 0.1)
    });
}

fn gradients(
    f: impl Fn(Image<GradTape<f64>>, [Channels<GradTape<f64>>; 2]) -> Image<GradTape<f64>>,
) {
    for shape @ [_, c, ..] in [
        [3, 4, 2, 3],
        [2, 2, 1, 1],
        [5, 4, 1, 1],
        [1, 2, 3, 1],
        [2, 6, 1, 3],
    ] {
        let column = |stream| channels(stream, c).retaped();
        assert_image_grad(shape, |x| f(x, [column(1), column(2)]));
        let x = || image(3, shape).retaped();
        assert_image_grad([1, c, 1, 1], |gamma| f(x(), [vector(gamma), column(2)]));
        assert_image_grad([1, c, 1, 1], |beta| f(x(), [column(1), vector(beta)]));
    }
}

#[test]
fn gradients_of_group_norm() {
    gradients(|x, [gamma, beta]| group_norm(x, gamma, beta, Groups::<2>, 0.1));
    gradients(|x, [gamma, beta]| group_norm(x, gamma, beta, Groups::<1>, 0.1));
}

#[test]
fn gradients_of_batch_norm() {
    gradients(|x, [gamma, beta]| batch_norm(x, gamma, beta, 0.1).0);
    gradients(|x, [gamma, beta]| {
        let c = x.shape().1;
        let (ones, zeros) = (channels(1, c), channels(2, c));
        let statistics = batch_norm(image(4, [5, c, 2, 2]), ones, zeros, 0.1).1;
        batch_norm_with(x, &statistics, gamma, beta, 0.1)
    });
}

#[test]
fn a_large_mean_does_not_hide_the_variance() {
    // In single precision the mean of the squares minus the square of the mean would be noise.
    let x: Vec<f32> = (0..4096).map(|i| 4096.0 + (i % 2) as f32).collect();
    let device = Cpu::default();
    let x = device.tensor_from_vec(x, (1, Const::<1>, Const::<64>, Const::<64>));
    let y = group_norm(
        x,
        device.tensor([1.0]),
        device.tensor([0.0]),
        Groups::<1>,
        0.0,
    );
    assert!(y.as_vec().iter().all(|y| (y.abs() - 1.0).abs() < 1e-6));
}
