//! The laws that every distribution and every divergence has to keep. Each is listed once, here.

mod divergences;
mod domain;
mod evaluate;
mod events;
mod extremes;
mod golden;
mod gradients;
mod known;
mod law;
mod page;
mod parameters;
mod samples;
mod univariate;

use dfdx::prelude::{Axes3, Cpu, HasShape, PermuteTo, ReshapeTo, Tensor, TryStack};
use domain::Support::{Interval, Lattice, Rows, Simplex, Sphere};
use domain::{BITS, COUNTS, LINE, POSITIVE, UNIT, count, direction, fixed, positive, real};
use evaluate::flat;
use law::{laws, pairs};
use vae_distributions::{Column, TableRow};
use vae_distributions::{Concrete, DiscretizedLogistic, ElementMixture, LowRankNormal, Mixture};
use vae_distributions::{Density, KlTo, Moments, Sample};
use vae_distributions::{IsotropicNormal, OptimalNormal, PixelCategorical, SharedBy};
use vae_distributions::{MultivariateNormal, Normal, Poisson, RelaxedBernoulli, SphericalUniform};
use vae_distributions::{VonMisesFisher, ZeroInflated};
use vae_distributions::{geometric_jensen_shannon, geometric_jensen_shannon_dual};
use vae_distributions::{jeffreys, renyi, wasserstein, wasserstein_squared};
use vae_ops::{Batch, Real, Record};
use vae_reparam::Rsample;

laws! {
    Normal { mean: real(-3.0..3.0), log_var: real(-3.0..3.0) } on LINE => moments sample rsample entropy cdf quantile;
    StandardNormal {} on LINE =>, as vae_distributions::StandardNormal => vae_distributions::StandardNormal;
    Laplace { loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE => moments sample rsample entropy cdf quantile;
    Logistic { loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE => moments sample rsample entropy cdf quantile;
    StudentT { df: positive(2.5..30.0), loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE =>
        moments sample rsample entropy cdf;
    Cauchy { loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE => sample rsample entropy cdf quantile;
    Gumbel { loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE => moments sample rsample entropy cdf quantile;
    HalfNormal { scale: positive(0.1..5.0) } on POSITIVE => moments sample rsample entropy cdf quantile;
    LogNormal { mean: real(-1.0..1.0), log_var: real(-3.0..1.0) } on POSITIVE => moments sample rsample entropy cdf quantile;
    Exponential { rate: positive(0.1..5.0) } on POSITIVE => moments sample rsample entropy cdf quantile;
    Gamma { concentration: positive(0.3..20.0), rate: positive(0.1..5.0) } on POSITIVE => moments sample rsample entropy cdf;
    InverseGamma { concentration: positive(2.5..20.0), scale: positive(0.1..5.0) } on POSITIVE => moments sample entropy;
    Weibull { scale: positive(0.1..5.0), concentration: positive(0.5..5.0) } on POSITIVE =>
        moments sample rsample entropy cdf quantile;
    Pareto { scale: positive(0.5..2.0), alpha: positive(2.5..9.0) } on Interval(scale, f64::INFINITY) =>
        moments sample rsample entropy cdf quantile;
    Uniform { low: real(-3.0..-1.0), high: real(1.0..3.0) } on Interval(low, high) =>
        moments sample rsample entropy cdf quantile;
    TruncatedNormal {
        loc: real(-3.0..3.0), scale: positive(0.3..5.0), low: real(-3.0..-1.0), high: real(1.0..3.0)
    } on Interval(low, high) => moments sample entropy cdf quantile;
    Beta { concentration1: positive(0.7..9.0), concentration0: positive(0.7..9.0) } on UNIT =>
        moments sample rsample entropy cdf;
    Kumaraswamy { concentration1: positive(0.7..9.0), concentration0: positive(0.7..9.0) } on UNIT =>
        moments sample rsample entropy cdf quantile;
    ContinuousBernoulli { logits: real(-5.0..5.0) } on UNIT => moments sample entropy cdf quantile;
    RelaxedBernoulli { logits: real(-3.0..3.0) } on UNIT => sample rsample cdf quantile,
        as RelaxedBernoulli<usize, E, T> => RelaxedBernoulli { temperature: 0.7, logits };
    Bernoulli { logits: real(-5.0..5.0) } on BITS => moments sample entropy;
    Binomial { total_count: count(1.0..30.0), logits: real(-3.0..3.0) } on Lattice(0.0, total_count, 1.0) =>
        moments sample;
    Geometric { logits: real(-3.0..3.0) } on COUNTS => moments sample entropy cdf;
    Poisson { rate: positive(0.1..30.0) } on COUNTS => moments sample;
    NegativeBinomial { total_count: positive(0.3..20.0), logits: real(-3.0..1.0) } on COUNTS => moments sample;
    ZeroInflated { gate: real(-3.0..3.0), rate: positive(0.1..30.0) } on COUNTS => moments sample,
        as ZeroInflated<Poisson<usize, E, T>, usize, E, T> => ZeroInflated { gate, counts: Poisson { rate } };
    DiscretizedLogistic { loc: real(-0.5..1.5), log_scale: real(-6.0..1.0) } on Lattice(0.0, 1.0, 1.0 / 7.0) =>
        moments sample cdf quantile,
        as DiscretizedLogistic<usize, E, T> => DiscretizedLogistic { levels: 8, loc, log_scale };
    PixelCategorical { logit1: real(-2.0..2.0), logit2: real(-2.0..2.0), logit3: real(-2.0..2.0) } on
        Lattice(0.0, 1.0, 0.5) => moments sample,
        as PixelCategorical<usize, usize, E, T> => PixelCategorical {
            logits: vec![logit1, logit2, logit3].stack().permute::<_, Axes3<1, 2, 0>>(),
        };
    ElementMixture {
        logit1: real(-2.0..2.0), logit2: real(-2.0..2.0), rate1: positive(0.1..5.0), rate2: positive(5.0..30.0)
    } on COUNTS => moments sample,
        as ElementMixture<Poisson<usize, E, T>, usize, E, T> => ElementMixture {
            logits: vec![logit1, logit2],
            components: vec![Poisson { rate: rate1 }, Poisson { rate: rate2 }],
        };

    Categorical { logits: real(-2.0..2.0).row(4) } on Rows(4) => moments sample entropy;
    Dirichlet { concentration: positive(0.5..9.0).row(3) } on Simplex(3) => moments sample rsample entropy;
    Concrete { logits: real(-2.0..2.0).row(3) } on Simplex(3) => sample rsample,
        as Concrete<usize, E, T> => Concrete { temperature: 0.7, logits };
    IsotropicNormal { mean: real(-3.0..3.0).row(3), log_var: real(-2.0..2.0) } on Rows(3) => moments sample entropy,
        as IsotropicNormal<usize, E, T> => IsotropicNormal { mean, log_var: flat(log_var) };
    OptimalNormal { mean: real(-3.0..3.0).row(3) } on Rows(3) =>,
        as OptimalNormal<usize, E, T> => OptimalNormal { mean, shared_by: SharedBy::Example, min_scale: 0.125 };
    MultivariateNormal { mean: real(-3.0..3.0).row(3), scale_tril: positive(0.3..3.0).row(9) } on Rows(3) =>
        moments sample rsample entropy,
        as MultivariateNormal<usize, E, T> => {
            MultivariateNormal { scale_tril: of_rows_like(&mean, scale_tril), mean }
        };
    LowRankNormal {
        mean: real(-3.0..3.0).row(3), factor: real(-2.0..2.0).row(6), log_diagonal: real(-2.0..2.0).row(3)
    } on Rows(3) => moments sample rsample entropy,
        as LowRankNormal<usize, usize, E, T> => {
            LowRankNormal { factor: of_rows_like(&mean, factor), mean, log_diagonal }
        };
    SphericalUniform {} on Sphere(3) =>, as SphericalUniform => SphericalUniform;
    VonMisesFisher { loc: direction(3), concentration: positive(0.1..30.0) } on Sphere(3) => moments sample rsample entropy,
        as VonMisesFisher<usize, E, T> => VonMisesFisher { loc, concentration: flat(concentration) };
    Mixture {
        logits: real(-2.0..2.0).row(2), mean1: real(-3.0..3.0).row(3), mean2: real(-3.0..3.0).row(3),
        log_var: real(-2.0..2.0).row(3)
    } on Rows(3) => moments sample,
        as Mixture<Normal<usize, E, T>, E, T> => Mixture {
            logits,
            components: vec![Normal { mean: mean1, log_var: log_var.clone() }, Normal { mean: mean2, log_var }],
        };
    TableRow { location: real(-2.0..2.0).row(5), log_spread: real(-2.0..2.0).row(5) } on Rows(5) => moments sample,
        as TableRow<usize, E, T> => {
            TableRow::new(&[Column::Numeric, Column::Categorical(3), Column::Numeric], location, log_spread)
        };
}

/// A matrix of one row for each element of an event, from its elements.
fn of_rows_like<E: Real, T: Record<E>>(
    event: &Batch<usize, E, T>,
    elements: Batch<usize, E, T>,
) -> Tensor<(usize, usize, usize), E, Cpu, T> {
    let ((batch, rows), (_, len)) = (*event.shape(), *elements.shape());
    elements
        .contiguous()
        .reshape_like(&(batch, rows, len / rows))
}

pairs! {
    Normal => Normal;
    Normal => StandardNormal;
    Normal [real(-1.0..2.0), real(-3.0..1.0)] => Gumbel [real(-2.0..2.0), positive(0.6..2.6)];
    Normal => Laplace;
    Laplace => Laplace;
    Laplace => Normal;
    Cauchy => Cauchy;
    Gumbel => Gumbel;
    Gumbel => Normal;
    HalfNormal => HalfNormal;
    LogNormal => LogNormal;
    Exponential => Exponential;
    Exponential => Gamma;
    Exponential => Gumbel [real(-2.0..2.0), positive(0.5..2.5)];
    Exponential => Normal;
    Gamma => Gamma;
    Gamma => Exponential;
    Gamma => Gumbel [real(-2.0..2.0), positive(0.5..2.5)];
    Gamma => Normal;
    InverseGamma => InverseGamma;
    Weibull => Weibull;
    Pareto [positive(2.0..3.0), positive(2.5..9.0)] => Pareto;
    Pareto => Exponential;
    Pareto => Gamma;
    Pareto => Normal;
    Uniform [real(-0.9..-0.1), real(0.1..0.9)] => Uniform;
    Uniform [real(0.01..0.4).within(0.0..0.4), real(0.6..0.99).within(0.6..1.0)] => Beta;
    Uniform [real(0.01..0.4).within(0.0..0.4), real(0.6..0.99).within(0.6..1.0)] => ContinuousBernoulli;
    Uniform [real(0.01..1.0).within(0.0..1.0), real(1.1..4.0)] => Exponential;
    Uniform [real(0.01..1.0).within(0.0..1.0), real(1.1..4.0)] => Gamma;
    Uniform => Gumbel [real(-2.0..2.0), positive(0.5..2.5)];
    Uniform => Normal;
    Uniform [real(1.0..2.0).within(1.0..2.0), real(2.1..5.0)] => Pareto [positive(0.1..1.0), positive(0.1..5.0)];
    TruncatedNormal [real(-3.0..3.0), positive(0.3..5.0), real(-0.9..-0.1), real(0.1..0.9)] => TruncatedNormal;
    Beta => Beta;
    Beta => ContinuousBernoulli;
    Beta => Exponential;
    Beta => Gamma;
    Beta => Normal;
    Beta => Uniform [real(-3.0..-0.1), real(0.4..3.0)];
    Kumaraswamy => Beta;
    ContinuousBernoulli => ContinuousBernoulli;
    ContinuousBernoulli => Exponential;
    ContinuousBernoulli => Normal;
    ContinuousBernoulli => Uniform [real(-3.0..-0.1), real(0.4..3.0)];
    Bernoulli => Bernoulli;
    Bernoulli => Poisson;
    Binomial [fixed(12.0), real(-3.0..3.0)] => Binomial [fixed(12.0), real(-3.0..3.0)];
    Geometric => Geometric;
    Poisson => Poisson;

    Categorical => Categorical;
    Dirichlet => Dirichlet;
    MultivariateNormal => MultivariateNormal;
    MultivariateNormal => Normal [real(-3.0..3.0).row(3), real(-2.0..2.0).row(3)];
    MultivariateNormal => LowRankNormal;
    MultivariateNormal => StandardNormal;
    LowRankNormal => LowRankNormal;
    LowRankNormal => Normal [real(-3.0..3.0).row(3), real(-2.0..2.0).row(3)];
    LowRankNormal => MultivariateNormal;
    LowRankNormal => StandardNormal;
    Normal [real(-3.0..3.0).row(3), real(-2.0..2.0).row(3)] => MultivariateNormal;
    Normal [real(-3.0..3.0).row(3), real(-2.0..2.0).row(3)] => LowRankNormal;
    VonMisesFisher => VonMisesFisher;
    VonMisesFisher => SphericalUniform;

    Normal => Normal, as "jeffreys" jeffreys;
    Normal => Normal, as "renyi 0.3" |p, q| renyi(p, q, 0.3);
    Normal [real(-3.0..3.0), real(-0.8..0.8)] => Normal [real(-3.0..3.0), real(-0.8..0.8)],
        as "renyi 1.2" |p, q| renyi(p, q, 1.2);
    Normal => Normal, as "geometric_jensen_shannon 0.3" |p, q| geometric_jensen_shannon(p, q, 0.3);
    Normal => Normal, as "geometric_jensen_shannon_dual 0.6" |p, q| geometric_jensen_shannon_dual(p, q, 0.6);
    Normal => Normal, as "wasserstein" wasserstein;
    Normal => Normal, as "wasserstein_squared" wasserstein_squared;
}
