//! Encoders, decoders and the VAE that they make up, with sizes checked by the compiler.
//!
//! | item | what it is |
//! |---|---|
//! | [`Layer`] | the trait: (B, I) → (B, O). Tuples of layers are layers, applied in order |
//! | [`Event`] | what layers take and give for an example: N numbers, `Const<N>`, an [`Image`], or [`Columns`], N known at run time |
//! | [`Encoder`], [`Decoder`] | the traits: x ↦ q(z\|x), a [`Posterior`](vae_priors::Posterior), and z ↦ p(x\|z) |
//! | [`LatentModel`] | the trait of a whole model: encode, decode, reconstruct, sample, [interpolate](Interpolation), traverse, summary |
//!
//! | layer | what it maps |
//! |---|---|
//! | [`Linear`] | x Wᵀ + b, with a fused activation |
//! | [`GatedLinear`] | (x Wᵀ + b) ⊙ σ(x Vᵀ + c) |
//! | [`Mlp`], [`GatedMlp`] | a stack of [`Linear`] or [`GatedLinear`] layers, by its hidden widths: `Mlp<X, H>`, `Mlp<X, (H1, H2)>` |
//! | [`Conv2d`], [`ConvTranspose2d`] | convolutions of [`Image`]s, with a fused activation |
//! | [`Down`], [`Up`] | images half and twice as large, with a convolution of 3 × 3 |
//! | [`ConvStack28`], [`ConvStack32`], [`ConvStack64`] | images to a row of features, in the style of DCGAN |
//! | [`DeconvStack28`], [`DeconvStack32`], [`DeconvStack64`] | and back |
//! | [`MaxPool2d`], [`AvgPool2d`] | the largest pixel and the mean of a window |
//! | [`UpsampleNearest`], [`UpsampleBilinear`] | images grown by a factor |
//! | [`LayerNorm`], [`GroupNorm`] | (x − μ) / σ over the event, and over groups of channels |
//! | [`BatchNorm`] | the batch's statistics in training, running ones in evaluation |
//! | [`Dropout`] | numbers set to 0 at random, in training |
//! | [`Residual`] | x + f(x), for any layer f |
//! | [`ResidualMlp`], [`ResidualConv`] | pre-activation blocks of rows and of images |
//! | [`Repeat`] | several layers of one kind |
//! | [`Unchanged`] | x, for encoders and decoders that are linear |
//! | [`Activate`] | f(x), where it is not fused |
//! | [`Embedding`], [`OneHot`] | a class index to a learned row, or to a unit vector |
//! | [`Reshape`], [`First`] | the same numbers in another shape; the first of them |
//!
//! | encoder or decoder | what it gives |
//! |---|---|
//! | [`GaussianEncoder`] | q(z\|x) = N(μ(x), diag σ²(x)) |
//! | [`FullCovarianceEncoder`] | q(z\|x) = N(μ(x), L(x) L(x)ᵀ) |
//! | [`LowRankEncoder`] | q(z\|x) = N(μ(x), W(x) W(x)ᵀ + diag d(x)) |
//! | [`FlowEncoder`] | q(z\|x) of a normal distribution bent by a flow |
//! | [`SphericalEncoder`] | q(z\|x) = vMF(μ(x), κ(x)), on the unit sphere |
//! | [`GumbelSoftmaxEncoder`] | q(z\|x) of relaxed categorical variables |
//! | [`PointEncoder`] | z(x), without noise |
//! | [`BottomUp`] | q(z₁\|x) q(z₂\|z₁), of any two encoders |
//! | [`BernoulliDecoder`] | p(x\|z), binary x |
//! | [`AutoregressiveDecoder`] | p(x\|z), binary x, each pixel given those before it |
//! | [`GaussianDecoder`] | p(x\|z), real x, with a variance per element |
//! | [`FixedVarianceDecoder`], [`SharedVarianceDecoder`], [`OptimalVarianceDecoder`] | the same with one variance: given, learned, or the best |
//! | [`LaplaceDecoder`], [`StudentTDecoder`] | p(x\|z), real x with outliers |
//! | [`ContinuousBernoulliDecoder`] | p(x\|z), x in \[0, 1\] |
//! | [`BetaDecoder`] | p(x\|z), x in (0, 1) |
//! | [`DiscretizedLogisticDecoder`], [`DiscretizedLogisticMixtureDecoder`], [`PixelCategoricalDecoder`] | p(x\|z), 256 levels |
//! | [`PoissonDecoder`], [`NegativeBinomialDecoder`] | p(x\|z), counts |
//! | [`ZeroInflatedPoissonDecoder`], [`ZeroInflatedNegativeBinomialDecoder`] | p(x\|z), counts with additional zeros |
//! | [`CategoricalDecoder`] | p(x\|z), one of as many classes as x is wide |
//! | [`TableDecoder`] | p(x\|z), the row of a table, with the [`Schema`] of its columns |
//!
//! | model | what it is made of |
//! |---|---|
//! | [`Vae`] | an encoder, a decoder and a prior |
//! | [`ConditionalVae`] | the same, [`Conditioned`] on a side input by [`Concat`] or [`Film`] |
//! | [`VampPrior`] | a prior made of the encoder: 1/K Σₖ q(z\|uₖ) |
//! | [`LadderVae`] | one [`Rung`] after the other up, a [`Hierarchy`] down, and a decoder |
//! | [`Autoencoder`] | a [`PointEncoder`] and a decoder: the baseline |
//!
//! Sizes that do not fit do not compile:
//!
//! ```compile_fail,E0271
//! use vae_architectures::{BernoulliDecoder, GaussianEncoder, LatentModel, Mlp, Vae};
//! use vae_priors::StandardNormal;
//! use dfdx::prelude::Const;
//!
//! type Encoder = GaussianEncoder<Mlp<Const<784>, Const<400>>, Const<20>>;
//! type Decoder = BernoulliDecoder<Mlp<Const<32>, Const<400>>, Const<784>>; // a code of 32 where the encoder gives 20
//! type Model = Vae<Encoder, Decoder, StandardNormal<Const<20>>>;
//! fn check<M: LatentModel<f32>>() {}
//! check::<Model>();
//! ```
#![forbid(unsafe_code)]

mod coder;
mod collection;
mod columns;
mod conditional_vae;
mod conditioning;
mod event;
mod heads;
mod hierarchy;
mod latent_path;
mod layer;
mod layers;
mod model;
mod summary;
mod vae;
mod vamp_prior;
mod without_parameters;

pub use coder::{Decoder, Encoder};
pub use columns::Columns;
pub use conditional_vae::{ConditionalVae, Conditioned};
pub use conditioning::{Concat, Conditioning, Film};
pub use event::{Event, EventBatch, Image, ImageEvent, Width};
pub use heads::*;
pub use hierarchy::{At, BottomUp, BottomUpPosterior, ConditionalRung, Hierarchy, LadderEncoder};
pub use hierarchy::{LadderPosterior, LadderVae, Levels, Rung, TopDown};
pub use layer::Layer;
pub use layers::*;
pub use model::{Interpolation, LatentModel};
pub use summary::{Rows, Summary, SummaryRow};
pub use vae::Vae;
pub use vamp_prior::VampPrior;
