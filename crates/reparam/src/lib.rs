//! The sampling path z = μ + σ·ε: noise that depends on nothing but its address, and samples that gradients flow
//! through.
//!
//! | item | what it is |
//! |---|---|
//! | [`Noise`] | an address: (seed, stream, step, part). The same address gives the same numbers, on any thread |
//! | [`Philox`] | the counter-based generator behind it; implements `rand`'s traits, so `rand_distr` works on it |
//! | [`rsample`] | a reparameterized sample of a [`Normal`](vae_distributions::Normal) |
//! | [`rsample_and_kl`] | the same with KL(q ‖ N(0, I)), in one pass |
//! | [`init_normal`], [`init_uniform`] | initial values of parameters |
#![forbid(unsafe_code)]

mod init;
mod noise;
mod philox;
mod rsample;

pub use init::{init_normal, init_uniform};
pub use noise::Noise;
pub use philox::Philox;
pub use rsample::{rsample, rsample_and_kl};
