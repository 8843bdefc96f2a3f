//! The sampling path: noise, z = μ + σ·ε, and the KL divergence to N(0, I), forward and backward.
//!
//! `cargo bench -p benches --bench reparam`

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use dfdx::prelude::{Cpu, PutTape, SplitTape, Tape, TensorFromVec};
use rayon::prelude::*;
use std::hint::black_box;
use vae::distributions::Normal;
use vae::ops::{Batch, GradTape, backward, batch_mean};
use vae::reparam::{Noise, fill_normal_from, rsample_and_kl};

fn noise(c: &mut Criterion) {
    let mut group = c.benchmark_group("reparam");
    let mut out = vec![0.0f32; 1_000_000];
    group.throughput(Throughput::Elements(out.len() as u64));
    let noise = Noise::new(0, "latent");
    let mut fill = |name, fill: &dyn Fn(&mut [f32])| {
        group.bench_function(name, |b| b.iter(|| fill(black_box(&mut out))));
    };
    fill("normal_1e6", &|out| noise.fill_normal(out));
    fill("normal_1e6_from_rand", &|out| {
        fill_normal_from(&mut noise.rng(), out)
    });
    fill("normal_1e6_antithetic", &|out| {
        noise.antithetic().fill_normal_rows(20, out)
    });
    fill("uniform_1e6", &|out| noise.fill_uniform(out));
    fill("exponential_1e6", &|out| noise.fill_exponential(out));
    fill("gumbel_1e6", &|out| noise.fill_gumbel(out));
    fill("laplace_1e6", &|out| noise.fill_laplace(out));
    fill("logistic_1e6", &|out| noise.fill_logistic(out));
    fill("rademacher_1e6", &|out| noise.fill_rademacher(out));
    group.sample_size(10);
    group.bench_function("normal_1e6_sobol", |b| {
        b.iter(|| noise.sobol().fill_normal_rows(20, black_box(&mut out)))
    });
    group.finish();
}

fn sample_and_kl(c: &mut Criterion) {
    let mut group = c.benchmark_group("reparam/sample_kl_forward_backward");
    for (batch, latent) in [(128, 20), (4096, 128), (16384, 256)] {
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
                    let (z, kl) = rsample_and_kl(&q, Noise::new(0, "latent"));
                    // A decoder would give z a gradient; here each element gets 1.
                    let (z, mut z_tape) = z.split_tape();
                    let z = z.ghost();
                    z_tape.add_backward_op(move |g| {
                        g.get_or_alloc_mut(&z)?.fill(1.0);
                        Ok(())
                    });
                    backward(batch_mean(kl), 1.0)
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

/// A copy that moves as many bytes as the sample and its divergence have to: for each element 8 in and 4 out forward
/// (μ, ln σ²; z), 20 in and 8 out backward (μ, ln σ², the gradient of z and what it is added to; the sums), 40 in all.
fn copy(c: &mut Criterion) {
    let mut group = c.benchmark_group("reparam/copy_of_as_many_bytes");
    for (batch, latent) in [(4096, 128), (16384, 256)] {
        let from = vec![1.0f32; batch * latent * 5];
        let mut to = vec![0.0f32; from.len()];
        group.bench_function(format!("{batch}x{latent}"), |b| {
            b.iter(|| {
                let parts = to.par_chunks_mut(1 << 16).zip(from.par_chunks(1 << 16));
                parts.for_each(|(to, from)| black_box(to).copy_from_slice(from));
            })
        });
    }
    group.finish();
}

criterion_group!(benches, noise, sample_and_kl, copy);
criterion_main!(benches);
