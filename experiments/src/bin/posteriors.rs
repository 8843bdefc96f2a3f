//! One VAE with each kind of posterior, in one table: a normal distribution with diagonal, low-rank or full covariance, and normals
//! bent by planar flows (Rezende & Mohamed 2015), Householder reflections (Tomczak & Welling 2016), a Sylvester flow (van den Berg
//! et al. 2018), affine couplings (Dinh et al. 2017), and inverse autoregressive flows (Kingma et al. 2016), whose parameters come
//! from the encoder.
//!
//! All have p(x|z) = Bernoulli(σ(decoder(z))) and p(z) = N(0, I), and maximize the evidence lower bound on static MNIST
//! (Larochelle & Murray 2011) where `--data-dir` has it, else on MNIST binarized dynamically.

use clap::ValueEnum;
use vae::architectures::{FullCovarianceEncoder, LowRankEncoder};
use vae::data::binarized_mnist;
use vae::flows::{Householder, Sylvester};
use vae::prelude::*;

type X = Const<784>;
type H = (Const<300>, Const<300>);
type Z = Const<40>;

type Body = GatedMlp<X, H>;
type Decoder = BernoulliDecoder<GatedMlp<Z, H>, X>; // p(x|z)
type Model<Encoder> = Vae<Encoder, Decoder, StandardNormal<Z>>;

type C = Const<64>; // what the flows are told about x
type Bent<F> = FlowEncoder<Body, Z, C, F>;
type Planars = Chain<Planar<Z, C>, 8>;
type Reflections = Chain<Householder<Z, C>, 8>;
type Columns16 = Sylvester<Z, Const<16>, 8, C>;
type S = Const<200>;
type Couplings = Chain<(RealNvp<Z, S, C>, Reverse<Z, C>), 4>;
type Iafs = Chain<(Iaf<Z, S, C>, Reverse<Z, C>), 4>;

/// Trains the same VAE on MNIST with each kind of posterior, one run each, and compares them in a table.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "posteriors", version)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    test: TestArgs,
    /// Step size of Adam at the start
    #[arg(long, value_name = "RATE", default_value_t = 1e-3, value_parser = positive)]
    learning_rate: f64,
    /// With these posteriors only, separated by commas
    #[arg(long, value_name = "POSTERIOR", value_delimiter = ',')]
    #[serde(skip)]
    only: Vec<Choice>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    /// N(μ(x), diag σ²(x))
    Normal,
    /// N(μ(x), diag σ²(x) + U(x) U(x)ᵀ) with four columns U
    LowRank,
    /// N(μ(x), L(x) L(x)ᵀ)
    FullCovariance,
    /// Eight planar flows
    Planar,
    /// Eight reflections
    Householder,
    /// A Sylvester flow of 16 columns
    Sylvester,
    /// Four affine couplings
    RealNvp,
    /// Four inverse autoregressive flows
    Iaf,
}

fn train<Encoder>(run: &RunArgs, args: &Args) -> Result<()>
where
    Model<Encoder>:
        LatentModel<f32> + TensorCollection<f32, Cpu, To<f32, Cpu> = Model<Encoder>> + Sync,
{
    let run = Run::start("posteriors", run, args)?;
    let Binarized { train, valid, test } = run.binarized(match &args.run.data_dir {
        Some(dir) => binarized_mnist::load(dir)?,
        None => mnist::bundled(),
    });

    let mut model = Model::<Encoder>::build(&run.device());
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
    let mut suite = Suite::new("posteriors", &args.run);
    let choices = match &args.only[..] {
        [] => Choice::value_variants(),
        only => only,
    };
    for choice in choices {
        let train = match choice {
            Choice::Normal => train::<GaussianEncoder<Body, Z>>,
            Choice::LowRank => train::<LowRankEncoder<Body, Z, Const<4>>>,
            Choice::FullCovariance => train::<FullCovarianceEncoder<Body, Z>>,
            Choice::Planar => train::<Bent<Planars>>,
            Choice::Householder => train::<Bent<Reflections>>,
            Choice::Sylvester => train::<Bent<Columns16>>,
            Choice::RealNvp => train::<Bent<Couplings>>,
            Choice::Iaf => train::<Bent<Iafs>>,
        };
        let name = choice.to_possible_value().expect("none is skipped");
        suite.run(name.get_name(), |run| train(run, &args))?;
    }
    suite.compare()
}

fn main() -> ExitCode {
    launch(experiment)
}
