//! Objectives: what is maximized, as a paper states it.
//!
//! An objective is a small struct whose fields are its hyperparameters. It averages over the batch, the only place
//! where that happens; the terms that it reports are one value per example, in nats.
//!
//! | objective | loss per example |
//! |---|---|
//! | [`Elbo`] | −ln p(x\|z) + β KL(q(z\|x) ‖ p(z)), z ~ q(z\|x); β = 1 is the negative evidence lower bound |
//! | [`ImportanceWeighted`] | −ln (1/K) Σₖ p(x, zₖ)/q(zₖ\|x), zₖ ~ q(z\|x), with any estimator of its gradient |
//!
//! [`differentiate`] runs an objective over the shards of a batch on all threads; the gradients come out the same
//! whatever their number. The data come from whatever implements [`Examples`].
#![forbid(unsafe_code)]

mod differentiate;
mod elbo;
mod examples;
mod importance_weighted;
mod objective;

pub use differentiate::{SHARD, differentiate};
pub use elbo::Elbo;
pub use examples::Examples;
pub use importance_weighted::ImportanceWeighted;
pub use objective::{Objective, Terms};
