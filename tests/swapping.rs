//! Every encoder goes with every decoder, prior and likelihood: on real digits the loss falls, gradients get to all parameters,
//! and the model generates and keeps its bound below the likelihood.

use dfdx::prelude::TensorCollection;
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use vae::architectures::{
    Autoencoder, FullCovarianceEncoder, GumbelSoftmaxEncoder, LowRankEncoder, PointEncoder,
    SphericalEncoder,
};
use vae::data::Batches;
use vae::losses::differentiate;
use vae::metrics::negative_log_likelihood;
use vae::ops::{Silu, as_slice};
use vae::prelude::*;
use vae::priors::{SphericalUniform, UniformCategoricals};
use vae_testkit::parameter_gradients;

type X = Const<784>;
type H = Const<64>;
type Z = Const<8>;
type Flat = Const<3136>;
type Picture = Image<1, 28, 28>;

/// What encoders and decoders are made of.
type Conv = (
    Reshape<X, Picture>,
    ConvStack28<1, Silu>,
    Linear<Flat, H, Silu>,
);
type NormalizedMlp = (
    Linear<X, H>,
    BatchNorm<H>,
    Dropout<H, 10>,
    Linear<H, H, Tanh>,
);

type ByMlp = GaussianEncoder<Mlp<X, H>, Z>;
type ByGated = GaussianEncoder<GatedMlp<X, H>, Z>;
type ByResidual = GaussianEncoder<ResidualMlp<X, H, 1>, Z>;
type ByNormalized = GaussianEncoder<NormalizedMlp, Z>;
type ByConv = GaussianEncoder<Conv, Z>;
type WithFull = FullCovarianceEncoder<Mlp<X, H>, Z>;
type WithLowRank = LowRankEncoder<Mlp<X, H>, Z, Const<2>>;
type InTwoLayers =
    BottomUp<GaussianEncoder<Mlp<X, H>, Const<5>>, GaussianEncoder<Mlp<Const<5>, H>, Const<3>>, Z>;

type ToBinary = BernoulliDecoder<Mlp<Z, H>, X>;
type ToBinaryImage =
    ConditionalBernoulli<Mlp<Z, (H, Flat), Silu>, (DeconvStack28<1, Silu>, Reshape<Picture, X>)>;
type ToGrey = GaussianDecoder<Mlp<Z, H>, X>;

type InLayers = Hierarchy<GaussianDecoder<Mlp<Const<3>, H>, Const<5>>, StandardNormal<Const<3>>, Z>;

const ELBO: Elbo = Elbo { beta: 1.0 };

/// A few hundred digits, in grey.
static GREY: LazyLock<Fixed> = LazyLock::new(|| Fixed::grey(mnist::bundled().train.range(0..200)));

/// The same, each pixel black or white.
static BINARY: LazyLock<Fixed> = LazyLock::new(|| Fixed::binarized(GREY.originals.clone()));

/// Trains for 32 steps, and gives the mean loss of the first four and of the last four.
fn train<M>(model: &mut M, digits: &impl Examples<f32>) -> [f64; 2]
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu> + Sync,
{
    let mut adam = Adam::new(3e-3);
    let [order, latent] = ["order", "latent"].map(|stream| Noise::new(9, stream));
    let batch_size = NonZeroUsize::new(50).unwrap();
    let mut losses = Vec::new();
    for epoch in 0..8 {
        for batch in &Batches::shuffled(digits.len(), batch_size, &mut order.at(epoch).rng()) {
            let noise = latent.at(losses.len() as u64);
            let (terms, mut gradients) = differentiate(&ELBO, model, digits, batch, [noise; 2]);
            let elbo: f32 = terms.iter().flat_map(|terms| as_slice(&terms.elbo)).sum();
            losses.push(-f64::from(elbo) / batch.len() as f64);
            if losses.len() == 8 {
                assert_all_learn(model, &gradients);
            }
            adam.update(model, &mut gradients);
        }
    }
    assert_eq!(losses.len(), 32);
    [&losses[..4], &losses[28..]].map(|losses| losses.iter().sum::<f64>() / 4.0)
}

/// Every parameter has a finite gradient that is not 0.
fn assert_all_learn<M: TensorCollection<f32, Cpu>>(model: &M, shards: &[vae::ops::Gradients]) {
    let mut learn = std::collections::BTreeMap::new();
    for (name, gradient) in shards.iter().flat_map(|s| parameter_gradients(model, s)) {
        assert!(gradient.iter().all(|g| g.is_finite()), "{name}");
        *learn.entry(name).or_insert(false) |= gradient.iter().any(|g| *g != 0.0);
    }
    for (name, learns) in learn {
        assert!(learns, "{name} does not learn");
    }
}

fn assert_learns<M>(digits: &impl Examples<f32>) -> M
where
    M: LatentModel<f32, Input = X> + TensorCollection<f32, Cpu, To<f32, Cpu> = M> + Sync,
{
    let mut model = M::build(&Cpu::seed_from_u64(10));
    let [first, last] = train(&mut model, digits);
    assert!(last < first - 80.0, "the loss goes from {first} to {last}");
    model
}

fn assert_works<M>(digits: &Fixed)
where
    M: LatentModel<f32, Input = X> + TensorCollection<f32, Cpu, To<f32, Cpu> = M> + Sync,
{
    let model = assert_learns::<M>(digits);

    // Twenty samples are tighter than one.
    let [importance, latent] = ["importance", "latent"].map(|stream| Noise::new(11, stream));
    let rows: Vec<usize> = (0..digits.len()).collect();
    let x = Cpu::default().tensor_from_vec(digits.load(&rows, latent), (rows.len(), Const));
    let elbo = ELBO.evaluate(&model, x, latent).elbo;
    let nll = negative_log_likelihood(&model, digits, 20, importance);
    let pairs = nll.iter().zip(as_slice(&elbo));
    let gains: Vec<f64> = pairs.map(|(nll, elbo)| -nll - f64::from(*elbo)).collect();
    let gain = Estimate::of(&gains);
    assert!(
        gain.mean > 4.0 * gain.standard_error,
        "twenty samples gain {gain} nats"
    );

    let images = model.sample(5, Noise::new(12, "prior"));
    assert_eq!(images.shape().0, 5);
    assert!(as_slice(&images).iter().all(|x| x.is_finite()));
}

/// A test for each combination of an encoder, a decoder with its data, and a prior: it learns. Of each encoder one combination
/// is looked at more closely.
macro_rules! matrix {
    ($($name:ident: $encoder:ty;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn works() {
                assert_works::<Vae<$encoder, ToBinary, StandardNormal<Z>>>(&BINARY);
            }

            matrix!(@ binary_mlp: $encoder, ToBinary, BINARY);
            matrix!(@ binary_conv: $encoder, ToBinaryImage, BINARY);
            matrix!(@ grey_mlp: $encoder, ToGrey, GREY);
        }
    )*};
    (@ $name:ident: $encoder:ty, $decoder:ty, $digits:ident) => {
        mod $name {
            use super::*;

            #[test]
            fn standard_normal() {
                assert_learns::<Vae<$encoder, $decoder, StandardNormal<Z>>>(&*$digits);
            }

            #[test]
            fn learned_normal() {
                assert_learns::<Vae<$encoder, $decoder, LearnedNormal<Z>>>(&*$digits);
            }

            #[test]
            fn mixture() {
                assert_learns::<Vae<$encoder, $decoder, Mixture<5, Z>>>(&*$digits);
            }

            #[test]
            fn hierarchy() {
                assert_learns::<Vae<$encoder, $decoder, InLayers>>(&*$digits);
            }
        }
    };
}

matrix! {
    mlp: ByMlp;
    gated: ByGated;
    residual: ByResidual;
    normalized: ByNormalized;
    conv: ByConv;
    full_covariance: WithFull;
    low_rank: WithLowRank;
    two_layers: InTwoLayers;
}

/// Posteriors that have priors of their own, and models that are made in other ways.
mod pairs {
    use super::*;

    #[test]
    fn vamp_prior() {
        assert_works::<Vae<ByMlp, ToBinary, VampPrior<20, X, ByMlp>>>(&BINARY);
        assert_works::<Vae<ByConv, ToGrey, VampPrior<20, X, ByConv>>>(&GREY);
    }

    #[test]
    fn flow_prior() {
        type Prior = FlowPrior<Chain<(RealNvp<Z, H>, Reverse<Z>), 2>>;
        assert_works::<Vae<ByMlp, ToBinary, Prior>>(&BINARY);
    }

    #[test]
    fn flow_posterior() {
        type C = Const<6>;
        type Iafs = Chain<(Iaf<Z, H, C>, Reverse<Z, C>), 2>;
        type Encoder<F> = FlowEncoder<Mlp<X, H>, Z, C, F>;
        assert_works::<Vae<Encoder<Iafs>, ToBinary, StandardNormal<Z>>>(&BINARY);
        assert_works::<Vae<Encoder<Chain<Planar<Z, C>, 3>>, ToGrey, Mixture<5, Z>>>(&GREY);
    }

    #[test]
    fn spherical() {
        type Encoder = SphericalEncoder<Mlp<X, H>, Z>;
        assert_works::<Vae<Encoder, ToBinary, SphericalUniform<Z>>>(&BINARY);
        assert_works::<Vae<Encoder, ToGrey, SphericalUniform<Z>>>(&GREY);
    }

    #[test]
    fn relaxed_categoricals() {
        type Code = Const<12>;
        type Encoder = GumbelSoftmaxEncoder<Mlp<X, H>, Code, 3>;
        type Decoder = BernoulliDecoder<Mlp<Code, H>, X>;
        assert_works::<Vae<Encoder, Decoder, UniformCategoricals<Code, 3>>>(&BINARY);
    }

    #[test]
    fn ladder() {
        type Up = Rung<Mlp<X, H>, Const<5>, GaussianEncoder<Mlp<H, H>, Const<3>>>;
        assert_works::<LadderVae<Up, ToBinary, InLayers>>(&BINARY);
        assert_works::<LadderVae<Up, ToGrey, InLayers>>(&GREY);
    }

    #[test]
    fn convolutional_ladder() {
        type Up = Rung<Conv, Const<5>, GaussianEncoder<Mlp<H, H>, Const<3>>>;
        assert_works::<LadderVae<Up, ToBinaryImage, InLayers>>(&BINARY);
    }

    #[test]
    fn plain_autoencoder() {
        assert_learns::<Autoencoder<PointEncoder<Mlp<X, H>, Z>, ToBinary, Z>>(&*BINARY);
    }

    #[test]
    fn conditional() {
        type C = Const<10>;
        type Q = Conditioned<Concat<X, C, Const<794>>, GaussianEncoder<Mlp<Const<794>, H>, Z>>;
        type P = Conditioned<Film<Mlp<Z, H>, Linear<C, H>>, BernoulliDecoder<Mlp<H, H>, X>>;
        let digits = Labelled::<Fixed, 10>(BINARY.clone());
        assert_learns::<ConditionalVae<Q, P, StandardNormal<Z>>>(&digits);
    }
}
