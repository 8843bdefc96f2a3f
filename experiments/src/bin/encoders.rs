//! The same VAE of dynamically binarized MNIST with each family of encoders and decoders, in one table: multi-layer
//! perceptrons, gated (Tomczak & Welling 2018), residual (He et al. 2016), convolutional, residual convolutional, and two
//! layers of latent variables, which are inferred independently of each other, one from the other from below (Burda, Grosse &
//! Salakhutdinov 2016), or as the ladder does (Sønderby et al. 2016).
//!
//! All have p(x|z) = Bernoulli(σ(decoder(z))) and maximize the evidence lower bound.

use clap::ValueEnum;
use vae::prelude::*;

type X = Const<784>;
type H = Const<300>;
type Z = Const<40>;

type Perceptron =
    Vae<GaussianEncoder<Mlp<X, (H, H)>, Z>, BernoulliDecoder<Mlp<Z, (H, H)>, X>, StandardNormal<Z>>;

type Gated = Vae<
    GaussianEncoder<GatedMlp<X, (H, H)>, Z>,
    BernoulliDecoder<GatedMlp<Z, (H, H)>, X>,
    StandardNormal<Z>,
>;

type Residual = Vae<
    GaussianEncoder<ResidualMlp<X, H, 2>, Z>,
    BernoulliDecoder<ResidualMlp<Z, H, 2>, X>,
    StandardNormal<Z>,
>;

// 28 × 28 pixels, from and to 64 × 7 × 7 features.
type Whole = Image<1, 28, 28>;
type Flat = Const<3136>;
type G = Const<256>;

type DownConv = (
    Reshape<X, Whole>,
    ConvStack28<1, Silu>,
    Linear<Flat, G, Silu>,
);
type UpConv = (DeconvStack28<1, Silu>, Reshape<Whole, X>);

type Convolutional = Vae<
    GaussianEncoder<DownConv, Z>,
    ConditionalBernoulli<Mlp<Z, (G, Flat), Silu>, UpConv>,
    StandardNormal<Z>,
>;

// Residual networks of 16 and 32 features in two blocks each (as in Kingma et al. 2016), normalized at their end.
type Half16 = Image<16, 14, 14>;
type Quarter32 = Image<32, 7, 7>;
type Flat32 = Const<1568>;
type Blocks<V> = (ResidualConv<V, 4>, ResidualConv<V, 4>);
type Normalized<V> = (GroupNorm<V, 4>, Activate<V, Silu>);

type DownResidual = (
    Reshape<X, Whole>,
    (Conv2d<Whole, Half16, 4, 2, 1>, Blocks<Half16>),
    (Conv2d<Half16, Quarter32, 4, 2, 1>, Blocks<Quarter32>),
    Normalized<Quarter32>,
    (Reshape<Quarter32, Flat32>, Linear<Flat32, G, Silu>),
);
type UpResidual = (
    (Reshape<Flat32, Quarter32>, Blocks<Quarter32>),
    (ConvTranspose2d<Quarter32, Half16, 4, 2, 1>, Blocks<Half16>),
    Normalized<Half16>,
    (ConvTranspose2d<Half16, Whole, 4, 2, 1>, Reshape<Whole, X>),
);

type ResidualConvolutional = Vae<
    GaussianEncoder<DownResidual, Z>,
    ConditionalBernoulli<Mlp<Z, (G, Flat32), Silu>, UpResidual>,
    StandardNormal<Z>,
>;

// z = (z₁, z₂), p(z) = p(z₁|z₂) p(z₂), p(x|z₁, z₂).
type Z1 = Const<48>;
type Z2 = Const<32>;
type Z12 = Const<80>;
type Layers = Hierarchy<GaussianDecoder<Mlp<Z2, (G, G), Silu>, Z1>, StandardNormal<Z2>, Z12>;
type FromBoth = ConditionalBernoulli<Mlp<Z12, (G, Flat), Silu>, UpConv>;

type MeanField = Vae<GaussianEncoder<DownConv, Z12>, FromBoth, Layers>;
type FromBelow = Vae<
    BottomUp<GaussianEncoder<DownConv, Z1>, GaussianEncoder<Mlp<Z1, (G, G), Silu>, Z2>, Z12>,
    FromBoth,
    Layers,
>;
type Ladder = LadderVae<Rung<DownConv, Z1, GaussianEncoder<Mlp<G, G, Silu>, Z2>>, FromBoth, Layers>;

/// Trains the same VAE on MNIST with each family of encoders and decoders, one run each, and compares them in a table.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "encoders", version)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    test: TestArgs,
    /// Step size of Adam at the start
    #[arg(long, value_name = "RATE", default_value_t = 2e-3, value_parser = positive)]
    learning_rate: f64,
    /// Of these families only, separated by commas
    #[arg(long, value_name = "FAMILY", value_delimiter = ',')]
    #[serde(skip)]
    only: Vec<Family>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Family {
    Mlp,
    Gated,
    Residual,
    Conv,
    ResidualConv,
    MeanField,
    BottomUp,
    Ladder,
}

fn train<M>(run: &RunArgs, args: &Args) -> Result<()>
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu, To<f32, Cpu> = M> + Sync,
{
    let run = Run::start("encoders", run, args)?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model = M::build(&run.device());
    let steps = run.steps(train.len());
    let mut adam = Scheduled {
        optimizer: Adam::new(args.learning_rate),
        schedule: |adam: &mut Adam, t| adam.learning_rate = args.learning_rate * cosine(t, steps),
    };
    let mut objective = Elbo { beta: 1.0 };

    let history = fit(&run, &mut model, &mut adam, &mut objective, &train, &valid)?;
    conclude(&run, &model, &objective, &history, &test, &args.test)
}

fn experiment(args: Args) -> Result<()> {
    let mut suite = Suite::new("encoders", &args.run);
    let families = match &args.only[..] {
        [] => Family::value_variants(),
        only => only,
    };
    for family in families {
        let train = match family {
            Family::Mlp => train::<Perceptron>,
            Family::Gated => train::<Gated>,
            Family::Residual => train::<Residual>,
            Family::Conv => train::<Convolutional>,
            Family::ResidualConv => train::<ResidualConvolutional>,
            Family::MeanField => train::<MeanField>,
            Family::BottomUp => train::<FromBelow>,
            Family::Ladder => train::<Ladder>,
        };
        let name = family.to_possible_value().expect("none is skipped");
        suite.run(name.get_name(), |run| train(run, &args))?;
    }
    suite.compare()
}

fn main() -> ExitCode {
    launch(experiment)
}
