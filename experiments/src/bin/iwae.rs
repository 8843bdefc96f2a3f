//! Importance weighted autoencoders (Burda, Grosse & Salakhutdinov 2016), the model with one layer of latent variables, on
//! dynamically binarized MNIST.
//!
//! p(z) = N(0, I), p(x|z) = Bernoulli(σ(decoder(z))), q(z|x) = N(μ(x), diag σ²(x)) with 50 latent variables and two hidden layers
//! of 200 tanh units each; ln (1/K) Σₖ p(x, zₖ)/q(zₖ|x) over K samples is maximized. K = 1 is the VAE. The logits start at
//! those of the mean image, as in the paper.
//!
//! Where the paper has Adam for 3280 epochs, here is Muon for a tenth of them, K that grows from 1 over the first two thirds,
//! and gradients through five of the samples.

use std::num::NonZeroUsize;
use vae::prelude::*;

type X = Const<784>;
type H = (Const<200>, Const<200>);
type Z = Const<50>;

type Encoder = GaussianEncoder<Mlp<X, H, Tanh>, Z>; // q(z|x)
type Decoder = BernoulliDecoder<Mlp<Z, H, Tanh>, X>; // p(x|z)
type Prior = StandardNormal<Z>; // p(z)
type Model = Vae<Encoder, Decoder, Prior>;

/// Trains an importance weighted autoencoder on MNIST and leaves a folder with figures, pictures and a report.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "iwae", version)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    test: TestArgs,
    /// Step size of Muon at the start
    #[arg(long, value_name = "RATE", default_value_t = 6e-3, value_parser = positive)]
    learning_rate: f64,
    /// K, samples of each image in the bound
    #[arg(long, value_name = "K", default_value = "5")]
    samples: NonZeroUsize,
}

fn experiment(args: Args) -> Result<()> {
    let run = Run::start("iwae", &args.run, &args)?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model = Model::build(&run.device());
    model.decoder.start_at(&train.0.mean());
    let steps = run.steps(train.len());
    let mut muon = Scheduled {
        optimizer: Muon::new(args.learning_rate),
        schedule: |muon: &mut Muon, t| muon.learning_rate = args.learning_rate * cosine(t, steps),
    };
    let k = args.samples.get() as f64;
    let mut objective = Annealed {
        objective: ImportanceWeighted {
            bound: Iwae,
            samples: 1,
            estimator: Resampled {
                estimator: Pathwise,
                kept: 5,
            },
        },
        // A step with few samples is cheap, and what it teaches is not lost: Burda et al. too go on from K = 1.
        schedule: |o: &mut ImportanceWeighted<_, _>, t| {
            o.samples = k.powf(warm_up::linear(t, 2 * steps / 3)).round() as usize;
        },
    };

    let history = fit(&run, &mut model, &mut muon, &mut objective, &train, &valid)?;
    // The evidence lower bound of the table is that of one sample, whatever K.
    let elbo = Elbo { beta: 1.0 };
    conclude(&run, &model, &elbo, &history, &test, &args.test)
}

fn main() -> ExitCode {
    launch(experiment)
}
