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
mod samples;
mod univariate;

use dfdx::prelude::{Cpu, HasShape, ReshapeTo, Tensor};
use domain::Support::{Interval, Lattice, Rows};
use domain::{BITS, COUNTS, LINE, POSITIVE, UNIT, count, direction, fixed, positive, real};
use evaluate::flat;
use law::{laws, pairs};
use vae_distributions::{Concrete, DiscretizedLogistic, ElementMixture, LowRankNormal, Mixture};
use vae_distributions::{Density, KlTo, Moments, Sample};
use vae_distributions::{MultivariateNormal, Normal, Poisson, RelaxedBernoulli, SphericalUniform};
use vae_distributions::{VonMisesFisher, ZeroInflated};
use vae_ops::{Batch, Real, Record};

laws! {
    Normal { mean: real(-3.0..3.0), log_var: real(-3.0..3.0) } on LINE => moments sample entropy cdf;
    StandardNormal {} on LINE =>, as vae_distributions::StandardNormal => vae_distributions::StandardNormal;
    Laplace { loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE => moments sample entropy cdf quantile;
    Logistic { loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE => moments sample entropy cdf quantile;
    StudentT { df: positive(2.5..30.0), loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE =>
        moments sample entropy;
    Cauchy { loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE => sample entropy cdf quantile;
    Gumbel { loc: real(-3.0..3.0), scale: positive(0.1..5.0) } on LINE => moments sample entropy cdf quantile;
    HalfNormal { scale: positive(0.1..5.0) } on POSITIVE => moments sample entropy cdf quantile;
    LogNormal { mean: real(-1.0..1.0), log_var: real(-3.0..1.0) } on POSITIVE => moments sample entropy cdf quantile;
    Exponential { rate: positive(0.1..5.0) } on POSITIVE => moments sample entropy cdf quantile;
    Gamma { concentration: positive(0.3..20.0), rate: positive(0.1..5.0) } on POSITIVE => moments sample entropy;
    Weibull { scale: positive(0.1..5.0), concentration: positive(0.5..5.0) } on POSITIVE =>
        moments sample entropy cdf quantile;
    Pareto { scale: positive(0.5..2.0), alpha: positive(2.5..9.0) } on Interval(scale, f64::INFINITY) =>
        moments sample entropy cdf quantile;
    Uniform { low: real(-3.0..-1.0), high: real(1.0..3.0) } on Interval(low, high) =>
        moments sample entropy cdf quantile;
    TruncatedNormal {
        loc: real(-3.0..3.0), scale: positive(0.3..5.0), low: real(-3.0..-1.0), high: real(1.0..3.0)
    } on Interval(low, high) => moments sample entropy cdf quantile;
    Beta { concentration1: positive(0.7..9.0), concentration0: positive(0.7..9.0) } on UNIT => moments sample entropy;
    Kumaraswamy { concentration1: positive(0.7..9.0), concentration0: positive(0.7..9.0) } on UNIT =>
        moments sample entropy cdf quantile;
    ContinuousBernoulli { logits: real(-5.0..5.0) } on UNIT => moments sample entropy cdf quantile;
    RelaxedBernoulli { logits: real(-3.0..3.0) } on UNIT => sample cdf quantile,
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
    ElementMixture {
        logit1: real(-2.0..2.0), logit2: real(-2.0..2.0), rate1: positive(0.1..5.0), rate2: positive(5.0..30.0)
    } on COUNTS => moments sample,
        as ElementMixture<Poisson<usize, E, T>, usize, E, T> => ElementMixture {
            logits: vec![logit1, logit2],
            components: vec![Poisson { rate: rate1 }, Poisson { rate: rate2 }],
        };

    Categorical { logits: real(-2.0..2.0).row(4) } on Rows(4) => moments sample entropy;
    Dirichlet { concentration: positive(0.5..9.0).row(3) } on Rows(3) => moments sample entropy;
    Concrete { logits: real(-2.0..2.0).row(3) } on Rows(3) => sample,
        as Concrete<usize, E, T> => Concrete { temperature: 0.7, logits };
    MultivariateNormal { mean: real(-3.0..3.0).row(3), scale_tril: positive(0.3..3.0).row(9) } on Rows(3) =>
        moments sample entropy,
        as MultivariateNormal<usize, E, T> => MultivariateNormal { mean, scale_tril: matrix(scale_tril, 3) };
    LowRankNormal {
        mean: real(-3.0..3.0).row(3), factor: real(-2.0..2.0).row(6), log_diagonal: real(-2.0..2.0).row(3)
    } on Rows(3) => moments sample entropy,
        as LowRankNormal<usize, usize, E, T> => LowRankNormal { mean, factor: matrix(factor, 2), log_diagonal };
    SphericalUniform {} on Rows(3) =>, as SphericalUniform => SphericalUniform;
    VonMisesFisher { loc: direction(3), concentration: positive(0.1..30.0) } on Rows(3) => moments sample entropy,
        as VonMisesFisher<usize, E, T> => VonMisesFisher { loc, concentration: flat(concentration) };
    Mixture {
        logits: real(-2.0..2.0).row(2), mean1: real(-3.0..3.0).row(3), mean2: real(-3.0..3.0).row(3),
        log_var: real(-2.0..2.0).row(3)
    } on Rows(3) => moments sample,
        as Mixture<Normal<usize, E, T>, E, T> => Mixture {
            logits,
            components: vec![Normal { mean: mean1, log_var: log_var.clone() }, Normal { mean: mean2, log_var }],
        };
}

/// Rows of so many columns.
fn matrix<E: Real, T: Record<E>>(
    x: Batch<usize, E, T>,
    columns: usize,
) -> Tensor<(usize, usize, usize), E, Cpu, T> {
    let (batch, width) = *x.shape();
    x.contiguous()
        .reshape_like(&(batch, width / columns, columns))
}

pairs! {
    Normal => Normal;
    Normal => StandardNormal;
    Laplace => Laplace;
    Cauchy => Cauchy;
    Gumbel => Gumbel;
    HalfNormal => HalfNormal;
    LogNormal => LogNormal;
    Exponential => Exponential;
    Gamma => Gamma;
    Weibull => Weibull;
    Pareto [positive(2.0..3.0), positive(2.5..9.0)] => Pareto;
    Uniform [real(-0.9..-0.1), real(0.1..0.9)] => Uniform;
    TruncatedNormal [real(-3.0..3.0), positive(0.3..5.0), real(-0.9..-0.1), real(0.1..0.9)] => TruncatedNormal;
    Beta => Beta;
    ContinuousBernoulli => ContinuousBernoulli;
    Bernoulli => Bernoulli;
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
    Normal [real(-3.0..3.0).row(3), real(-2.0..2.0).row(3)] => MultivariateNormal;
    Normal [real(-3.0..3.0).row(3), real(-2.0..2.0).row(3)] => LowRankNormal;
    LowRankNormal => MultivariateNormal;
    LowRankNormal => StandardNormal;
    VonMisesFisher => VonMisesFisher;
    VonMisesFisher => SphericalUniform;
}
