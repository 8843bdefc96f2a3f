//! Densities and Kullback–Leibler divergences over `dfdx` tensors, differentiable in their parameters.
//!
//! Every log-density and divergence is in nats, summed over the event: (B, N) → (B,).
//!
//! | distribution | parameters | density of one element |
//! |---|---|---|
//! | [`Normal`] | mean μ, log-variance ln σ² | (2πσ²)^−½ exp(−(x − μ)² / 2σ²) |
//! | [`StandardNormal`] | | the same with μ = 0, σ = 1 |
//! | [`Bernoulli`] | logits l | σ(l)ˣ (1 − σ(l))¹⁻ˣ |
//!
//! | divergence, by [`KlTo`] | formula per element |
//! |---|---|
//! | KL([`Normal`] ‖ [`Normal`]) | ½ (σ₁²/σ₂² − 1 − ln σ₁²/σ₂² + (μ₁ − μ₂)²/σ₂²) |
//! | KL([`Normal`] ‖ [`StandardNormal`]) | ½ (σ² − 1 − ln σ² + μ²) |
//!
//! A new distribution is one file here, a line in this table, and a line in `tests/laws.rs`.
#![forbid(unsafe_code)]

mod bernoulli;
mod kl;
mod likelihood;
mod normal;
mod standard_normal;

pub use bernoulli::Bernoulli;
pub use kl::KlTo;
pub use likelihood::Likelihood;
pub use normal::Normal;
pub use standard_normal::StandardNormal;
