//! Densities and Kullback–Leibler divergences over `dfdx` tensors, differentiable in their parameters.
//!
//! Every log-density and divergence is in nats, summed over the event: (B, N) → (B,). A distribution is a struct of its
//! parameters, each (B, N) unless said otherwise; `new` checks that they are in their domain, and a model whose layers
//! promise that fills the fields directly.
//!
//! | trait | what it gives |
//! |---|---|
//! | [`Density`] | `log_prob` |
//! | [`Moments`] | `mean`, `variance` |
//! | [`Sample`] | `sample` |
//! | [`KlTo`] | `kl_to`, in closed form |
//!
//! | distribution | parameters | density of one element |
//! |---|---|---|
//! | [`Normal`] | mean μ, log-variance ln σ² | (2πσ²)^−½ exp(−(x − μ)² / 2σ²) |
//! | [`StandardNormal`] | | the same with μ = 0, σ = 1 |
//! | [`Laplace`] | location μ, scale b | exp(−|x − μ|/b) / 2b |
//! | [`Bernoulli`] | logits l | σ(l)ˣ (1 − σ(l))¹⁻ˣ |
//!
//! A new distribution is one file here, a line in this table, and a line in `tests/laws.rs`.
#![forbid(unsafe_code)]

mod bernoulli;
mod density;
mod domain;
mod kl;
mod laplace;
mod moments;
mod normal;
mod sample;
mod standard_normal;

pub use bernoulli::Bernoulli;
pub use density::Density;
pub use domain::{Domain, DomainError};
pub use kl::KlTo;
pub use laplace::Laplace;
pub use moments::Moments;
pub use normal::Normal;
pub use sample::Sample;
pub use standard_normal::StandardNormal;
