//! The operations that every training step spends its time in, beside the matrix products.
//!
//! `cargo bench -p benches --bench ops`

use criterion::{Criterion, criterion_group, criterion_main};
use dfdx::prelude::{Const, Cpu, PutTape, TensorFromVec};
use rayon::prelude::*;
use vae::distributions::{Bernoulli, Density};
use vae::losses::SHARD;
use vae::ops::{Batch, GradTape, as_slice, backward, batch_mean, exp, normal_mixture};

/// Logits and pixels of a batch of 128, in the shards in which a training step works on it.
fn bernoulli(c: &mut Criterion) {
    let device = Cpu::default();
    let tensor = |value: fn(usize) -> f32| -> Batch<Const<784>> {
        device.tensor_from_vec((0..SHARD * 784).map(value).collect(), (SHARD, Const))
    };
    let logits = tensor(|i| 3.0 * (i as f32).sin());
    let pixels = tensor(|i| (i % 2) as f32);
    c.bench_function("ops/bernoulli_128x784", |b| {
        b.iter(|| {
            let shards = (0..128 / SHARD).into_par_iter().map(|_| {
                let p = Bernoulli {
                    logits: logits.clone().put_tape(GradTape::new()),
                };
                let x = pixels.clone().put_tape(GradTape::for_data());
                backward(batch_mean(p.log_prob(&x)), 0.5)
            });
            shards.collect::<Vec<_>>()
        });
    });
}

fn elementwise_exp(c: &mut Criterion) {
    let x: Batch<usize> = Cpu::default().tensor_from_vec(
        (0..100_000).map(|i| (i as f32).sin()).collect(),
        (1, 100_000),
    );
    c.bench_function("ops/exp_1e5", |b| b.iter(|| as_slice(&exp(x.clone()))[0]));
}

/// A shard of codes under the 500 components of a VampPrior.
fn mixture(c: &mut Criterion) {
    let device = Cpu::default();
    let numbers = |len: usize, scale: f32| (0..len).map(|i| scale * (i as f32).sin()).collect();
    let z: Batch<Const<40>> = device.tensor_from_vec(numbers(SHARD * 40, 1.0), (SHARD, Const));
    let log_weights = device.tensor_from_vec(vec![-(500f32.ln()); 500], (Const::<500>,));
    let [mean, log_var] = [2.0, 1.0]
        .map(|scale| device.tensor_from_vec(numbers(500 * 40, scale), (Const::<500>, Const::<40>)));
    c.bench_function("ops/normal_mixture_64x500x40", |b| {
        b.iter(|| {
            let parts = (
                z.clone(),
                log_weights.clone(),
                mean.clone(),
                log_var.clone(),
            );
            as_slice(&normal_mixture(parts.0, parts.1, parts.2, parts.3))[0]
        });
    });
}

criterion_group!(benches, bernoulli, elementwise_exp, mixture);
criterion_main!(benches);
