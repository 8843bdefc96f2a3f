//! Encoders, decoders and the VAE that they make up, with sizes checked by the compiler.
//!
//! | item | what it maps |
//! |---|---|
//! | [`Layer`] | the trait: (B, I) → (B, O). Tuples of layers are layers, applied in order |
//! | [`Event`] | what layers take and give for an example: N numbers, `Const<N>`, or an [`Image`] |
//! | [`Linear`] | x Wᵀ + b, with a fused activation |
//! | [`Mlp`] | a stack of [`Linear`] layers, by its hidden widths: `Mlp<X, H>`, `Mlp<X, (H1, H2)>` |
//! | [`Conv2d`], [`ConvTranspose2d`] | convolutions of [`Image`]s, with a fused activation |
//! | [`Reshape`] | the same numbers in another shape |
//! | [`GaussianEncoder`] | x ↦ q(z\|x) = N(μ(x), diag σ²(x)) |
//! | [`BernoulliDecoder`] | z ↦ p(x\|z), binary x |
//! | [`GaussianDecoder`] | z ↦ p(x\|z), real x, with a variance per element |
//! | [`Vae`] | an encoder, a decoder and a prior; what it can do is the trait [`LatentModel`] |
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
mod conv2d;
mod conv_transpose2d;
mod event;
mod first;
mod heads;
mod hierarchy;
mod latent_path;
mod layer;
mod linear;
mod mlp;
mod model;
mod reshape;
mod summary;
mod vae;

pub use coder::{Decoder, Encoder};
pub use columns::Columns;
pub use conditional_vae::{ConditionalVae, Conditioned};
pub use conditioning::{Concat, Conditioning, Film};
pub use conv_transpose2d::ConvTranspose2d;
pub use conv2d::Conv2d;
pub use event::{Event, EventBatch, Image, ImageEvent, Width};
pub use first::First;
pub use heads::{Autoencoder, ConditionalPoint, Point, PointEncoder};
pub use heads::{BernoulliDecoder, ConditionalBernoulli};
pub use heads::{ConditionalCategoricals, GumbelSoftmaxEncoder};
pub use heads::{ConditionalLowRankNormal, LowRankEncoder, MatrixHead};
pub use heads::{ConditionalMultivariateNormal, FullCovarianceEncoder};
pub use heads::{ConditionalNormal, GaussianDecoder, GaussianEncoder};
pub use heads::{ConditionalVonMisesFisher, SphericalEncoder};
pub use hierarchy::{At, BottomUp, BottomUpPosterior, ConditionalRung, Hierarchy, LadderEncoder};
pub use hierarchy::{LadderPosterior, LadderVae, Levels, Rung, TopDown};
pub use layer::Layer;
pub use linear::Linear;
pub use mlp::{Hidden, Mlp};
pub use model::{Interpolation, LatentModel};
pub use reshape::Reshape;
pub use summary::{Rows, Summary, SummaryRow};
pub use vae::Vae;
