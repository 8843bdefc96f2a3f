//! Every objective on the same model: a VAE of dynamically binarized MNIST with p(z) = N(0, I),
//! p(x|z) = Bernoulli(σ(decoder(z))) and q(z|x) = N(μ(x), diag σ²(x)), two hidden layers of 200 units each (Burda, Grosse &
//! Salakhutdinov 2016).
//!
//! Whatever is minimized, the table shows the evidence lower bound and the likelihood: what a code that is disentangled,
//! fuller or closer to the prior costs.

use clap::ValueEnum;
use vae::prelude::*;

type X = Const<784>;
type H = (Const<200>, Const<200>);
type Z = Const<50>;

type Encoder = GaussianEncoder<Mlp<X, H, Tanh>, Z>; // q(z|x)
type Decoder = BernoulliDecoder<Mlp<Z, H, Tanh>, X>; // p(x|z)
type Model = Vae<Encoder, Decoder, StandardNormal<Z>>;

/// Trains the same VAE on MNIST by each objective, one run each, and compares them in a table.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "objectives", version)]
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
    /// These objectives only, separated by commas
    #[arg(long, value_name = "OBJECTIVE", value_delimiter = ',')]
    #[serde(skip)]
    only: Vec<Name>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Name {
    Elbo,
    WarmUp,
    BetaVae,
    Capacity,
    FreeBits,
    BetaTc,
    DipVae1,
    DipVae2,
    InfoVae,
    Wae,
    Geco,
    Iwae,
    Miwae,
    Piwae,
    Ciwae,
    Renyi,
    VrMax,
    Stl,
    Dreg,
}

fn train(run: &RunArgs, args: &Args, mut objective: impl Objective<f32> + Sync) -> Result<()> {
    let run = Run::start("objectives", run, args)?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model = Model::build(&run.device());
    let steps = run.steps(train.len());
    let mut adam = Scheduled {
        optimizer: Adam::new(args.learning_rate),
        schedule: |adam: &mut Adam, t| adam.learning_rate = args.learning_rate * cosine(t, steps),
    };

    let history = fit(&run, &mut model, &mut adam, &mut objective, &train, &valid)?;
    // Measured by the evidence lower bound, whatever the model was trained by.
    let elbo = Elbo { beta: 1.0 };
    conclude(&run, &model, &elbo, &history, &test, &args.test)
}

/// A bound of six weighted samples.
fn weighted<B: Bound, G: Estimator>(bound: B, estimator: G) -> ImportanceWeighted<B, G> {
    ImportanceWeighted {
        bound,
        samples: 6,
        estimator,
    }
}

fn experiment(args: Args) -> Result<()> {
    let mut suite = Suite::new("objectives", &args.run);
    let names = match &args.only[..] {
        [] => Name::value_variants(),
        only => only,
    };
    let kernel = Kernel::InverseMultiquadric { scale: 1.0 };
    let dip = |covariance| DipVae {
        covariance,
        off_diagonal: 10.0,
        diagonal: 10.0,
    };
    for name in names {
        let value = name.to_possible_value().expect("none is skipped");
        suite.run(value.get_name(), |run| match name {
            Name::Elbo => train(run, &args, Elbo { beta: 1.0 }),
            Name::WarmUp => train(
                run,
                &args,
                Annealed {
                    objective: Elbo { beta: 0.0 },
                    schedule: |elbo: &mut Elbo, t| elbo.beta = warm_up::linear(t, 2000),
                },
            ),
            Name::BetaVae => train(run, &args, Elbo { beta: 4.0 }),
            Name::Capacity => train(
                run,
                &args,
                Annealed {
                    objective: Capacity {
                        gamma: 10.0,
                        nats: 0.0,
                    },
                    schedule: |capacity: &mut Capacity, t| {
                        capacity.nats = 25.0 * warm_up::linear(t, 4000);
                    },
                },
            ),
            Name::FreeBits => train(
                run,
                &args,
                FreeBits {
                    nats: 0.1,
                    groups: Groups::EachDimension,
                },
            ),
            Name::BetaTc => train(
                run,
                &args,
                BetaTc {
                    alpha: 1.0,
                    beta: 4.0,
                    gamma: 1.0,
                    examples: 50_000,
                    weighting: Weighting::Stratified,
                },
            ),
            Name::DipVae1 => train(run, &args, dip(Covariance::OfMeans)),
            Name::DipVae2 => train(run, &args, dip(Covariance::OfSamples)),
            Name::InfoVae => train(
                run,
                &args,
                InfoVae {
                    alpha: 0.0,
                    lambda: 100.0,
                    kernel,
                },
            ),
            Name::Wae => train(run, &args, InfoVae::wasserstein(100.0, kernel)),
            Name::Geco => train(run, &args, Geco::new(65.0)),
            Name::Iwae => train(run, &args, weighted(Iwae, Pathwise)),
            Name::Miwae => train(run, &args, weighted(Miwae { groups: 2 }, Pathwise)),
            Name::Piwae => train(run, &args, weighted(Piwae { groups: 2 }, Pathwise)),
            Name::Ciwae => train(run, &args, weighted(Ciwae { beta: 0.5 }, Pathwise)),
            Name::Renyi => train(run, &args, weighted(Renyi { alpha: 0.5 }, Pathwise)),
            Name::VrMax => train(run, &args, weighted(VrMax, Pathwise)),
            Name::Stl => train(
                run,
                &args,
                weighted(Miwae { groups: 6 }, StickingTheLanding),
            ),
            Name::Dreg => train(run, &args, weighted(Iwae, DoublyReparameterized)),
        })?;
    }
    suite.compare()
}

fn main() -> ExitCode {
    launch(experiment)
}
