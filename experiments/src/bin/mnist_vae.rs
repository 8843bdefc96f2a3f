//! Auto-Encoding Variational Bayes (Kingma & Welling 2014) on dynamically binarized MNIST.
//!
//! p(z) = N(0, I), p(x|z) = Bernoulli(σ(decoder(z))), q(z|x) = N(μ(x), diag σ²(x)), one hidden layer of 400 units
//! each; the evidence lower bound is maximized by Adam on 50 000 images.

use vae::prelude::*;

type X = Const<784>;
type H = Const<400>;
type Z = Const<20>;

type Encoder = GaussianEncoder<Mlp<X, H>, Z>; // q(z|x)
type Decoder = BernoulliDecoder<Mlp<Z, H>, X>; // p(x|z)
type Prior = StandardNormal<Z>; // p(z)
type Model = Vae<Encoder, Decoder, Prior>;

/// Trains a variational autoencoder on MNIST and leaves a folder with figures, pictures and a report.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "mnist_vae", version)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    test: TestArgs,
    /// Step size of Adam
    #[arg(long, value_name = "RATE", default_value_t = 1e-3, value_parser = positive)]
    learning_rate: f64,
}

fn experiment(args: Args) -> Result<()> {
    let run = Run::start("mnist_vae", &args.run, &args)?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model = Model::build(&run.device());
    let mut adam = Adam::new(args.learning_rate);
    let mut objective = Elbo { beta: 1.0 };

    let history = fit(&run, &mut model, &mut adam, &mut objective, &train, &valid)?;
    conclude(&run, &model, &objective, &history, &test, &args.test)
}

fn main() -> ExitCode {
    launch(experiment)
}
