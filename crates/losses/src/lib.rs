//! Objectives: what is maximized, as a paper states it.
//!
//! An objective is a small struct whose fields are its hyperparameters. It averages over the batch, the only place
//! where that happens; the terms that it reports are one value per example, in nats.
//!
//! | objective | loss |
//! |---|---|
//! | [`Elbo`] | −ln p(x\|z) + β KL(q(z\|x) ‖ p(z)), z ~ q(z\|x); β = 1 is the negative evidence lower bound |
//! | [`ImportanceWeighted`] | the negative of any [`Bound`](vae_reparam::Bound) made of K weighted samples, with any [`Estimator`](vae_reparam::Estimator) of its gradient: IWAE, MIWAE, PIWAE, CIWAE, Rényi, VR-max |
//! | [`Capacity`] | γ \|KL − C\| in the place of the divergence |
//! | [`FreeBits`] | max(λ, KL) by dimension, by group, or of the whole code |
//! | [`KlBalancing`] | the divergences of groups weighted by how much they are used |
//! | [`BetaTc`] | mutual information, total correlation and dimension-wise divergence, each with a weight |
//! | [`DipVae`] | + a penalty on the covariance of the codes |
//! | [`InfoVae`] | + the maximum mean discrepancy between codes and prior; WAE-MMD |
//! | [`Geco`] | the least divergence at a given reconstruction |
//! | [`PriorFit`] | −ln p(z), z ~ q(z\|x), for the prior of a trained model alone |
//! | [`Annealed`] with [`warm_up`] | any of them, its hyperparameters changing with the step |
//!
//! [`differentiate`] runs an objective over the shards of a batch on all threads; the gradients come out the same
//! whatever their number. The data come from whatever implements [`Examples`].
#![forbid(unsafe_code)]

mod annealed;
mod beta_tc;
mod capacity;
mod differentiate;
mod dip_vae;
mod elbo;
mod examples;
mod free_bits;
mod geco;
mod groups;
mod importance_weighted;
mod info_vae;
mod kl_balancing;
mod mmd;
mod objective;
mod pass;
mod prior_fit;
pub mod warm_up;

pub use annealed::Annealed;
pub use beta_tc::{BetaTc, Weighting};
pub use capacity::Capacity;
pub use differentiate::{SHARD, WHOLE_BATCH, differentiate};
pub use dip_vae::{Covariance, DipVae};
pub use elbo::Elbo;
pub use examples::Examples;
pub use free_bits::FreeBits;
pub use geco::Geco;
pub use groups::Groups;
pub use importance_weighted::ImportanceWeighted;
pub use info_vae::InfoVae;
pub use kl_balancing::KlBalancing;
pub use mmd::{Kernel, mmd};
pub use objective::{Objective, Terms};
pub use prior_fit::PriorFit;
