//! Digits on demand: a VAE that is told the class of an image (Kingma et al. 2014, M2 with labels; Sohn, Lee & Yan 2015), on
//! dynamically binarized MNIST.
//!
//! p(z) = N(0, I), p(x|z, c) = Bernoulli(σ(decoder(z, c))), q(z|x, c) = N(μ(x, c), diag σ²(x, c)). The encoder sees the class
//! beside the pixels; in the decoder it modulates the features (FiLM).

use vae::ops::repeat;
use vae::prelude::*;
use vae::priors::Prior as _;
use vae::runner::picture::grid;

type X = Const<784>;
type C = Const<10>; // the class, one-hot
type XC = Const<794>;
type H = Const<400>;
type Z = Const<20>;

type Encoder = Conditioned<Concat<X, C, XC>, GaussianEncoder<Mlp<XC, (H, H), Silu>, Z>>; // q(z|x, c)
type Decoder =
    Conditioned<Film<Mlp<Z, H, Silu>, Linear<C, H>>, BernoulliDecoder<Mlp<H, (H, H), Silu>, X>>; // p(x|z, c)
type Prior = StandardNormal<Z>; // p(z)
type Model = ConditionalVae<Encoder, Decoder, Prior>;

/// Trains a class-conditional variational autoencoder on MNIST, draws each digit on demand (digits.png), and leaves a
/// folder with figures, pictures and a report.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "conditional", version)]
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
}

fn experiment(args: Args) -> Result<()> {
    let run = Run::start("conditional", &args.run, &args)?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);
    let train = Labelled::<_, 10>(train);
    let valid = Labelled::<_, 10>(valid);
    let test = Labelled::<_, 10>(test);

    let mut model = Model::build(&run.device());
    let steps = run.steps(train.len());
    let mut adam = Scheduled {
        optimizer: Adam::new(args.learning_rate),
        schedule: |adam: &mut Adam, t| adam.learning_rate = args.learning_rate * cosine(t, steps),
    };
    let mut objective = Elbo { beta: 1.0 };

    let history = fit(&run, &mut model, &mut adam, &mut objective, &train, &valid)?;

    // Ten codes, a row each, and along it the ten classes.
    let codes = repeat(model.prior.sample(10, run.noise("digits")), 10);
    let classes: Vec<f32> = (0..1000)
        .map(|i| f32::from(i / 10 % 10 == i % 10))
        .collect();
    let digits = model.given(&classes).decode(codes).mean();
    grid(&digits.as_vec(), 28, 28, 10, 3).save(&run.path("digits.png"))?;

    conclude(&run, &model, &objective, &history, &test, &args.test)
}

fn main() -> ExitCode {
    launch(experiment)
}
