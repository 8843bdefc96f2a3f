//! What a trained model is worth, measured on data that it has not seen. Everything is in nats, per example.
//!
//! | item | what it measures |
//! |---|---|
//! | [`evaluate`] | the terms of an objective: the evidence lower bound, the reconstruction, the KL divergence |
//! | [`negative_log_likelihood`] | −ln p(x), by importance sampling |
//! | [`active_units`] | how many latent dimensions the model uses |
//! | [`latent_means`] | E\[z\|x\] of every example; [`principal_components`] projects them for a picture |
//! | [`Estimate`] | a mean with its standard error |
#![forbid(unsafe_code)]

mod active_units;
mod estimate;
mod evaluate;
mod latent;
mod likelihood;
mod pca;

pub use active_units::active_units;
pub use estimate::Estimate;
pub use evaluate::{Evaluation, evaluate};
pub use latent::latent_means;
pub use likelihood::negative_log_likelihood;
pub use pca::principal_components;

/// Examples that are computed at a time, one part of the noise each. Fixed, so that no figure depends on threads.
const PART: usize = 100;
