//! One training step: forward, backward and Adam.
//!
//! `cargo bench -p benches --bench train_step`

use criterion::{Criterion, criterion_group, criterion_main};
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

/// Two gated layers of 300 around a code of 40 (Tomczak & Welling 2018).
mod gated {
    use super::*;

    type Z = Const<40>;
    type H = (Const<300>, Const<300>);
    type Encoder = GaussianEncoder<GatedMlp<X, H>, Z>;
    type Decoder = BernoulliDecoder<GatedMlp<Z, H>, X>;
    pub type Standard = Vae<Encoder, Decoder, StandardNormal<Z>>;
    pub type Vamp = Vae<Encoder, Decoder, VampPrior<500, X, Encoder>>;
}

fn train_step<M>(
    c: &mut Criterion,
    name: &str,
    batch_size: usize,
    start: impl FnOnce(&mut M, &[f32]),
) where
    M: LatentModel<f32, Input = X> + TensorCollection<f32, Cpu, To<f32, Cpu> = M> + Sync,
{
    let digits = Fixed::binarized(mnist::bundled().train.range(0..6400));
    let rows: Vec<usize> = (0..digits.len()).collect();
    let mut model = M::build(&Cpu::seed_from_u64(0));
    start(
        &mut model,
        &digits.load(&rows[..500], Noise::new(0, "start")),
    );
    let mut adam = Adam::new(1e-3);
    let batches: Vec<&[usize]> = rows.chunks_exact(batch_size).collect();
    let (data, latent) = (Noise::new(0, "data"), Noise::new(0, "latent"));
    c.bench_function(&format!("train_step/{name}_b{batch_size}"), |b| {
        b.iter(|| {
            let step = adam.state.step;
            let noise = [data.at(step), latent.at(step)];
            let elbo = Elbo { beta: 1.0 };
            let batch = batches[step as usize % batches.len()];
            let (_, mut gradients) = differentiate(&elbo, &model, &digits, batch, noise);
            adam.update(&mut model, &mut gradients);
        });
    });
}

/// RAYON_NUM_THREADS sets the number of threads.
fn benches(c: &mut Criterion) {
    train_step::<mlp::Model>(c, "mlp_784_400_20", 128, |_, _| ());
    train_step::<conv::Model>(c, "conv_32_64_256_20", 128, |_, _| ());
    train_step::<gated::Standard>(c, "gated_300_300_40", 100, |_, _| ());
    train_step::<gated::Vamp>(c, "gated_300_300_40_vamp_500", 100, |model, images| {
        model.prior.start_at(images);
    });
    train_step::<gated::Vamp>(
        c,
        "gated_300_300_40_vamp_500_thinned",
        100,
        |model, images| {
            model.prior.start_at(images);
            model.prior.thinned = Some(100);
        },
    );
}

criterion_group!(all, benches);
criterion_main!(all);
