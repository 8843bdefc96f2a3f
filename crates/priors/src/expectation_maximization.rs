//! Mixtures of normal distributions, fitted to points.

use rayon::prelude::*;
use std::f64::consts::TAU;
use std::fmt;
use vae_reparam::Noise;

/// Why [`GaussianMixture::fit`](crate::GaussianMixture::fit) cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitError {
    /// There are not as many codes as components.
    TooFew {
        /// Codes.
        codes: usize,
        /// K
        components: usize,
    },
    /// A code has an element that is infinite or NaN.
    NotFinite {
        /// Its row.
        code: usize,
    },
}

impl fmt::Display for FitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew { codes, components } => {
                write!(
                    f,
                    "{components} components cannot be fitted to {codes} codes"
                )
            }
            Self::NotFinite { code } => write!(f, "code {code} is not finite"),
        }
    }
}

impl std::error::Error for FitError {}

/// π N(μ, L Lᵀ)
#[derive(Clone)]
pub(crate) struct Component {
    /// ln π
    pub log_weight: f64,
    /// μ, (N,)
    pub mean: Vec<f64>,
    /// L, (N, N)
    pub scale_tril: Vec<f64>,
}

impl Component {
    /// ln |L|
    pub fn log_det(&self) -> f64 {
        let n = self.mean.len();
        (0..n).map(|i| self.scale_tril[i * (n + 1)].ln()).sum()
    }

    /// L⁻¹, (N, N), by forward substitution.
    pub fn inverse_scale(&self) -> Vec<f64> {
        let (n, l) = (self.mean.len(), &self.scale_tril);
        let mut inverse = vec![0.0; n * n];
        for i in 0..n {
            let (above, row) = inverse.split_at_mut(i * n);
            let row = &mut row[..n];
            row[i] = 1.0;
            for (j, solved) in above.chunks_exact(n).enumerate() {
                for (r, s) in row[..=j].iter_mut().zip(solved) {
                    *r -= l[i * n + j] * s;
                }
            }
            row[..=i].iter_mut().for_each(|r| *r /= l[i * (n + 1)]);
        }
        inverse
    }

    /// μ + L ε
    pub fn place(&self, noise: &[f64]) -> impl Iterator<Item = f64> {
        let rows = self.scale_tril.chunks_exact(noise.len().max(1));
        rows.zip(&self.mean).map(move |(row, mean)| {
            let product = row.iter().zip(noise).map(|(l, e)| l * e);
            mean + product.sum::<f64>()
        })
    }
}

const MOST_ITERATIONS: usize = 200;

/// Nats a point that an iteration has to gain.
const LEAST_GAIN: f64 = 1e-4;

/// Of the points' mean variance, what is added to every variance.
const RIDGE: f64 = 1e-6;

/// Whatever the points are: its inverse can be squared in `f32`.
const LEAST_VARIANCE: f64 = 1e-18;

/// Points that a thread works on at a time.
const PART: usize = 512;

/// The mixture of `k` components under which `points`, (B, n), are most likely, as far as expectation–maximization finds it.
pub(crate) fn maximize(
    points: &[f64],
    n: usize,
    k: usize,
    noise: Noise,
) -> Result<Vec<Component>, FitError> {
    let count = points.len() / n.max(1);
    if count < k {
        return Err(FitError::TooFew {
            codes: count,
            components: k,
        });
    }
    if let Some(bad) = points.iter().position(|x| !x.is_finite()) {
        return Err(FitError::NotFinite { code: bad / n });
    }
    let whole = moments(points, n, |_| 1.0);
    let ridge = RIDGE * (0..n).map(|i| whole.covariance[i * (n + 1)]).sum::<f64>() / n as f64;
    let ridge = ridge.max(LEAST_VARIANCE);

    let mut shares = nearest(points, n, &seeds(points, n, k, noise));
    let mut before = f64::NEG_INFINITY;
    let mut components = Vec::new();
    for _ in 0..MOST_ITERATIONS {
        components = (0..k)
            .into_par_iter()
            .map(|j| moments(points, n, |i| shares[i * k + j]).component(count, ridge))
            .collect();
        let log_likelihood = share(points, n, &components, &mut shares);
        if log_likelihood - before < LEAST_GAIN {
            break;
        }
        before = log_likelihood;
    }
    Ok(components)
}

/// Places of `k` points, each drawn in proportion to its squared distance from those before it.
fn seeds(points: &[f64], n: usize, k: usize, noise: Noise) -> Vec<usize> {
    let mut uniforms = vec![0.0; k];
    noise.fill_uniform(&mut uniforms);
    let mut distances = vec![1.0; points.len() / n];
    let mut seeds: Vec<usize> = Vec::new();
    for u in uniforms {
        let mut rest = u * distances.iter().sum::<f64>();
        let passed = |d: &&f64| {
            rest -= **d;
            rest > 0.0
        };
        let seed = distances.iter().take_while(passed).count();
        let seed = seed.min(distances.len() - 1);
        for (i, distance) in distances.iter_mut().enumerate() {
            let to_seed = square_distance(row(points, n, i), row(points, n, seed));
            *distance = if seeds.is_empty() {
                to_seed
            } else {
                distance.min(to_seed)
            };
        }
        seeds.push(seed);
    }
    seeds
}

/// 1 for the nearest of the seeds, 0 for the others, (B, K).
fn nearest(points: &[f64], n: usize, seeds: &[usize]) -> Vec<f64> {
    let mut shares = vec![0.0; points.len() / n * seeds.len()];
    for (point, shares) in points
        .chunks_exact(n)
        .zip(shares.chunks_exact_mut(seeds.len()))
    {
        let distances = seeds
            .iter()
            .map(|s| square_distance(point, row(points, n, *s)));
        let nearest = distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((k, _)) = nearest {
            shares[k] = 1.0;
        }
    }
    shares
}

fn row(points: &[f64], n: usize, i: usize) -> &[f64] {
    &points[i * n..(i + 1) * n]
}

fn square_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Of weighted points.
struct PointMoments {
    weight: f64,
    mean: Vec<f64>,
    /// Its lower triangle.
    covariance: Vec<f64>,
}

/// The maximization step of one component.
fn moments(points: &[f64], n: usize, weight: impl Fn(usize) -> f64) -> PointMoments {
    let (mut total, mut mean, mut covariance) = (0.0, vec![0.0; n], vec![0.0; n * n]);
    for (i, point) in points.chunks_exact(n).enumerate() {
        total += weight(i);
        for (mean, x) in mean.iter_mut().zip(point) {
            *mean += weight(i) * x;
        }
    }
    // A component that has lost all its points keeps a weight of almost 0.
    let divisor = f64::max(total, f64::MIN_POSITIVE);
    mean.iter_mut().for_each(|mean| *mean /= divisor);
    let mut from_mean = vec![0.0; n];
    for (i, point) in points.chunks_exact(n).enumerate() {
        let weight = weight(i) / divisor;
        if weight == 0.0 {
            continue;
        }
        for ((d, x), mean) in from_mean.iter_mut().zip(point).zip(&mean) {
            *d = x - mean;
        }
        for (i, row) in covariance.chunks_exact_mut(n).enumerate() {
            let scaled = weight * from_mean[i];
            for (c, d) in row[..=i].iter_mut().zip(&from_mean) {
                *c += scaled * d;
            }
        }
    }
    PointMoments {
        weight: total,
        mean,
        covariance,
    }
}

impl PointMoments {
    fn component(mut self, points: usize, ridge: f64) -> Component {
        let n = self.mean.len();
        (0..n).for_each(|i| self.covariance[i * (n + 1)] += ridge);
        Component {
            log_weight: (self.weight.max(f64::MIN_POSITIVE) / points as f64).ln(),
            scale_tril: cholesky(self.covariance, n),
            mean: self.mean,
        }
    }
}

/// L with L Lᵀ = A, of which the lower triangle is read. The diagonal stays positive where rounding has made A singular.
fn cholesky(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    for i in 0..n {
        for j in 0..=i {
            let product: f64 = (0..j).map(|m| a[i * n + m] * a[j * n + m]).sum();
            let rest = a[i * n + j] - product;
            a[i * n + j] = if j < i {
                rest / a[j * (n + 1)]
            } else {
                rest.max(LEAST_VARIANCE).sqrt()
            };
        }
    }
    a
}

/// The expectation step: the share that each component has in each point, (B, K); returns the mean of ln p.
fn share(points: &[f64], n: usize, components: &[Component], shares: &mut [f64]) -> f64 {
    let k = components.len();
    let prepared: Vec<(Vec<f64>, f64)> = components
        .iter()
        .map(|c| {
            let constant = c.log_weight - c.log_det() - 0.5 * n as f64 * TAU.ln();
            (transposed(&c.inverse_scale(), n), constant)
        })
        .collect();
    let parts = points
        .par_chunks(PART * n)
        .zip(shares.par_chunks_mut(PART * k));
    let sums: Vec<f64> = parts
        .map(|(points, shares)| {
            let (mut white, mut sum) = (vec![0.0; n], 0.0);
            for (point, shares) in points.chunks_exact(n).zip(shares.chunks_exact_mut(k)) {
                for ((share, c), (inverse, constant)) in
                    shares.iter_mut().zip(components).zip(&prepared)
                {
                    // L⁻¹ (z − μ), a column of L⁻¹ at a time.
                    white.fill(0.0);
                    for (i, column) in inverse.chunks_exact(n).enumerate() {
                        let d = point[i] - c.mean[i];
                        for (y, w) in white[i..].iter_mut().zip(&column[i..]) {
                            *y += d * w;
                        }
                    }
                    *share = constant - 0.5 * white.iter().map(|y| y * y).sum::<f64>();
                }
                let max = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = shares.iter().map(|s| (s - max).exp()).sum();
                let log_p = max + total.ln();
                shares.iter_mut().for_each(|s| *s = (*s - log_p).exp());
                sum += log_p;
            }
            sum
        })
        .collect();
    sums.iter().sum::<f64>() / (points.len() / n) as f64
}

fn transposed(a: &[f64], n: usize) -> Vec<f64> {
    (0..n * n).map(|i| a[i % n * n + i / n]).collect()
}
