//! Rate and distortion (Alemi et al. 2018): the same VAE of dynamically binarized MNIST with different weights β of the
//! divergence (Higgins et al. 2017), from codes that tell everything to codes that tell nothing.
//!
//! p(z) = N(0, I), p(x|z) = Bernoulli(σ(decoder(z))), q(z|x) = N(μ(x), diag σ²(x)). The curve of KL(q(z|x) ‖ p(z)) and
//! E_q of −ln p(x|z) falls with a slope of −β.

use vae::prelude::*;

type X = Const<784>;
type H = (Const<200>, Const<200>);
type Z = Const<50>;

type Encoder = GaussianEncoder<Mlp<X, H, Tanh>, Z>; // q(z|x)
type Decoder = BernoulliDecoder<Mlp<Z, H, Tanh>, X>; // p(x|z)
type Model = Vae<Encoder, Decoder, StandardNormal<Z>>;

/// Trains the same VAE on MNIST with different weights of the KL term, and draws rate and distortion.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "beta_sweep", version)]
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
    /// Weights of the KL term, separated by commas
    #[arg(long, value_name = "BETA", value_delimiter = ',', value_parser = positive,
        default_value = "0.1,0.25,0.5,1,2,4,8,16")]
    #[serde(skip)]
    betas: Vec<f64>,
}

/// What a single run is made with.
#[derive(serde::Serialize)]
struct Options<'a> {
    #[serde(flatten)]
    args: &'a Args,
    beta: f64,
}

fn train(run: &RunArgs, args: &Args, beta: f64) -> Result<()> {
    let run = Run::start("beta_sweep", run, &Options { args, beta })?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model = Model::build(&run.device());
    let steps = run.steps(train.len());
    let mut adam = Scheduled {
        optimizer: Adam::new(args.learning_rate),
        schedule: |adam: &mut Adam, t| adam.learning_rate = args.learning_rate * cosine(t, steps),
    };
    let mut objective = Elbo { beta };

    let history = fit(&run, &mut model, &mut adam, &mut objective, &train, &valid)?;
    conclude(&run, &model, &objective, &history, &test, &args.test)
}

fn experiment(args: Args) -> Result<()> {
    let mut suite = Suite::new("beta_sweep", &args.run);
    for beta in &args.betas {
        suite.run(&format!("beta-{beta}"), |run| train(run, &args, *beta))?;
    }
    suite.compare()?;
    suite.plot(
        "rate_distortion",
        "Rate and distortion",
        ["kl", "reconstruction"],
    )
}

fn main() -> ExitCode {
    launch(experiment)
}
