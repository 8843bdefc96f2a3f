//! Every prior goes with every decoder: the model learns, generates, and keeps its bound below the likelihood.

use dfdx::prelude::TensorCollection;
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use vae::data::Batches;
use vae::losses::differentiate;
use vae::metrics::negative_log_likelihood;
use vae::ops::as_slice;
use vae::prelude::*;

type X = Const<784>;
type H = Const<64>;
type Z = Const<8>;
type Encoder = GaussianEncoder<Mlp<X, H>, Z>;
type ToBinary = BernoulliDecoder<Mlp<Z, H>, X>;
type ToGrey = GaussianDecoder<Mlp<Z, H>, X>;

const ELBO: Elbo = Elbo { beta: 1.0 };

/// A few hundred digits, in grey.
static GREY: LazyLock<Fixed> = LazyLock::new(|| Fixed(mnist::bundled().train.range(0..400)));

/// The same, each pixel black or white.
static BINARY: LazyLock<Fixed> =
    LazyLock::new(|| Fixed(GREY.0.binarized(&mut Noise::new(8, "binarize").rng())));

/// Trains for 32 steps, and gives the mean loss of the first four and of the last four.
fn train<M>(model: &mut M, digits: &Fixed) -> [f64; 2]
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync,
{
    let mut adam = Adam::new(3e-3);
    let [order, latent] = ["order", "latent"].map(|stream| Noise::new(9, stream));
    let batch_size = NonZeroUsize::new(100).unwrap();
    let mut losses = Vec::new();
    for epoch in 0..8 {
        for batch in &Batches::shuffled(digits.len(), batch_size, &mut order.at(epoch).rng()) {
            let noise = latent.at(losses.len() as u64);
            let shards = differentiate(&ELBO, model, digits, batch, [noise; 2]);
            let (terms, mut gradients): (Vec<_>, Vec<_>) = shards.into_iter().unzip();
            let elbo: f32 = terms.iter().flat_map(|terms| as_slice(&terms.elbo)).sum();
            losses.push(-f64::from(elbo) / batch.len() as f64);
            adam.update(model, &mut gradients);
        }
    }
    assert_eq!(losses.len(), 32);
    [&losses[..4], &losses[28..]].map(|losses| losses.iter().sum::<f64>() / 4.0)
}

/// By how much the importance-sampled likelihood is above the evidence lower bound, example by example.
fn gain_of_twenty_samples<M>(model: &M, digits: &Fixed) -> Estimate
where
    M: LatentModel<f32, Input = X> + Sync,
{
    let [importance, latent] = ["importance", "latent"].map(|stream| Noise::new(11, stream));
    let rows: Vec<usize> = (0..digits.len()).collect();
    let x = Cpu::default().tensor_from_vec(digits.load(&rows, latent), (rows.len(), Const));
    let elbo = ELBO.evaluate(model, x, latent).elbo;
    let nll = negative_log_likelihood(model, digits, 20, importance);
    let gains = nll
        .iter()
        .zip(as_slice(&elbo))
        .map(|(nll, elbo)| -nll - f64::from(*elbo));
    Estimate::of(&gains.collect::<Vec<_>>())
}

fn assert_works<M>(digits: &Fixed)
where
    M: LatentModel<f32, Input = X, Latent = Z>
        + TensorCollection<f32, Cpu, To<f32, Cpu> = M>
        + Sync,
{
    let mut model = M::build(&Cpu::seed_from_u64(10));
    let [first, last] = train(&mut model, digits);
    assert!(last < first - 100.0, "the loss goes from {first} to {last}");

    let gain = gain_of_twenty_samples(&model, digits);
    assert!(
        gain.mean > 4.0 * gain.standard_error,
        "twenty samples gain {gain} nats"
    );

    let images = model.sample(5, Noise::new(12, "prior"));
    assert_eq!(images.shape().0, 5);
    assert!(as_slice(&images).iter().all(|x| x.is_finite()));
}

macro_rules! every_pair_works {
    ($($name:ident: $decoder:ty, $prior:ty, $digits:ident;)*) => {$(
        #[test]
        fn $name() {
            assert_works::<Vae<Encoder, $decoder, $prior>>(&$digits);
        }
    )*};
}

every_pair_works! {
    bernoulli_standard_normal: ToBinary, StandardNormal<Z>, BINARY;
    bernoulli_learned_normal: ToBinary, LearnedNormal<Z>, BINARY;
    bernoulli_mixture: ToBinary, Mixture<5, Z>, BINARY;
    gaussian_standard_normal: ToGrey, StandardNormal<Z>, GREY;
    gaussian_learned_normal: ToGrey, LearnedNormal<Z>, GREY;
    gaussian_mixture: ToGrey, Mixture<5, Z>, GREY;
}
