//! The convolutional twin of `mnist_vae`: dynamically binarized MNIST, p(z) = N(0, I), p(x|z) = Bernoulli(σ(decoder(z))),
//! q(z|x) = N(μ(x), diag σ²(x)).
//!
//! Two convolutions halve the image, and a hidden layer looks at all of what is left (Radford, Metz & Chintala 2016); the
//! decoder goes the same way back. The step size falls to 0 along a cosine.

use vae::prelude::*;

type X = Const<784>;
type H = Const<256>;
type Z = Const<32>;
type Flat = Const<3136>;
type Picture = Image<1, 28, 28>;

type ToFeatures = (
    Reshape<X, Picture>,
    ConvStack28<1, Silu>,
    Linear<Flat, H, Silu>,
);
type FromCode = Mlp<Z, (H, Flat), Silu>;
type ToLogits = (DeconvStack28<1, Silu>, Reshape<Picture, X>);

type Encoder = GaussianEncoder<ToFeatures, Z>; // q(z|x)
type Decoder = ConditionalBernoulli<FromCode, ToLogits>; // p(x|z)
type Prior = StandardNormal<Z>; // p(z)
type Model = Vae<Encoder, Decoder, Prior>;

/// Trains a convolutional variational autoencoder on MNIST and leaves a folder with figures, pictures and a report.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "conv_vae", version)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    test: TestArgs,
    /// Step size of Adam at the start
    #[arg(long, value_name = "RATE", default_value_t = 3e-3, value_parser = positive)]
    learning_rate: f64,
}

fn experiment(args: Args) -> Result<()> {
    let run = Run::start("conv_vae", &args.run, &args)?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model = Model::build(&run.device());
    let steps = run.steps(train.len());
    let mut adam = Scheduled {
        optimizer: Adam::new(args.learning_rate),
        schedule: |adam: &mut Adam, t| adam.learning_rate = args.learning_rate * cosine(t, steps),
    };
    let mut objective = Elbo { beta: 1.0 };

    let history = fit(&run, &mut model, &mut adam, &mut objective, &train, &valid)?;
    conclude(&run, &model, &objective, &history, &test, &args.test)
}

fn main() -> ExitCode {
    launch(experiment)
}
