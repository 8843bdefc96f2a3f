//! Batch normalization as a layer: against PyTorch (golden/batch_norm.py) and finite differences.

use dfdx::prelude::*;
use vae_architectures::{BatchNorm, Channels, EventBatch, Image, Layer};
use vae_ops::{Accumulated, GradTape, Gradients, Optimizer, Real, Sgd, as_mut_slice, as_slice};
use vae_ops::{backward, batch_mean, sum_event};

/// Well-spread numbers in [−1, 1), as in the script.
fn spread<E: Real>(stream: usize, len: usize) -> Vec<E> {
    let x = |i| (i + 1) as f64 * 0.754_877_666_246_693 + stream as f64 * 0.569_840_290_998_053;
    (0..len).map(|i| E::of(2.0 * x(i).fract() - 1.0)).collect()
}

fn inputs<V: Channels, E: Real>(stream: usize, batch: usize) -> EventBatch<V, E> {
    Cpu::default().tensor_from_vec(spread(stream, batch * V::NUMEL), V::batched(batch))
}

fn layer<V: Channels, E: Real>() -> BatchNorm<V, E>
where
    Cpu: Device<E>,
{
    let mut layer: BatchNorm<V, E> = BuildModule::build(&Cpu::default());
    let channels = V::Count::SIZE;
    for (scale, s) in as_mut_slice(&mut layer.scale)
        .iter_mut()
        .zip(spread::<E>(5, channels))
    {
        *scale += s * E::of(0.5);
    }
    as_mut_slice(&mut layer.shift).copy_from_slice(&spread::<E>(6, channels));
    layer
}

/// Σ y·w with the script's w, and what is left of it.
fn sum<V: Channels, E: Real>(y: EventBatch<V, E, GradTape<E>>) -> (E, Gradients<E>) {
    let len = y.shape().num_elements();
    let weights = Cpu::default().tensor_from_vec(spread(9, len), (1, len));
    let y = y.reshape_like(&(1, len));
    let sum = batch_mean(sum_event([y], [weights], |[y], [w]| (y * w, [w])));
    let value = as_slice(&sum)[0];
    (value, backward(sum, E::one()))
}

#[track_caller]
fn assert_golden<S: Shape>(name: &str, actual: &Tensor<S, f32, Cpu>) {
    let table = include_str!("golden/batch_norm.txt");
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let line = line.unwrap_or_else(|| panic!("no {name} in the table"));
    let expected: Vec<f32> = line.split(' ').map(|v| v.parse().unwrap()).collect();
    assert_eq!(expected.len(), as_slice(actual).len(), "{name}");
    for (a, b) in as_slice(actual).iter().zip(&expected) {
        assert!(
            (a - b).abs() <= 1e-5 * (1.0 + b.abs()),
            "{name}: {a} against {b}"
        );
    }
}

/// Three steps of training and one of evaluation.
fn agrees_with_pytorch<V: Channels>(name: &str, batch: usize) {
    let mut layer = layer::<V, f32>();
    for stream in 1..=3 {
        let x = inputs::<V, f32>(stream, batch);
        let y = layer.forward(x.clone().put_tape(GradTape::new()));
        assert_golden(&format!("{name}.y{stream}"), &y.retaped::<NoneTape>());
        let (_, gradients) = sum::<V, f32>(y);
        assert_golden(&format!("{name}.x_grad{stream}"), &gradients.get(&x));
        assert_golden(
            &format!("{name}.scale_grad{stream}"),
            &gradients.get(&layer.scale),
        );
        assert_golden(
            &format!("{name}.shift_grad{stream}"),
            &gradients.get(&layer.shift),
        );
        Sgd::new(0.0).update(&mut layer, &mut [gradients]);
    }
    assert_golden(&format!("{name}.running_mean"), &layer.running_mean);
    assert_golden(&format!("{name}.running_var"), &layer.running_var);
    let evaluation = layer.forward(inputs::<V, f32>(4, batch));
    assert_golden(&format!("{name}.evaluation"), &evaluation);
}

#[test]
fn agrees_with_pytorch_in_training_and_in_evaluation() {
    agrees_with_pytorch::<Const<5>>("rows", 6);
    agrees_with_pytorch::<Image<3, 2, 3>>("images", 4);
}

/// Gradients of input, scale and shift against central differences, to 10⁻⁷ relative to 1 + |gradient|.
fn gradients_agree_with_differences<V: Channels>(batch: usize) {
    let (layer, x) = (layer::<V, f64>(), inputs::<V, f64>(1, batch));
    let forward = |layer: &BatchNorm<V, f64>, x: &EventBatch<V, f64>| {
        sum::<V, f64>(layer.forward(x.clone().put_tape(GradTape::new())))
    };
    let (_, gradients) = forward(&layer, &x);
    let of_each = [
        as_slice(&gradients.get(&x)).to_vec(),
        as_slice(&gradients.get(&layer.scale)).to_vec(),
        as_slice(&gradients.get(&layer.shift)).to_vec(),
    ];
    for (which, gradient) in of_each.iter().enumerate() {
        for (i, analytic) in gradient.iter().enumerate() {
            let moved = |step: f64| {
                let (mut layer, mut x) = (layer.clone(), x.clone());
                match which {
                    0 => as_mut_slice(&mut x)[i] += step,
                    1 => as_mut_slice(&mut layer.scale)[i] += step,
                    _ => as_mut_slice(&mut layer.shift)[i] += step,
                }
                forward(&layer, &x).0
            };
            let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!(
                (analytic - numeric).abs() <= 1e-7 * (1.0 + numeric.abs()),
                "batch {batch}, tensor {which}, element {i}: {analytic} against {numeric}"
            );
        }
    }
}

#[test]
fn gradients() {
    gradients_agree_with_differences::<Const<7>>(9);
    gradients_agree_with_differences::<Const<3>>(2);
    gradients_agree_with_differences::<Const<3>>(1); // by the running statistics
    gradients_agree_with_differences::<Image<2, 3, 3>>(1);
    gradients_agree_with_differences::<Image<3, 1, 2>>(4);
}

#[test]
fn two_of_four_tensors_are_trained() {
    let layer: BatchNorm<Image<6, 3, 3>> = BuildModule::build(&Cpu::default());
    assert_eq!(layer.num_trainable_params(), 12);
    assert_eq!(as_slice(&layer.scale), [1.0; 6]);
    assert_eq!(as_slice(&layer.shift), [0.0; 6]);
    assert_eq!(as_slice(&layer.running_mean), [0.0; 6]);
    assert_eq!(as_slice(&layer.running_var), [1.0; 6]);
}

/// Of several batches that make one step, the last one is tracked.
#[test]
fn running_statistics_move_when_a_step_is_made() {
    let mut layer = layer::<Const<3>, f64>();
    let mut sgd = Accumulated {
        optimizer: Sgd::new(0.0),
        batches: 2,
    };
    let mut step = |layer: &mut BatchNorm<Const<3>, f64>, stream| {
        let x = inputs::<Const<3>, f64>(stream, 8);
        let (_, gradients) = sum::<Const<3>, _>(layer.forward(x.put_tape(GradTape::for_data())));
        sgd.update(layer, &mut [gradients]);
        layer.running_mean.as_vec()
    };
    assert_eq!(step(&mut layer, 1), [0.0; 3]);
    let moved = step(&mut layer, 2);
    let last = inputs::<Const<3>, f64>(2, 8).as_vec();
    for (channel, moved) in moved.into_iter().enumerate() {
        let mean = last.chunks(3).map(|row| row[channel]).sum::<f64>() / 8.0;
        assert!((moved - 0.1 * mean).abs() < 1e-12, "{moved} against {mean}");
    }
}
