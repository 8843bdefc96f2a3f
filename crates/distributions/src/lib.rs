//! Densities and Kullback–Leibler divergences over `dfdx` tensors, differentiable in their parameters.
//!
//! Every log-density and divergence is in nats, summed over the event: (B, N) → (B,). A distribution is a struct of its
//! parameters, each (B, N) unless said otherwise; `new` checks that they are in their domain, and a model whose layers
//! promise that fills the fields directly.
//!
//! | trait | what it gives |
//! |---|---|
//! | [`Density`] | `log_prob` |
//! | [`ElementDensity`] | `log_prob_of_elements` |
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
//! | [`Gamma`] | concentration α, rate β | βᵅ xᵅ⁻¹ e^−βx / Γ(α) |
//! | [`InverseGamma`] | concentration α, scale β | βᵅ x^(−α − 1) e^(−β/x) / Γ(α) |
//! | [`Beta`] | concentrations α, β | xᵅ⁻¹ (1 − x)ᵝ⁻¹ / B(α, β) |
//! | [`ContinuousBernoulli`] | logits l | C σ(l)ˣ (1 − σ(l))¹⁻ˣ, 0 ≤ x ≤ 1 |
//! | [`RelaxedBernoulli`] | temperature τ, logits l | that of σ((l + L)/τ), L logistic |
//! | [`Binomial`] | total count n, logits l | n! / x! (n − x)! pˣ (1 − p)ⁿ⁻ˣ, p = σ(l) |
//! | [`Geometric`] | logits l | (1 − p)ˣ p, p = σ(l) |
//! | [`Poisson`] | rate λ | λˣ e^−λ / x! |
//! | [`NegativeBinomial`] | total count r, logits l | Γ(x + r) / x! Γ(r) pˣ (1 − p)ʳ, p = σ(l) |
//! | [`ZeroInflated`] | gate's logits g, counts | σ(g) \[x = 0\] + (1 − σ(g)) p(x) |
//! | [`DiscretizedLogistic`] | location μ, log-scale ln s | σ((x + h/2 − μ)/s) − σ((x − h/2 − μ)/s), x a level |
//! | [`PixelCategorical`] | logits l (B, N, L) | softmax(l)ₖ, x = k/(L − 1) |
//! | [`ElementMixture`] | logits l, components | Σₖ softmax(l)ₖ pₖ(x) |
//!
//! The elements of these depend on each other:
//!
//! | distribution | parameters | density of an event |
//! |---|---|---|
//! | [`Categorical`] | logits l | Π softmax(l)ᵢ^xᵢ, x one-hot |
//! | [`Concrete`] | temperature τ, logits l | that of softmax((l + G)/τ), G Gumbel |
//! | [`Dirichlet`] | concentrations α | Π xᵢ^(αᵢ − 1) / B(α) |
//! | [`IsotropicNormal`] | mean μ, log-variance ln σ² (B,) | N(x; μ, σ² I) |
//! | [`OptimalNormal`] | mean μ | the same at the σ that makes it largest |
//! | [`MultivariateNormal`] | mean μ, Cholesky factor L (B, N, N) | N(x; μ, L Lᵀ) |
//! | [`LowRankNormal`] | mean μ, factor W (B, N, R), ln d | N(x; μ, W Wᵀ + diag d) |
//! | [`VonMisesFisher`] | direction μ, concentration κ (B,) | C(κ) exp(κ μᵀx) on the unit sphere |
//! | [`SphericalUniform`] | | the same with κ = 0 |
//! | [`Mixture`] | logits (B, K), K distributions pₖ | Σₖ πₖ pₖ(x) |
//! | [`AutoregressiveBernoulli`] | logits l, bias b (N,), weights W (N, N) | Π Bernoulli(xᵢ; σ(lᵢ + bᵢ + Σⱼ wᵢⱼ xⱼ)), j < i |
//! | [`TableRow`] | [`Column`]s, location η, spread ω | Π p(xⱼ), normal, categorical or negative binomial |
//!
//! | divergence | of |
//! |---|---|
//! | [`KlTo::kl_to`] | every pair with a closed form |
//! | [`kl_monte_carlo`], [`jensen_shannon_monte_carlo`] | any pair, estimated from samples |
//! | [`jeffreys`] | every pair with a closed form of KL both ways |
//! | [`renyi`], [`wasserstein`], [`wasserstein_squared`] | diagonal normal distributions |
//! | [`geometric_jensen_shannon`], [`geometric_jensen_shannon_dual`] | diagonal normal distributions |
//!
//! [`probit`] is the quantile function of the standard normal distribution, for one number.
//!
//! No closed form is known for two [`Logistic`] or [`StudentT`] distributions, for mixtures, or for two
//! [`NegativeBinomial`] distributions of different total counts.
//!
//! A new distribution is one file here, a line in this table, and a line in `tests/laws/main.rs`: `CONTRIBUTING.md` has a
//! recipe.
#![forbid(unsafe_code)]

mod autoregressive_bernoulli;
mod bernoulli;
mod beta;
mod binet;
mod binomial;
mod categorical;
mod cauchy;
mod concrete;
mod continuous_bernoulli;
mod density;
mod dirichlet;
mod discretized_logistic;
mod divergence;
mod domain;
mod double;
mod element_density;
mod element_mixture;
mod exponential;
mod gamma;
mod geometric;
mod gompertz;
mod gumbel;
mod half_normal;
mod inverse_gamma;
mod isotropic_normal;
mod kl;
mod kumaraswamy;
mod laplace;
mod log_gamma;
mod log_normal;
mod logistic;
mod low_rank_normal;
mod mixture;
mod moments;
mod multivariate_normal;
mod negative_binomial;
mod normal;
mod normal_piece;
mod normal_quantile;
mod optimal_normal;
mod pareto;
mod pixel_categorical;
mod poisson;
mod relative_entropy;
mod relaxed_bernoulli;
mod rows;
mod sample;
mod spherical_uniform;
mod standard_normal;
mod student_t;
mod table_row;
mod truncated_normal;
mod uniform;
mod von_mises_fisher;
mod weibull;
mod zero_inflated;

pub use autoregressive_bernoulli::AutoregressiveBernoulli;
pub use bernoulli::Bernoulli;
pub use beta::Beta;
pub use binomial::Binomial;
pub use categorical::Categorical;
pub use cauchy::Cauchy;
pub use concrete::Concrete;
pub use continuous_bernoulli::ContinuousBernoulli;
pub use density::Density;
pub use dirichlet::Dirichlet;
pub use discretized_logistic::{DiscretizedLogistic, DiscretizedLogisticMixture};
pub use divergence::{
    geometric_jensen_shannon, geometric_jensen_shannon_dual, jeffreys, jensen_shannon_monte_carlo,
    renyi, wasserstein, wasserstein_squared,
};
pub use domain::{Domain, DomainError};
pub use element_density::ElementDensity;
pub use element_mixture::ElementMixture;
pub use exponential::Exponential;
pub use gamma::{Gamma, log_gamma_draw};
pub use geometric::Geometric;
pub use gumbel::Gumbel;
pub use half_normal::HalfNormal;
pub use inverse_gamma::InverseGamma;
pub use isotropic_normal::IsotropicNormal;
pub use kl::{Estimate, KlTo, kl_monte_carlo};
pub use kumaraswamy::Kumaraswamy;
pub use laplace::Laplace;
pub use log_normal::LogNormal;
pub use logistic::Logistic;
pub use low_rank_normal::LowRankNormal;
pub use mixture::Mixture;
pub use moments::Moments;
pub use multivariate_normal::MultivariateNormal;
pub use negative_binomial::NegativeBinomial;
pub use normal::Normal;
pub use normal_quantile::probit;
pub use optimal_normal::{OptimalNormal, SharedBy};
pub use pareto::Pareto;
pub use pixel_categorical::PixelCategorical;
pub use poisson::Poisson;
pub use relaxed_bernoulli::RelaxedBernoulli;
pub use sample::Sample;
pub use spherical_uniform::SphericalUniform;
pub use standard_normal::StandardNormal;
pub use student_t::StudentT;
pub use table_row::{Column, TableRow};
pub use truncated_normal::TruncatedNormal;
pub use uniform::Uniform;
pub use von_mises_fisher::VonMisesFisher;
pub use weibull::Weibull;
pub use zero_inflated::{ZeroInflated, ZeroInflatedNegativeBinomial};
