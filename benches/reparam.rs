//! The sampling path: noise, z = μ + σ·ε, and the KL divergence to N(0, I), forward and backward.
//!
//! `cargo bench -p benches --bench reparam`

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use dfdx::prelude::{Cpu, PutTape, TensorFromVec};
use std::hint::black_box;
use vae::distributions::{KlTo, Normal, StandardNormal};
use vae::ops::{Batch, GradTape, backward, batch_mean, sum_event};
use vae::reparam::{Noise, rsample};

fn noise(c: &mut Criterion) {
    let mut group = c.benchmark_group("reparam");
    let mut out = vec![0.0f32; 1_000_000];
    group.throughput(Throughput::Elements(out.len() as u64));
    group.bench_function("normal_1e6", |b| {
        b.iter(|| Noise::new(0, "latent").fill_normal(black_box(&mut out)))
    });
    group.finish();
}

fn sample_and_kl(c: &mut Criterion) {
    let mut group = c.benchmark_group("reparam/sample_kl_forward_backward");
    for (batch, latent) in [(128, 20), (4096, 128)] {
        let device = Cpu::default();
        let tensor = |scale: f32| -> Batch<usize> {
            let values = (0..batch * latent)
                .map(|i| scale * (i as f32).sin())
                .collect();
            device.tensor_from_vec(values, (batch, latent))
        };
        let (mean, log_var) = (tensor(1.0), tensor(0.5));
        group.throughput(Throughput::Elements((batch * latent) as u64));
        group.bench_function(format!("{batch}x{latent}"), |b| {
            b.iter_batched(
                || (mean.clone(), log_var.clone()),
                |(mean, log_var)| {
                    let tape = GradTape::new();
                    let q = Normal {
                        mean: mean.put_tape(tape.clone()),
                        log_var: log_var.put_tape(tape),
                    };
                    let z = rsample(&q, Noise::new(0, "latent"));
                    let kl = batch_mean(q.kl_to(&StandardNormal));
                    let used = batch_mean(sum_event([z], [], |[z], []| (z, [1.0])));
                    backward(kl + used, 1.0)
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, noise, sample_and_kl);
criterion_main!(benches);
