//! The operations that every training step spends its time in, beside the matrix products.
//!
//! `cargo bench -p benches --bench ops`

use criterion::{Criterion, criterion_group, criterion_main};
use dfdx::prelude::{Const, Cpu, PutTape, TensorFromVec};
use rayon::prelude::*;
use vae::distributions::{Bernoulli, Density};
use vae::losses::SHARD;
use vae::ops::{Batch, GradTape, as_slice, backward, batch_mean, exp};

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

criterion_group!(benches, bernoulli, elementwise_exp);
criterion_main!(benches);
