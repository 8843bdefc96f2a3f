//! The sampling path z = μ + σ·ε: noise that depends on nothing but its address, and samples that gradients flow
//! through.
//!
//! | item | what it is |
//! |---|---|
//! | [`Noise`] | an address: (seed, stream, step, part). The same address gives the same numbers, on any thread: uniform, normal, … ones, and normal ones in antithetic pairs or as a scrambled Sobol sequence |
//! | [`Philox`] | the counter-based generator behind it; implements `rand`'s traits, so `rand_distr` works on it |
//! | [`fill_normal_from`] | normal numbers from any generator of `rand`, for comparison |
//! | [`Rsample`] | a sample of a distribution that gradients flow through: explicit transformations of noise for [`Normal`] (diagonal, full, low-rank covariance), [`LogNormal`], [`HalfNormal`], [`Laplace`], [`Logistic`], [`Gumbel`], [`Cauchy`], [`Uniform`], [`Exponential`], [`Weibull`], [`Pareto`], [`Kumaraswamy`]; implicit for [`Gamma`], [`Beta`], [`Dirichlet`], [`StudentT`], [`VonMisesFisher`], [`ElementMixture`]; relaxed for [`RelaxedBernoulli`], [`Concrete`] |
//! | [`rsample_and_kl`] | a sample and KL(q ‖ N(0, I)), in one pass |
//! | [`harden`], [`Temperature`] | straight-through Gumbel-softmax, and how its temperature falls |
//! | [`Parameters`] | K copies of a distribution, or a copy that gets no gradient |
//! | [`Bound`]: [`Iwae`], [`Miwae`], [`Piwae`], [`Ciwae`], [`Renyi`], [`VrMax`] | a bound on ln p(x) made of the weights of several samples |
//! | [`Estimator`]: [`Pathwise`], [`StickingTheLanding`], [`DoublyReparameterized`], [`Resampled`], [`Vimco`] | how the gradient of a bound gets through the samples |
//! | [`thin`] | some terms of a sum, drawn to stand for all |
//! | [`init_normal`], [`init_uniform`], [`init_zeros`] | initial values of parameters |
//! | [`init_kaiming_normal`], [`init_kaiming_uniform`], [`init_xavier_normal`], [`init_xavier_uniform`], [`init_orthogonal`] | of weights, from their shape |
#![forbid(unsafe_code)]

mod bound;
mod estimator;
mod fill;
mod init;
mod noise;
mod parameters;
mod philox;
mod reference;
mod rsample;
mod sequence;
mod sobol;
mod thin;
mod variate;

pub use bound::{Bound, Ciwae, Iwae, Miwae, Piwae, Renyi, VrMax, Weighed};
pub use estimator::{
    DoublyReparameterized, Estimator, Pathwise, Resampled, StickingTheLanding, Vimco,
};
pub use init::{
    init_kaiming_normal, init_kaiming_uniform, init_xavier_normal, init_xavier_uniform,
};
pub use init::{init_normal, init_orthogonal, init_uniform, init_zeros};
pub use noise::Noise;
pub use parameters::Parameters;
pub use philox::Philox;
pub use reference::fill_normal_from;
pub use rsample::{Rsample, Temperature, harden, rsample_and_kl};
pub use thin::thin;

#[cfg(doc)]
use vae_distributions::*;
