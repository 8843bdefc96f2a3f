//! Priors × β × seeds: the VAE of Kingma & Welling (2014) on dynamically binarized MNIST with different priors and weights β of the
//! divergence, each with several seeds. A grid of one's own is another loop in `experiment`.
//!
//! p(x|z) = Bernoulli(σ(decoder(z))), q(z|x) = N(μ(x), diag σ²(x)), one hidden layer of 400 units each.

use vae::prelude::*;

type X = Const<784>;
type H = Const<400>;
type Z = Const<20>;

type Encoder = GaussianEncoder<Mlp<X, H>, Z>; // q(z|x)
type Decoder = BernoulliDecoder<Mlp<Z, H>, X>; // p(x|z)
type Model<Prior> = Vae<Encoder, Decoder, Prior>;

/// Trains a VAE on MNIST with each prior, weight of the KL term and seed, several at a time, and compares them.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "sweep", version)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    test: TestArgs,
    #[command(flatten)]
    #[serde(skip)]
    sweep: SweepArgs,
    /// Step size of Adam
    #[arg(long, value_name = "RATE", default_value_t = 1e-3, value_parser = positive)]
    learning_rate: f64,
    /// Weights of the KL term, separated by commas
    #[arg(long, value_name = "BETA", value_delimiter = ',', value_parser = positive, default_value = "0.5,1,2")]
    #[serde(skip)]
    betas: Vec<f64>,
}

/// What a single run is made with.
#[derive(serde::Serialize)]
struct Options<'a> {
    #[serde(flatten)]
    run: &'a RunArgs,
    #[serde(flatten)]
    test: &'a TestArgs,
    learning_rate: f64,
    beta: f64,
}

fn train<P>(run: &RunArgs, args: &Args, beta: f64) -> Result<()>
where
    P: Clone + TensorCollection<f32, Cpu, To<f32, Cpu> = P>,
    Model<P>: LatentModel<f32> + Sync,
{
    let options = Options {
        run,
        test: &args.test,
        learning_rate: args.learning_rate,
        beta,
    };
    let run = Run::start("sweep", run, &options)?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model: Model<P> = Model::build(&run.device());
    let mut adam = Adam::new(args.learning_rate);
    let mut objective = Elbo { beta };

    let history = fit(&run, &mut model, &mut adam, &mut objective, &train, &valid)?;
    conclude(&run, &model, &objective, &history, &test, &args.test)
}

fn experiment(args: Args) -> Result<()> {
    let mut sweep = Sweep::new("sweep", &args.run, &args.sweep);
    for &beta in &args.betas {
        let args = &args;
        sweep.add(format!("standard-{beta}"), move |run| {
            train::<StandardNormal<Z>>(run, args, beta)
        });
        sweep.add(format!("learned-{beta}"), move |run| {
            train::<LearnedNormal<Z>>(run, args, beta)
        });
        sweep.add(format!("mixture-{beta}"), move |run| {
            train::<Mixture<10, Z>>(run, args, beta)
        });
    }
    sweep.run()
}

fn main() -> ExitCode {
    launch(experiment)
}
