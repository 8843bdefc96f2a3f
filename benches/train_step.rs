//! One training step: forward, backward and Adam.
//!
//! `cargo bench -p benches --bench train_step`

use criterion::{Criterion, criterion_group, criterion_main};
use dfdx::prelude::{ConstDim, TensorCollection};
use vae::architectures::ConditionalBernoulli;
use vae::losses::differentiate;
use vae::prelude::*;

type X = Const<784>;
type Z = Const<20>;

/// 784 → 400 → 20 → 400 → 784.
mod mlp {
    use super::*;

    type H = Const<400>;
    type Encoder = GaussianEncoder<Mlp<X, H>, Z>;
    type Decoder = BernoulliDecoder<Mlp<Z, H>, X>;
    pub type Model = Vae<Encoder, Decoder, StandardNormal<Z>>;
}

/// Two convolutions that halve the image and a hidden layer, and the same backwards.
mod conv {
    use super::*;

    type H = Const<256>;
    type Flat = Const<3136>;
    type Whole = Image<1, 28, 28>;
    type Half = Image<32, 14, 14>;
    type Quarter = Image<64, 7, 7>;

    type ToFeatures = (
        Reshape<X, Whole>,
        Conv2d<Whole, Half, 4, 2, 1, Relu>,
        Conv2d<Half, Quarter, 4, 2, 1, Relu>,
        Reshape<Quarter, Flat>,
        Linear<Flat, H, Relu>,
    );
    type FromCode = (
        Linear<Z, H, Relu>,
        Linear<H, Flat, Relu>,
        Reshape<Flat, Quarter>,
        ConvTranspose2d<Quarter, Half, 4, 2, 1, Relu>,
    );
    type ToLogits = (ConvTranspose2d<Half, Whole, 4, 2, 1>, Reshape<Whole, X>);
    type Encoder = GaussianEncoder<ToFeatures, Z>;
    type Decoder = ConditionalBernoulli<FromCode, ToLogits>;
    pub type Model = Vae<Encoder, Decoder, StandardNormal<Z>>;
}

/// A batch of the size of MNIST's, half of its pixels on.
struct Pixels(Vec<f32>);

impl Pixels {
    fn new() -> Self {
        Self((0..128 * X::SIZE).map(|i| (i % 2) as f32).collect())
    }
}

impl Examples<f32> for Pixels {
    fn len(&self) -> usize {
        self.0.len() / X::SIZE
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<f32> {
        let row = |row: &usize| &self.0[row * X::SIZE..][..X::SIZE];
        rows.iter().flat_map(row).copied().collect()
    }
}

fn train_step<M>(c: &mut Criterion, name: &str)
where
    M: LatentModel<f32, Input = X> + TensorCollection<f32, Cpu, To<f32, Cpu> = M> + Sync,
{
    let mut model = M::build(&Cpu::seed_from_u64(0));
    let mut adam = Adam::new(1e-3);
    let pixels = Pixels::new();
    let batch: Vec<usize> = (0..pixels.len()).collect();
    let (data, latent) = (Noise::new(0, "data"), Noise::new(0, "latent"));
    c.bench_function(&format!("train_step/{name}"), |b| {
        b.iter(|| {
            let step = adam.state.step;
            let noise = [data.at(step), latent.at(step)];
            let elbo = Elbo { beta: 1.0 };
            let (_, mut gradients) = differentiate(&elbo, &model, &pixels, &batch, noise);
            adam.update(&mut model, &mut gradients);
        });
    });
}

/// RAYON_NUM_THREADS sets the number of threads.
fn benches(c: &mut Criterion) {
    train_step::<mlp::Model>(c, "mlp_784_400_20_b128");
    train_step::<conv::Model>(c, "conv_32_64_256_20_b128");
}

criterion_group!(all, benches);
criterion_main!(all);
