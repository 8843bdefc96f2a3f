//! The mixture of normal distributions against its definition, and its gradients against differences.

use dfdx::prelude::*;
use vae_ops::{Batch, GradTape, Real, as_slice, backward, batch_mean, normal_mixture, sum_over};
use vae_testkit::{Matrix, assert_close, assert_grad};

/// More components than a step of the loop takes, and codes that make no whole number of passes.
const K: usize = 37;
const B: usize = 7;
const N: usize = 5;

fn wave(count: usize, scale: f64, phase: f64) -> Vec<f64> {
    (0..count)
        .map(|i| scale * (i as f64 * 1.7 + phase).sin())
        .collect()
}

fn matrix<E: Real>(values: &[f64], shape: (usize, usize)) -> Batch<usize, E> {
    let values = values.iter().map(|x| E::of(*x)).collect();
    Cpu::default().tensor_from_vec(values, shape)
}

fn is_as_defined<E: Real>(tolerance: f64) {
    let (z, log_weights) = (wave(B * N, 2.0, 0.3), wave(K, 1.0, 0.5));
    let (mean, log_var) = (wave(K * N, 1.5, 1.1), wave(K * N, 1.0, 2.0));
    let found = normal_mixture(
        matrix::<E>(&z, (B, N)),
        matrix(&log_weights, (1, K)).reshape_like(&(K,)),
        matrix(&mean, (K, N)),
        matrix(&log_var, (K, N)),
    );
    for (i, found) in as_slice(&found).iter().enumerate() {
        let density = |k: usize| {
            let element = |d: usize| {
                let (e, variance) = (z[i * N + d] - mean[k * N + d], log_var[k * N + d].exp());
                -0.5 * (e * e / variance + (std::f64::consts::TAU * variance).ln())
            };
            (log_weights[k] + (0..N).map(element).sum::<f64>()).exp()
        };
        let expected = (0..K).map(density).sum::<f64>().ln();
        assert_close(found.as_f64(), expected, tolerance);
    }
}

#[test]
fn log_densities_are_as_defined() {
    is_as_defined::<f64>(1e-13);
    is_as_defined::<f32>(1e-6);
}

fn mixture([z, weights, mean, log_var]: [Matrix; 4]) -> Tensor<(usize,), f64, Cpu, GradTape<f64>> {
    normal_mixture(z, sum_over(weights, Axis::<1>), mean, log_var)
}

#[test]
fn gradients() {
    assert_grad(-1.0..1.0, mixture);
}

#[test]
fn far_from_everything_there_is_a_density_and_a_gradient() {
    let device = Cpu::default();
    let z: Batch<Const<1>> = device.tensor_from_vec(vec![90.0], (1, Const));
    let half = device.tensor([0.5f32.ln(); 2]);
    let (mean, log_var) = (
        device.tensor([[-0.3], [0.0]]),
        device.tensor([[0.0], [0.0]]),
    );
    let tape = GradTape::new();
    let log_density = normal_mixture(
        z.clone().put_tape(tape.clone()),
        half.put_tape(tape.clone()),
        mean.clone().put_tape(tape.clone()),
        log_var.put_tape(tape),
    );
    let expected = 0.5f64.ln() - 0.5 * (8100.0 + std::f64::consts::TAU.ln());
    assert_close(log_density.as_vec()[0].into(), expected, 1e-6);
    let gradients = backward(batch_mean(log_density), 1.0);
    assert_eq!(gradients.get(&z).as_vec(), [-90.0]);
    // The other component, of a share of 2·10⁻¹², has no part in it at all.
    assert_eq!(gradients.get(&mean).as_vec(), [0.0, 90.0]);
}

#[test]
fn what_is_not_finite_stays_so() {
    let device = Cpu::default();
    let log_density = |z: f32| {
        let z: Batch<Const<1>> = device.tensor_from_vec(vec![z], (1, Const));
        let (mean, log_var) = (device.tensor([[0.0]]), device.tensor([[0.0]]));
        normal_mixture(z, device.tensor([0.0]), mean, log_var).as_vec()[0]
    };
    assert!(log_density(f32::NAN).is_nan());
    assert_eq!(log_density(f32::INFINITY), f32::NEG_INFINITY);
}
