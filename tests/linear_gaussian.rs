//! A VAE whose maps are linear is probabilistic PCA (Tipping & Bishop 1999), where everything is known exactly:
//!
//! - p(z) = N(0, I) and p(x|z) = N(W z + b, σ² I) make p(x) = N(b, W Wᵀ + σ² I);
//! - p(z|x) = N(M⁻¹ Wᵀ (x − b), σ² M⁻¹) with M = Wᵀ W + σ² I.
//!
//! The columns of W are orthogonal here, so that M is diagonal and an encoder can give the exact posterior.

use dfdx::prelude::{Const, Cpu, Device, TensorFromVec};
use std::f64::consts::TAU;
use vae::architectures::{ConditionalNormal, Unchanged};
use vae::metrics::negative_log_likelihood;
use vae::ops::{Identity, Real};
use vae::prelude::*;
use vae_testkit::assert_close;

type X = Const<3>;
type Z = Const<2>;
type Model<E> = Vae<
    GaussianEncoder<Unchanged<X>, Z, E>,
    GaussianDecoder<Unchanged<Z>, X, E>,
    StandardNormal<Z>,
>;

const W: [[f64; 2]; 3] = [[0.8, 0.9], [-0.6, 1.2], [0.3, 0.0]];
const B: [f64; 3] = [0.5, -1.0, 2.0];
const VARIANCE: f64 = 0.25;

/// A posterior of another mean and variance than the exact one: μ + `shift`, `spread` · σ².
#[derive(Clone, Copy, Debug)]
struct Posterior {
    shift: f64,
    spread: f64,
}

const EXACT: Posterior = Posterior {
    shift: 0.0,
    spread: 1.0,
};
const WRONG: [Posterior; 2] = [
    Posterior {
        shift: 0.2,
        spread: 1.5,
    },
    Posterior {
        shift: -0.3,
        spread: 0.8,
    },
];

impl Posterior {
    /// Mean and variance of each latent dimension.
    fn at(self, x: [f64; 3]) -> [[f64; 2]; 2] {
        let mean = |j: usize| (0..3).map(|i| W[i][j] * (x[i] - B[i])).sum::<f64>() / m(j);
        [0, 1].map(|j| [mean(j) + self.shift, self.spread * VARIANCE / m(j)])
    }

    /// KL(this ‖ the exact posterior): by how much the bound misses ln p(x).
    fn gap(self) -> f64 {
        let variance = |j: usize| VARIANCE / m(j);
        (0..2)
            .map(|j| self.spread - 1.0 - self.spread.ln() + self.shift.powi(2) / variance(j))
            .sum::<f64>()
            / 2.0
    }
}

/// The diagonal of M.
fn m(j: usize) -> f64 {
    W.iter().map(|row| row[j] * row[j]).sum::<f64>() + VARIANCE
}

/// ln N(x; b, W Wᵀ + σ² I), by Cholesky's decomposition.
fn log_marginal(x: [f64; 3]) -> f64 {
    let covariance = |i: usize, j: usize| {
        let noise = if i == j { VARIANCE } else { 0.0 };
        W[i][0] * W[j][0] + W[i][1] * W[j][1] + noise
    };
    let (mut l, mut y) = ([[0.0; 3]; 3], [0.0; 3]);
    let mut log_prob = 0.0;
    for i in 0..3 {
        for j in 0..=i {
            let rest = covariance(i, j) - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            l[i][j] = if i == j { rest.sqrt() } else { rest / l[j][j] };
        }
        y[i] = (x[i] - B[i] - (0..i).map(|k| l[i][k] * y[k]).sum::<f64>()) / l[i][i];
        log_prob -= 0.5 * (y[i] * y[i] + TAU.ln()) + l[i][i].ln();
    }
    log_prob
}

fn head<I: Width, O: Width, E: Real>(
    weight: impl Fn(usize, usize) -> f64,
    bias: impl Fn(usize) -> f64,
) -> Linear<I, O, Identity, E>
where
    Cpu: Device<E>,
{
    let rows = (0..O::SIZE).flat_map(|o| (0..I::SIZE).map(move |i| (o, i)));
    let weight = rows.map(|(o, i)| E::of(weight(o, i))).collect();
    let bias = (0..O::SIZE).map(|o| E::of(bias(o))).collect();
    Linear {
        weight: Cpu::default().tensor_from_vec(weight, (O::default(), I::default())),
        bias: Cpu::default().tensor_from_vec(bias, (O::default(),)),
        activation: Identity,
    }
}

fn model<E: Real>(posterior: Posterior) -> Model<E>
where
    Cpu: Device<E>,
{
    let at_zero = posterior.at([0.0; 3]);
    Vae {
        encoder: ConditionalNormal {
            body: Unchanged::default(),
            mean: head(|j, i| W[i][j] / m(j), |j| at_zero[j][0]),
            log_var: head(|_, _| 0.0, |j| at_zero[j][1].ln()),
        },
        decoder: ConditionalNormal {
            body: Unchanged::default(),
            mean: head(|i, j| W[i][j], |i| B[i]),
            log_var: head(|_, _| 0.0, |_| VARIANCE.ln()),
        },
        prior: StandardNormal::default(),
    }
}

/// Observations.
struct Points(Vec<[f64; 3]>);

impl Points {
    /// Scattered around b, somewhat wider than p(x).
    fn scattered(count: usize) -> Self {
        let mut noise = vec![0.0; 3 * count];
        Noise::new(1, "points").fill_normal(&mut noise);
        let point = |e: &[f64; 3]| std::array::from_fn(|i| B[i] + 2.0 * e[i]);
        Self(noise.as_chunks().0.iter().map(point).collect())
    }
}

impl<E: Real> Examples<E> for Points {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn load(&self, rows: &[usize], _: Noise) -> Vec<E> {
        rows.iter()
            .flat_map(|row| self.0[*row].map(E::of))
            .collect()
    }
}

/// With the exact posterior every importance weight is p(x): one sample is as good as a hundred.
fn exact_posterior_gives_exact_likelihood<E: Real>(tolerance: f64)
where
    Cpu: Device<E>,
{
    let (model, points) = (model::<E>(EXACT), Points::scattered(250));
    for samples in [1, 7, 100] {
        let noise = Noise::new(2, "importance");
        let nll = negative_log_likelihood(&model, &points, samples, noise);
        assert_eq!(nll.len(), points.0.len());
        for (nll, x) in nll.into_iter().zip(&points.0) {
            let error = (nll + log_marginal(*x)).abs();
            assert!(
                error < tolerance,
                "{samples} samples at {x:?}: off by {error}"
            );
        }
    }
}

#[test]
fn exact_posterior_gives_exact_likelihood_f32() {
    exact_posterior_gives_exact_likelihood::<f32>(1e-4);
}

#[test]
fn exact_posterior_gives_exact_likelihood_f64() {
    exact_posterior_gives_exact_likelihood::<f64>(1e-10);
}

fn weighted<B>(bound: B, samples: usize) -> ImportanceWeighted<B> {
    ImportanceWeighted {
        bound,
        samples,
        estimator: Pathwise,
    }
}

#[test]
fn exact_posterior_makes_every_bound_tight() {
    fn check(bound: impl Bound + Sync) {
        for x in Points::scattered(20).0 {
            let noise = Noise::new(5, "importance");
            let point = Points(vec![x]);
            let found = evaluate(&weighted(bound, 6), &model::<f64>(EXACT), &point, noise);
            assert_close(found.elbo.mean, log_marginal(x), 1e-10);
        }
    }
    check(Iwae);
    check(Miwae { groups: 2 });
    check(Piwae { groups: 3 });
    check(Ciwae { beta: 0.3 });
    check(Renyi { alpha: 0.4 });
    check(Renyi { alpha: -2.0 });
    check(VrMax);
}

#[test]
fn evaluation_agrees_with_the_analytic_bound() {
    for posterior in WRONG.into_iter().chain([EXACT]) {
        let model = model::<f32>(posterior);
        for x in Points::scattered(4).0 {
            // One example many times: the standard error is that of the sampling alone.
            let points = Points(vec![x; 20_000]);
            let noise = Noise::new(3, "evaluation");
            let found = evaluate(&Elbo { beta: 1.0 }, &model, &points, noise);

            let elbo = log_marginal(x) - posterior.gap();
            assert_within_four_errors(found.elbo, elbo);
            let half_kl = |[mean, var]: [f64; 2]| 0.5 * (var - 1.0 - var.ln() + mean * mean);
            let kl = posterior.at(x).map(half_kl).iter().sum();
            assert_close(found.kl.mean, kl, 1e-5);
            assert_within_four_errors(found.reconstruction, -elbo - kl);
        }
    }
}

#[track_caller]
fn assert_within_four_errors(estimate: Estimate, exact: f64) {
    let Estimate {
        mean,
        standard_error,
        ..
    } = estimate;
    assert!(
        standard_error < 0.05,
        "too coarse to tell: {standard_error}"
    );
    let error = (mean - exact).abs();
    assert!(
        error <= 4.0 * standard_error,
        "{mean} ± {standard_error}, not {exact}"
    );
}

/// ELBO = L₁ ≤ L₁₀ ≤ L₁₀₀₀ ≤ ln p(x) (Burda et al. 2016, theorem 1), the last of them close, and the negative log-likelihood
/// is the last.
#[test]
fn more_samples_tighten_the_bound_up_to_the_likelihood() {
    for posterior in WRONG {
        let model = model::<f64>(posterior);
        for x in Points::scattered(2).0 {
            let noise = Noise::new(4, "importance");
            let copies = |n| Points(vec![x; n]);
            let bound = |samples, n| evaluate(&weighted(Iwae, samples), &model, &copies(n), noise);
            let elbo = evaluate(&Elbo { beta: 1.0 }, &model, &copies(20_000), noise).elbo;
            let one = bound(1, 20_000).elbo;
            let ten = bound(10, 4000).elbo;
            let thousand = bound(1000, 300).elbo;
            let nll = negative_log_likelihood(&model, &copies(300), 1000, noise.stream("nll"));
            let nll = Estimate::of(&nll);
            let exact = log_marginal(x);
            let gap = |a: Estimate, b: f64, error: f64| {
                (
                    (b - a.mean) / posterior.gap(),
                    4.0 * a.standard_error.hypot(error) / posterior.gap(),
                )
            };
            // Gaps in parts of the bound's own gap, and four of their standard errors.
            let (same, error) = gap(elbo, one.mean, one.standard_error);
            assert!(
                same.abs() < error,
                "one weight is the bound: {same} ± {error}"
            );
            let (gain, error) = gap(elbo, ten.mean, ten.standard_error);
            assert!(gain > error && error < 0.3, "ten weights: {gain} ± {error}");
            let (gain, error) = gap(ten, thousand.mean, thousand.standard_error);
            assert!(
                gain > -error && error < 0.2,
                "a thousand weights: {gain} ± {error}"
            );
            let (left, error) = gap(thousand, exact, 0.0);
            assert!(
                left > -error && left < 0.02 + error && error < 0.05,
                "left: {left} ± {error}"
            );
            let (same, error) = gap(thousand, -nll.mean, nll.standard_error);
            assert!(
                same.abs() < error && error < 0.1,
                "the negative log-likelihood: {same} ± {error}"
            );
        }
    }
}

/// Over the same samples, the bounds between the mean of the log-weights and the logarithm of their mean are in order, and those
/// past it are the larger.
#[test]
fn bounds_are_in_order() {
    for posterior in WRONG {
        let (model, points) = (model::<f64>(posterior), Points::scattered(200));
        let noise = Noise::new(6, "importance");
        fn elbo<B: Bound + Sync>(
            model: &Model<f64>,
            points: &Points,
            noise: Noise,
            bound: B,
        ) -> f64 {
            evaluate(&weighted(bound, 12), model, points, noise)
                .elbo
                .mean
        }
        let of = |groups| elbo(&model, &points, noise, Miwae { groups });
        let renyi = |alpha| elbo(&model, &points, noise, Renyi { alpha });
        let ciwae = |beta| elbo(&model, &points, noise, Ciwae { beta });
        let iwae = elbo(&model, &points, noise, Iwae);
        let largest = elbo(&model, &points, noise, VrMax);
        let by_groups = [of(12), of(6), of(3), of(1), renyi(-1.0), largest];
        assert!(by_groups.is_sorted_by(|a, b| a < b), "{by_groups:?}");
        let by_order = [renyi(1.0), renyi(0.9), renyi(0.5), iwae, renyi(-1.0)];
        assert!(by_order.is_sorted_by(|a, b| a < b), "{by_order:?}");
        let by_share = [ciwae(1.0), ciwae(0.6), ciwae(0.2), iwae];
        assert!(by_share.is_sorted_by(|a, b| a < b), "{by_share:?}");
    }
}
