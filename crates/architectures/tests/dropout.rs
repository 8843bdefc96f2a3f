//! Dropout as a layer: how much it drops, and that layers and calls differ.

use dfdx::prelude::*;
use vae_architectures::{Dropout, Image, Layer, Linear};
use vae_ops::{Batch, GradTape, as_slice, backward, batch_mean, sum_event};
use vae_reparam::Noise;

type N = Const<500>;

fn ones() -> Batch<N> {
    Cpu::default().ones_like(&(500, Const))
}

fn tape(seed: u64) -> GradTape {
    let noise = Noise::new(seed, "dropout");
    GradTape::new().with_uniforms(move |call, u| noise.at(call as u64).fill_uniform(u))
}

/// The mean of y is 1 and its variance p/(1 − p), within five standard errors.
fn moments_are_right<const PERCENT: u32>() {
    let y = Dropout::<N, PERCENT>::default().forward(ones().put_tape(tape(1)));
    let (p, n) = (f64::from(PERCENT) / 100.0, 250_000.0);
    let odds = p / (1.0 - p);
    let average = |f: &dyn Fn(f64) -> f64| {
        let values = as_slice(&y).iter().map(|y| f(f64::from(*y)));
        values.sum::<f64>() / n
    };
    let (mean, variance) = (average(&|y| y), average(&|y| (y - 1.0) * (y - 1.0)));
    assert!(
        (mean - 1.0).abs() < 5.0 * (odds / n).sqrt(),
        "{PERCENT} %: {mean}"
    );
    // (y − 1)² is 1 with probability p and (p/(1 − p))² otherwise.
    let error = (p * (1.0 - p) / n).sqrt() * (1.0 - odds * odds).abs();
    // At ½ it is 1 for certain, but for the rounding of sums.
    assert!(
        (variance - odds).abs() < 5.0 * error + 1e-6,
        "{PERCENT} %: {variance}"
    );
}

#[test]
fn mean_and_variance() {
    moments_are_right::<1>();
    moments_are_right::<20>();
    moments_are_right::<50>();
    moments_are_right::<99>();
}

#[test]
fn layers_and_calls_are_independent() {
    let twice: (Dropout<N, 50>, Dropout<N, 50>) = Default::default();
    let y = twice.forward(ones().put_tape(tape(2)));
    let dropped = as_slice(&y).iter().filter(|y| **y == 0.0).count() as f64 / 250_000.0;
    // One in four is left; with the same mask twice it would be one in two. Five standard errors.
    assert!(
        (dropped - 0.75).abs() < 5.0 * (0.75f64 * 0.25 / 250_000.0).sqrt(),
        "{dropped}"
    );

    let (layer, x) = (&twice.0, ones().put_tape(tape(2)));
    let (one, two) = (layer.forward(x.clone()), layer.forward(x));
    assert_ne!(as_slice(&one), as_slice(&two));
}

#[test]
fn the_gradient_of_images_is_their_mask() {
    type V = Image<3, 8, 8>;
    let x: Tensor<_, f32, _> = Cpu::default().ones_like(&(4, Const, Const, Const));
    let y = Dropout::<V, 75>::default().forward(x.clone().put_tape(tape(3)));
    let mask = as_slice(&y).to_vec();
    // 4 rows: a mean over the batch, times 4, is a sum to the bit.
    let y = y.reshape_like(&(4, Const::<192>));
    let sum = batch_mean(sum_event([y], [], |[y], []| (y, [1.0])));
    assert_eq!(as_slice(&backward(sum, 4.0).get(&x)), mask);
    assert!(mask.iter().all(|y| [0.0, 4.0].contains(y)));
}

#[test]
fn nothing_is_dropped_in_evaluation() {
    let layer: (Linear<N, N>, Dropout<N, 90>) = BuildModule::build(&Cpu::seed_from_u64(0));
    let y = layer.forward(ones());
    assert_eq!(as_slice(&y), as_slice(&layer.0.forward(ones())));
    assert_eq!(layer.num_trainable_params(), 500 * 500 + 500);
}
