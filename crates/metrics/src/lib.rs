//! What a trained model is worth, measured on data that it has not seen. Everything is in nats, per example.
//!
//! | item | what it measures |
//! |---|---|
//! | [`evaluate`] | the terms of an objective: the evidence lower bound, the reconstruction, the KL divergence |
//! | [`negative_log_likelihood`] | −ln p(x), by importance sampling |
//! | [`bits_per_dimension`] | nats of a whole example in bits of one of its numbers |
//! | [`active_units`] | how many latent dimensions the model uses |
//! | [`code_usage`] | what the code carries, by dimension, and of what kind; whether it has collapsed, and what to try |
//! | [`effective_beta`] | the β that a loss amounts to, given its variance and reduction |
//! | [`latent_means`], [`latent_samples`] | E\[z\|x\] of every example, or a z ~ q(z\|x); [`principal_components`] projects them for a picture |
//! | [`Estimate`] | a mean with its standard error |
//! | [`PairedTest`], [`holm`] | whether two models differ by more than chance, from paired values; the same of several comparisons |
#![forbid(unsafe_code)]

mod active_units;
mod bits_per_dimension;
mod code_usage;
mod estimate;
mod evaluate;
mod latent;
mod likelihood;
mod paired;
mod pca;

pub use active_units::active_units;
pub use bits_per_dimension::bits_per_dimension;
pub use code_usage::{CodeUsage, Information, code_usage, effective_beta};
pub use estimate::Estimate;
pub use evaluate::{Evaluation, evaluate};
pub use latent::{latent_means, latent_samples};
pub use likelihood::negative_log_likelihood;
pub use paired::{PairedTest, holm};
pub use pca::principal_components;

/// Examples that are computed at a time, one part of the noise each. Fixed, so that no figure depends on threads.
const PART: usize = 100;
