//! Priors p(z), to be swapped in one line: `Vae<Encoder, Decoder, Prior>`.
//!
//! | prior | density | parameters | KL(q(z\|x) ‖ p(z)) |
//! |---|---|---|---|
//! | [`StandardNormal`] | N(0, I) | none | closed form |
//! | [`LearnedNormal`] | N(μ, diag σ²) | μ, ln σ² | closed form |
//! | [`Mixture`] | Σₖ πₖ N(μₖ, diag σₖ²) | π, μ, ln σ² | one-sample Monte Carlo |
//! | [`FlowPrior`] | N(f⁻¹(z); 0, I) \|det ∂f⁻¹/∂z\| | those of the flow f | one-sample Monte Carlo |
//! | [`GaussianMixture`] | Σₖ πₖ N(μₖ, Lₖ Lₖᵀ) | none: fitted afterwards | one-sample Monte Carlo |
//!
//! A new prior is one file here that implements [`Prior`] and `TensorCollection`, and a line in this table.
#![forbid(unsafe_code)]

mod expectation_maximization;
mod flow_prior;
mod flowed;
mod gaussian_mixture;
mod learned_normal;
mod mixture;
mod posterior;
mod prior;
mod relaxed_categoricals;
mod spherical_uniform;
mod standard_normal;

pub use expectation_maximization::FitError;
pub use flow_prior::FlowPrior;
pub use flowed::Flowed;
pub use gaussian_mixture::GaussianMixture;
pub use learned_normal::LearnedNormal;
pub use mixture::Mixture;
pub use posterior::Posterior;
pub use prior::{Form, Prior};
pub use relaxed_categoricals::{RelaxedCategoricals, UniformCategoricals};
pub use spherical_uniform::SphericalUniform;
pub use standard_normal::StandardNormal;
