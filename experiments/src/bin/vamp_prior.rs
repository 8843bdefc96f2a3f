//! The VAE with a VampPrior (Tomczak & Welling 2018), and the same with other priors, on static MNIST (Larochelle & Murray 2011)
//! where `--data-dir` has it, else on MNIST binarized dynamically.
//!
//! p(x|z) = Bernoulli(σ(decoder(z))), q(z|x) = N(μ(x), diag σ²(x)) with 40 latent variables and two hidden layers of 300 gated
//! units each; p(z) is N(0, I), a mixture of normals, that of a flow, or 1/K Σₖ q(z|uₖ) of
//! pseudo-inputs uₖ.

use clap::ValueEnum;
use std::num::NonZeroUsize;
use vae::data::binarized_mnist;
use vae::prelude::*;

type X = Const<784>;
type H = (Const<300>, Const<300>);
type Z = Const<40>;

type Encoder = GaussianEncoder<GatedMlp<X, H>, Z>; // q(z|x)
type Decoder = BernoulliDecoder<GatedMlp<Z, H>, X>; // p(x|z)
type Couplings = Chain<(RealNvp<Z, Const<300>>, Reverse<Z>), 4>;
type Model<Prior> = Vae<Encoder, Decoder, Prior>;

/// Trains a VAE with a prior of one's choice on MNIST and leaves a folder with figures, pictures and a report.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "vamp_prior", version)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
    #[command(flatten)]
    #[serde(flatten)]
    test: TestArgs,
    /// p(z)
    #[arg(long, value_enum, default_value = "vamp")]
    prior: Choice,
    /// Pseudo-inputs that stand for all on the way back, drawn anew in each step; faster on small batches [default: all]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    thinned: Option<NonZeroUsize>,
    /// Step size of Muon at the start
    #[arg(long, value_name = "RATE", default_value_t = 6e-3, value_parser = positive)]
    learning_rate: f64,
    /// Share of the weights that is taken away in a step, in units of the step size
    #[arg(long, value_name = "DECAY", default_value_t = 0.1, value_parser = positive)]
    weight_decay: f64,
}

#[derive(Clone, Copy, Debug, ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum Choice {
    /// N(0, I)
    Standard,
    /// 500 pseudo-inputs
    Vamp,
    /// 500 normal distributions
    Mixture,
    /// Four affine couplings
    Flow,
}

fn train<P>(args: &Args, start: impl FnOnce(&mut P, &[f32])) -> Result<()>
where
    P: Clone + TensorCollection<f32, Cpu, To<f32, Cpu> = P>,
    Model<P>: LatentModel<f32> + Sync,
{
    let run = Run::start("vamp_prior", &args.run, args)?;
    let mnist = match &args.run.data_dir {
        Some(dir) => binarized_mnist::load(dir)?,
        None => mnist::bundled(),
    };
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model: Model<P> = Model::build(&run.device());
    model.decoder.start_at(&train.0.mean());
    let first: Vec<usize> = (0..500).collect();
    start(&mut model.prior, &train.load(&first, run.noise("start")));

    let steps = run.steps(train.len());
    let mut muon = Scheduled {
        optimizer: Muon {
            weight_decay: args.weight_decay,
            ..Muon::new(args.learning_rate)
        },
        schedule: |muon: &mut Muon, t| muon.learning_rate = args.learning_rate * cosine(t, steps),
    };
    let mut objective = Annealed {
        objective: Elbo { beta: 0.0 },
        schedule: |elbo: &mut Elbo, t| elbo.beta = warm_up::linear(t, steps / 10),
    };

    let history = fit(&run, &mut model, &mut muon, &mut objective, &train, &valid)?;
    let elbo = Elbo { beta: 1.0 };
    conclude(&run, &model, &elbo, &history, &test, &args.test)
}

fn experiment(args: Args) -> Result<()> {
    match args.prior {
        Choice::Standard => train::<StandardNormal<Z>>(&args, |_, _| ()),
        Choice::Mixture => train::<Mixture<500, Z>>(&args, |_, _| ()),
        Choice::Flow => train::<FlowPrior<Couplings>>(&args, |_, _| ()),
        Choice::Vamp => train::<VampPrior<500, X, Encoder>>(&args, |prior, images| {
            prior.start_at(images);
            prior.thinned = args.thinned.map(usize::from);
        }),
    }
}

fn main() -> ExitCode {
    launch(experiment)
}
