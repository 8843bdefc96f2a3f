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
//! | [`Logistic`] | location μ, scale s | σ(z) σ(−z) / s, z = (x − μ)/s |
//! | [`StudentT`] | degrees of freedom ν, location μ, scale s | ∝ (1 + z²/ν)^−(ν + 1)/2 |
//! | [`Cauchy`] | location μ, scale s | 1 / (πs (1 + z²)) |
//! | [`Gumbel`] | location μ, scale β | exp(−z − e^−z) / β |
//! | [`HalfNormal`] | scale σ | √(2/π)/σ exp(−x²/2σ²), x ≥ 0 |
//! | [`TruncatedNormal`] | location μ, scale σ, low, high | ∝ exp(−(x − μ)² / 2σ²), low ≤ x ≤ high |
//! | [`LogNormal`] | mean μ and log-variance ln σ² of ln x | (2πσ²)^−½ exp(−(ln x − μ)² / 2σ²) / x, x > 0 |
//! | [`Weibull`] | scale λ, concentration k | k/λ (x/λ)^(k − 1) exp(−(x/λ)ᵏ), x > 0 |
//! | [`Exponential`] | rate λ | λ e^−λx, x ≥ 0 |
//! | [`Pareto`] | scale m, tail index α | α/x (m/x)^α, x ≥ m |
//! | [`Uniform`] | low, high | 1/(high − low), low ≤ x ≤ high |
//! | [`Kumaraswamy`] | concentrations a, b | a b x^(a − 1) (1 − xᵃ)^(b − 1), 0 < x < 1 |
//! | [`Bernoulli`] | logits l | σ(l)ˣ (1 − σ(l))¹⁻ˣ |
//!
//! A new distribution is one file here, a line in this table, and a line in `tests/laws.rs`.
#![forbid(unsafe_code)]

mod bernoulli;
mod cauchy;
mod density;
mod domain;
mod exponential;
mod gumbel;
mod half_normal;
mod kl;
mod kumaraswamy;
mod laplace;
mod log_gamma;
mod log_normal;
mod logistic;
mod moments;
mod normal;
mod normal_piece;
mod normal_quantile;
mod pareto;
mod sample;
mod stable;
mod standard_normal;
mod student_t;
mod truncated_normal;
mod uniform;
mod weibull;

pub use bernoulli::Bernoulli;
pub use cauchy::Cauchy;
pub use density::Density;
pub use domain::{Domain, DomainError};
pub use exponential::Exponential;
pub use gumbel::Gumbel;
pub use half_normal::HalfNormal;
pub use kl::KlTo;
pub use kumaraswamy::Kumaraswamy;
pub use laplace::Laplace;
pub use log_normal::LogNormal;
pub use logistic::Logistic;
pub use moments::Moments;
pub use normal::Normal;
pub use pareto::Pareto;
pub use sample::Sample;
pub use standard_normal::StandardNormal;
pub use student_t::StudentT;
pub use truncated_normal::TruncatedNormal;
pub use uniform::Uniform;
pub use weibull::Weibull;
