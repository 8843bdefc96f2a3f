//! One training step: forward, backward and Adam.
//!
//! `cargo bench -p benches --bench train_step`

use criterion::{Criterion, criterion_group, criterion_main};
use vae::losses::differentiate;
use vae::prelude::*;

type X = Const<784>;
type H = Const<400>;
type Z = Const<20>;
type Model = Vae<GaussianEncoder<Mlp<X, H>, Z>, BernoulliDecoder<Mlp<Z, H>, X>, StandardNormal<Z>>;

/// A batch of the size of MNIST's, half of its pixels on.
struct Pixels;

impl Examples<f32> for Pixels {
    fn len(&self) -> usize {
        128
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<f32> {
        (0..rows.len() * 784).map(|i| (i % 2) as f32).collect()
    }
}

fn mlp(c: &mut Criterion) {
    let mut model = Model::build(&Cpu::seed_from_u64(0));
    let mut adam = Adam::new(1e-3);
    let batch: Vec<usize> = (0..Pixels.len()).collect();
    let (data, latent) = (Noise::new(0, "data"), Noise::new(0, "latent"));
    c.bench_function("train_step/mlp_784_400_20_b128", |b| {
        b.iter(|| {
            let step = adam.state.step;
            let noise = [data.at(step), latent.at(step)];
            let shards = differentiate(&Elbo { beta: 1.0 }, &model, &Pixels, &batch, noise);
            let mut gradients: Vec<_> =
                shards.into_iter().map(|(_, gradients)| gradients).collect();
            adam.update(&mut model, &mut gradients);
        });
    });
}

fn benches(c: &mut Criterion) {
    // As in a run: the thread that trains is one of the pool's. RAYON_NUM_THREADS sets their number.
    rayon::ThreadPoolBuilder::new()
        .use_current_thread()
        .build_global()
        .expect("a thread pool");
    mlp(c);
}

criterion_group!(all, benches);
criterion_main!(all);
