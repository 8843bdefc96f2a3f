//! A research toolkit for variational autoencoders: write an experiment the way the paper writes it, change one line
//! to swap a prior, an encoder, a likelihood or an objective, and trust every number that comes out.
//!
//! This crate only gathers the others:
//!
//! | module | what is in it |
//! |---|---|
//! | [`ops`] | differentiable operations on `dfdx` tensors, the tape, the optimizer |
//! | [`distributions`] | densities and KL divergences |
//! | [`reparam`] | noise and reparameterized samples |
//! | [`flows`] | invertible maps of codes |
//! | [`priors`] | p(z) |
//! | [`architectures`] | layers, encoders, decoders, the VAE |
//! | [`losses`] | objectives |
//! | [`data`] | data sets, binarization, batches |
//! | [`metrics`] | what a trained model is worth |
//! | [`runner`] | command line, training loop, run folder, report |
//!
//! [`prelude`] has what an experiment needs. A model is a type, a line a part:
//!
//! ```
//! use vae::prelude::*;
//!
//! type X = Const<784>;
//! type H = Const<400>;
//! type Z = Const<20>;
//!
//! type Encoder = GaussianEncoder<Mlp<X, H>, Z>; // q(z|x) = N(μ(x), diag σ²(x))
//! type Decoder = BernoulliDecoder<Mlp<Z, H>, X>; // p(x|z)
//! type Prior = Mixture<10, Z>; // p(z), or StandardNormal<Z>, or LearnedNormal<Z>
//!
//! let model = Vae::<Encoder, Decoder, Prior>::build(&Cpu::seed_from_u64(0));
//! let images = model.sample(5, Noise::new(0, "prior"));
//! assert_eq!(images.shape(), &(5, Const));
//! ```
//!
//! The default feature `mimalloc` makes [mimalloc](https://docs.rs/mimalloc) the allocator of the whole program.
#![forbid(unsafe_code)]

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub use vae_architectures as architectures;
pub use vae_data as data;
pub use vae_distributions as distributions;
pub use vae_flows as flows;
pub use vae_losses as losses;
pub use vae_metrics as metrics;
pub use vae_ops as ops;
pub use vae_priors as priors;
pub use vae_reparam as reparam;
pub use vae_runner as runner;

/// What an experiment needs, in one `use`.
pub mod prelude {
    pub use dfdx::prelude::{BuildModule, Const, Cpu, HasShape, NumParams};
    pub use dfdx::prelude::{TensorCollection, TensorFromVec};
    pub use std::process::ExitCode;
    pub use vae_architectures::{
        Activate, Conv2d, ConvTranspose2d, Image, Reshape, ResidualConv, ResidualMlp,
    };
    pub use vae_architectures::{
        AutoregressiveDecoder, BernoulliDecoder, ConditionalBernoulli, Decoder, Encoder,
        GaussianDecoder, GaussianEncoder,
    };
    pub use vae_architectures::{BatchNorm, Dropout, GatedMlp, GroupNorm, LayerNorm};
    pub use vae_architectures::{BottomUp, First, Hierarchy, LadderVae, Rung};
    pub use vae_architectures::{
        Columns, Interpolation, LatentModel, Layer, Linear, Mlp, Vae, VampPrior, Width,
    };
    pub use vae_architectures::{Concat, ConditionalVae, Conditioned, Film};
    pub use vae_architectures::{ConvStack28, ConvStack32, ConvStack64};
    pub use vae_architectures::{DeconvStack28, DeconvStack32, DeconvStack64};
    pub use vae_architectures::{FixedVarianceDecoder, FlowEncoder, OptimalVarianceDecoder};
    pub use vae_architectures::{Schema, SharedVarianceDecoder, TableDecoder};
    pub use vae_data::{Images, Splits, mnist};
    pub use vae_distributions::{Bernoulli, Density, KlTo, Moments, Normal, Sample};
    pub use vae_flows::{Chain, Flow, Iaf, Maf, NeuralSpline, Planar, RealNvp, Reverse};
    pub use vae_losses::{Annealed, Elbo, Examples, ImportanceWeighted, Objective, Terms, warm_up};
    pub use vae_losses::{BetaTc, Capacity, Covariance, DipVae, FreeBits, Geco, Groups, InfoVae};
    pub use vae_losses::{Kernel, KlBalancing, PriorFit, Weighting};
    pub use vae_metrics::{Estimate, Evaluation, evaluate, latent_samples};
    pub use vae_ops::{Accumulated, Averaged, Clipped, cosine, milestones, ramp, stairs};
    pub use vae_ops::{
        Adam, Batch, GradTape, Muon, Optimizer, PerExample, Relu, Scheduled, Sigmoid, Silu, Tanh,
    };
    pub use vae_priors::{FlowPrior, GaussianMixture, LearnedNormal, Mixture};
    pub use vae_priors::{Posterior, Prior, StandardNormal};
    pub use vae_reparam::{Bound, Ciwae, Iwae, Miwae, Piwae, Renyi, VrMax};
    pub use vae_reparam::{
        DoublyReparameterized, Estimator, Pathwise, Resampled, StickingTheLanding,
    };
    pub use vae_reparam::{Noise, Rsample};
    pub use vae_runner::{
        Binarized, Checkpoint, Dynamic, Fixed, Labelled, Moment, Pictured, Result, Run, RunArgs,
        Suite, Sweep, SweepArgs, TestArgs, conclude, fit, fit_with, launch, plateau, positive,
    };
}

/// The code in the README and in the tutorial compiles.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../../README.md")]
    struct Readme;
    #[doc = include_str!("../../../docs/src/tutorial.md")]
    struct Tutorial;
    #[doc = include_str!("../../../docs/src/architectures.md")]
    struct Architectures;
    #[doc = include_str!("../../../docs/src/priors.md")]
    struct Priors;
    #[doc = include_str!("../../../docs/src/objectives.md")]
    struct Objectives;
    #[doc = include_str!("../../../docs/src/training.md")]
    struct Training;
}
