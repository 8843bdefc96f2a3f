//! One VAE under every prior, in one table, with samples of each: N(0, I), a learned normal, a mixture of normals, the VampPrior
//! (Tomczak & Welling 2018), flows (Dinh et al. 2017; Papamakarios et al. 2017; Durkan et al. 2019), a second layer of latent
//! variables, and the uniform distribution on a sphere (Davidson et al. 2018). Two more are fitted to the codes of the trained
//! model with N(0, I) (Ghosh et al. 2020): a mixture of normals by expectation–maximization, and a flow.
//!
//! All have p(x|z) = Bernoulli(σ(decoder(z))) and maximize the evidence lower bound on static MNIST (Larochelle & Murray 2011)
//! where `--data-dir` has it, else on MNIST binarized dynamically.

use clap::ValueEnum;
use std::path::Path;
use vae::architectures::SphericalEncoder;
use vae::data::binarized_mnist;
use vae::prelude::*;
use vae::priors::SphericalUniform;

type X = Const<784>;
type H = (Const<300>, Const<300>);
type Z = Const<40>;

type Encoder = GaussianEncoder<GatedMlp<X, H>, Z>; // q(z|x)
type Decoder = BernoulliDecoder<GatedMlp<Z, H>, X>; // p(x|z)
type Model<Prior> = Vae<Encoder, Decoder, Prior>;
type Spherical = Vae<SphericalEncoder<GatedMlp<X, H>, Z>, Decoder, SphericalUniform<Z>>;

type S = Const<200>;
type Couplings = Chain<(RealNvp<Z, S>, Reverse<Z>), 4>;
type Masked = Chain<(Maf<Z, S>, Reverse<Z>), 4>;
type Splines = Chain<(NeuralSpline<Z, S>, Reverse<Z>), 4>;

// z = (z₁, z₂), p(z) = N(z₁; μ(z₂), diag σ²(z₂)) N(z₂; 0, I).
type Z1 = Const<24>;
type Z2 = Const<16>;
type Layers = Hierarchy<GaussianDecoder<GatedMlp<Z2, H>, Z1>, StandardNormal<Z2>, Z>;

/// Trains the same VAE on MNIST with each prior, one run each, and compares them in a table.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "priors", version)]
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
    /// With these priors only, separated by commas; what is fitted to the codes of `standard` comes after it
    #[arg(long, value_name = "PRIOR", value_delimiter = ',')]
    #[serde(skip)]
    only: Vec<Choice>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    /// N(0, I)
    Standard,
    /// N(μ, diag σ²)
    LearnedNormal,
    /// 500 normal distributions
    Mixture,
    /// 500 pseudo-inputs
    Vamp,
    /// Four affine couplings
    RealNvp,
    /// Four masked autoregressive flows
    Maf,
    /// Four couplings by splines
    Spline,
    /// N(μ(z₂), diag σ²(z₂)) of a second latent variable
    Hierarchy,
    /// Uniform on the sphere
    Sphere,
    /// Ten normal distributions with full covariances, fitted to the codes of `standard`
    FittedMixture,
    /// Four couplings by splines, fitted to the codes of `standard`
    FittedSpline,
}

fn load(run: &Run) -> Result<Binarized> {
    Ok(run.binarized(match &run.args().data_dir {
        Some(dir) => binarized_mnist::load(dir)?,
        None => mnist::bundled(),
    }))
}

fn adam(rate: f64, steps: u64) -> Scheduled<Adam, impl Fn(&mut Adam, u64)> {
    Scheduled {
        optimizer: Adam::new(rate),
        schedule: move |adam: &mut Adam, t| adam.learning_rate = rate * cosine(t, steps),
    }
}

fn train<M>(run: &RunArgs, args: &Args, start: impl FnOnce(&mut M, &[f32])) -> Result<()>
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu, To<f32, Cpu> = M> + Sync,
{
    let run = Run::start("priors", run, args)?;
    let Binarized { train, valid, test } = load(&run)?;

    let mut model = M::build(&run.device());
    let first: Vec<usize> = (0..500).collect();
    start(&mut model, &train.load(&first, run.noise("start")));
    let mut adam = adam(args.learning_rate, run.steps(train.len()));
    let mut objective = Elbo { beta: 1.0 };

    let history = fit(&run, &mut model, &mut adam, &mut objective, &train, &valid)?;
    conclude(&run, &model, &objective, &history, &test, &args.test)
}

/// The trained model with N(0, I), with a mixture in its place.
fn fit_mixture(run: &RunArgs, args: &Args, standard: &Path) -> Result<()> {
    let run = Run::start("priors", run, args)?;
    let Binarized { train, test, .. } = load(&run)?;

    let mut model: Model<StandardNormal<Z>> = Vae::build(&run.device());
    let Checkpoint { history, .. } = Checkpoint::load(standard, &mut model)?;
    let codes = latent_samples(&model, &train, run.noise("codes"));
    let codes: Batch<Z> = Cpu::default().tensor_from_vec(codes, (train.len(), Const));
    let model = Vae {
        prior: GaussianMixture::<10, Z>::fit(&codes, run.noise("mixture"))?,
        encoder: model.encoder,
        decoder: model.decoder,
    };

    run.adopt(&model, &history)?;
    conclude(
        &run,
        &model,
        &Elbo { beta: 1.0 },
        &history,
        &test,
        &args.test,
    )
}

/// The trained model with N(0, I), with a flow in its place that learns alone.
fn fit_splines(run: &RunArgs, args: &Args, standard: &Path) -> Result<()> {
    let run = Run::start("priors", run, args)?;
    let Binarized { train, valid, test } = load(&run)?;

    let mut model: Model<StandardNormal<Z>> = Vae::build(&run.device());
    Checkpoint::load(standard, &mut model)?;
    let mut model = Vae {
        prior: FlowPrior::<Splines>::build(&run.device()),
        encoder: model.encoder,
        decoder: model.decoder,
    };
    let mut adam = adam(args.learning_rate, run.steps(train.len()));

    let history = fit(&run, &mut model, &mut adam, &mut PriorFit, &train, &valid)?;
    conclude(
        &run,
        &model,
        &Elbo { beta: 1.0 },
        &history,
        &test,
        &args.test,
    )
}

fn experiment(args: Args) -> Result<()> {
    let mut suite = Suite::new("priors", &args.run);
    let choices = match &args.only[..] {
        [] => Choice::value_variants(),
        only => only,
    };
    let standard = suite.dir("standard").join("checkpoint.bin");
    for choice in choices {
        let name = choice.to_possible_value().expect("none is skipped");
        suite.run(name.get_name(), |run| match choice {
            Choice::Standard => train::<Model<StandardNormal<Z>>>(run, &args, |_, _| ()),
            Choice::LearnedNormal => train::<Model<LearnedNormal<Z>>>(run, &args, |_, _| ()),
            Choice::Mixture => train::<Model<Mixture<500, Z>>>(run, &args, |_, _| ()),
            Choice::Vamp => {
                train::<Model<VampPrior<500, X, Encoder>>>(run, &args, |model, images| {
                    model.prior.start_at(images);
                })
            }
            Choice::RealNvp => train::<Model<FlowPrior<Couplings>>>(run, &args, |_, _| ()),
            Choice::Maf => train::<Model<FlowPrior<Masked>>>(run, &args, |_, _| ()),
            Choice::Spline => train::<Model<FlowPrior<Splines>>>(run, &args, |_, _| ()),
            Choice::Hierarchy => train::<Model<Layers>>(run, &args, |_, _| ()),
            Choice::Sphere => train::<Spherical>(run, &args, |_, _| ()),
            Choice::FittedMixture => fit_mixture(run, &args, &standard),
            Choice::FittedSpline => fit_splines(run, &args, &standard),
        })?;
    }
    suite.compare()
}

fn main() -> ExitCode {
    launch(experiment)
}
