//! Posterior collapse, made on purpose and cured: VAEs of dynamically binarized MNIST whose code goes unused, because the
//! divergence weighs too much or because the decoder does without it, and what is done about that.
//!
//! p(z) = N(0, I), q(z|x) = N(μ(x), diag σ²(x)). The weak decoder is p(x|z) = Π Bernoulli(xᵢ; σ(decoderᵢ(z))); the strong one knows
//! the pixels before each as well, p(x|z) = Π p(xᵢ | x₁ … xᵢ₋₁, z) (Bowman et al. 2016; Chen et al. 2017).

use clap::ValueEnum;
use vae::prelude::*;

type X = Const<784>;
type H = (Const<200>, Const<200>);
type Z = Const<20>;

type Encoder = GaussianEncoder<Mlp<X, H, Tanh>, Z>; // q(z|x)
type Prior = StandardNormal<Z>; // p(z)
type Weak = Vae<Encoder, BernoulliDecoder<Mlp<Z, H, Tanh>, X>, Prior>;
type Strong = Vae<Encoder, AutoregressiveDecoder<Mlp<Z, H, Tanh>, X>, Prior>;

/// Trains VAEs on MNIST whose code collapses, and the same with each cure.
#[derive(clap::Parser, serde::Serialize)]
#[command(name = "collapse", version)]
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
    /// These cases only, separated by commas
    #[arg(long, value_name = "CASE", value_delimiter = ',')]
    #[serde(skip)]
    only: Vec<Case>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Case {
    Weak,
    WeakBeta,
    WeakCapacity,
    Strong,
    StrongWarmUp,
    StrongFreeBits,
    StrongMinimumRate,
    StrongCapacity,
    StrongLowBeta,
    StrongInfoVae,
    StrongGeco,
}

fn train<M>(run: &RunArgs, args: &Args, mut objective: impl Objective<f32> + Sync) -> Result<()>
where
    M: LatentModel<f32> + TensorCollection<f32, Cpu, To<f32, Cpu> = M> + Sync,
{
    let run = Run::start("collapse", run, args)?;
    let mnist = mnist::open(args.run.data_dir.as_deref())?;
    let Binarized { train, valid, test } = run.binarized(mnist);

    let mut model = M::build(&run.device());
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

fn experiment(args: Args) -> Result<()> {
    let mut suite = Suite::new("collapse", &args.run);
    let cases = match &args.only[..] {
        [] => Case::value_variants(),
        only => only,
    };
    let capacity = Capacity {
        gamma: 10.0,
        nats: 15.0,
    };
    let free = |nats, groups| FreeBits { nats, groups };
    for case in cases {
        let value = case.to_possible_value().expect("none is skipped");
        suite.run(value.get_name(), |run| match case {
            Case::Weak => train::<Weak>(run, &args, Elbo { beta: 1.0 }),
            Case::WeakBeta => train::<Weak>(run, &args, Elbo { beta: 30.0 }),
            Case::WeakCapacity => train::<Weak>(run, &args, capacity),
            Case::Strong => train::<Strong>(run, &args, Elbo { beta: 1.0 }),
            Case::StrongWarmUp => train::<Strong>(
                run,
                &args,
                Annealed {
                    objective: Elbo { beta: 0.0 },
                    schedule: |elbo: &mut Elbo, t| elbo.beta = warm_up::linear(t, 2000),
                },
            ),
            Case::StrongFreeBits => train::<Strong>(run, &args, free(0.75, Groups::EachDimension)),
            Case::StrongMinimumRate => train::<Strong>(run, &args, free(15.0, Groups::Whole)),
            Case::StrongCapacity => train::<Strong>(run, &args, capacity),
            Case::StrongLowBeta => train::<Strong>(run, &args, Elbo { beta: 0.25 }),
            Case::StrongInfoVae => train::<Strong>(
                run,
                &args,
                InfoVae {
                    alpha: 0.75,
                    lambda: 100.0,
                    kernel: Kernel::InverseMultiquadric { scale: 1.0 },
                },
            ),
            Case::StrongGeco => train::<Strong>(run, &args, Geco::new(80.0)),
        })?;
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
