use crate::normal_quantile::normal_quantile;
use crate::sample::draw;
use crate::{Density, Domain, DomainError, ElementDensity, KlTo, Moments, Sample, StandardNormal};
use dfdx::prelude::{Dim, HasShape, NoneTape, PutTape, Tensor, TensorFromVec};
use rand::Rng;
use rand_distr::StandardNormal as StandardDraw;
use std::f64::consts::{E as EULER, FRAC_1_SQRT_2, TAU};
use vae_ops::{Batch, PerExample, Real, Record, elementwise, formula, sum_event};

/// The normal distribution with diagonal covariance, N(μ, diag σ²), from its mean and log-variance, both (B, N).
///
/// Any real log-variance is valid: that is what a network's head can promise. In `f32`, σ² overflows above
/// ln σ² = 88.7 and underflows below −103; densities and divergences are then ±∞ as their formulas say, not NaN.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Normal};
///
/// let device = Cpu::default();
/// let zeros = device.tensor_from_vec(vec![0.0f64; 2], (1, Const::<2>));
/// let p = Normal { mean: zeros.clone(), log_var: zeros.clone() };
/// assert_eq!(p.log_prob(&zeros).as_vec(), [-(std::f64::consts::TAU.ln())]);
/// ```
#[derive(Clone, Debug)]
pub struct Normal<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ
    pub mean: Batch<N, E, T>,
    /// ln σ²
    pub log_var: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Normal<N, E, T> {
    /// Checks that μ and ln σ² are finite.
    pub fn new(mean: Batch<N, E, T>, log_var: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["Normal", "mean"], &mean)?;
        Domain::Finite.check(["Normal", "log_var"], &log_var)?;
        Ok(Self { mean, log_var })
    }

    /// From σ instead of ln σ². Checks that μ is finite and σ positive.
    pub fn from_scale(mean: Batch<N, E, T>, scale: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["Normal", "scale"], &scale)?;
        Self::new(mean, formula([scale], |[s]| 2.0 * s.ln()))
    }

    /// N(0, I) for each example of a batch, constant.
    pub fn standard(like: &Batch<N, E, T>) -> Self {
        let shape = *like.shape();
        let zeros = || -> Batch<N, E, T> {
            let values = vec![E::zero(); shape.0 * shape.1.size()];
            let zeros: Batch<N, E> = Tensor::device(like).tensor_from_vec(values, shape);
            zeros.put_tape(T::for_data())
        };
        Self {
            mean: zeros(),
            log_var: zeros(),
        }
    }

    /// The differential entropy, ½ Σ (ln σ² + ln 2πe), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        let half = E::of(0.5);
        let constant = E::of((TAU * EULER).ln());
        sum_event([self.log_var.clone()], [], |[v], []| {
            (half * (v + constant), [half])
        })
    }

    /// P(X ≤ x) = Φ((x − μ)/σ), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [x.clone(), self.mean.clone(), self.log_var.clone()],
            |[x, mean, log_var]| {
                let z = (x - mean) * (-0.5 * log_var).exp();
                0.5 * (-FRAC_1_SQRT_2 * z).erfc()
            },
        )
    }

    /// The x with P(X ≤ x) = u, μ + σ Φ⁻¹(u), element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(
            [u.clone(), self.mean.clone(), self.log_var.clone()],
            |[u, mean, log_var]| mean + (0.5 * log_var).exp() * normal_quantile(u),
        )
    }
}

/// ln N(x; μ, σ²) and its derivatives in x, μ and ln σ².
#[inline(always)]
fn log_density<E: Real>([x, mean, log_var]: [E; 3]) -> (E, [E; 3]) {
    let half = E::of(0.5);
    let precision_root = (-half * log_var).exp_v();
    let z = (x - mean) * precision_root;
    let d_mean = z * precision_root;
    (
        -half * (z * z + log_var + E::of(TAU.ln())),
        [-d_mean, d_mean, half * (z * z - E::one())],
    )
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Normal<N, E, T> {
    /// −½ Σ ((x − μ)²/σ² + ln σ² + ln 2π).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let inputs = [x.clone(), self.mean.clone(), self.log_var.clone()];
        sum_event(inputs, [], |x, []| log_density(x))
    }
}

impl<N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for Normal<N, E, T> {
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let inputs = [x.clone(), self.mean.clone(), self.log_var.clone()];
        elementwise(inputs, [], |x, []| log_density(x))
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Normal<N, E, T> {
    /// μ
    fn mean(&self) -> Batch<N, E, T> {
        self.mean.clone()
    }

    /// σ²
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.log_var.clone()], |[v]| v.exp())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Normal<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.mean, &self.log_var], |[mean, log_var]| {
            mean + (0.5 * log_var).exp() * rng.sample::<f64, _>(StandardDraw)
        })
    }
}

/// The divergence of one element, and its derivatives.
#[inline(always)]
fn divergence<E: Real>([m1, v1, m2, v2]: [E; 4]) -> (E, [E; 4]) {
    let half = E::of(0.5);
    let precision_root = (-half * v2).exp_v();
    let z = (m1 - m2) * precision_root;
    let d_mean = z * precision_root;
    let d_log_var = half * (v1 - v2).exp_m1_v();
    (
        half * ((v1 - v2).exp_m1_residual() + z * z),
        [d_mean, d_log_var, -d_mean, -d_log_var - half * z * z],
    )
}

impl<N: Dim, E: Real, T: Record<E>> Normal<N, E, T> {
    /// KL(self ‖ q) of each element by itself, (B, N).
    pub fn kl_of_elements(&self, q: &Self) -> Batch<N, E, T> {
        elementwise(self.with(q), [], |variables, []| divergence(variables))
    }

    fn with(&self, q: &Self) -> [Batch<N, E, T>; 4] {
        let [m1, v1] = [&self.mean, &self.log_var].map(Clone::clone);
        [m1, v1, q.mean.clone(), q.log_var.clone()]
    }
}

impl<N: Dim, E: Real, T: Record<E>> KlTo<Normal<N, E, T>, E, T> for Normal<N, E, T> {
    fn kl_to(&self, q: &Normal<N, E, T>) -> PerExample<E, T> {
        sum_event(self.with(q), [], |variables, []| divergence(variables))
    }
}

impl<N: Dim, E: Real, T: Record<E>> KlTo<StandardNormal, E, T> for Normal<N, E, T> {
    fn kl_to(&self, _: &StandardNormal) -> PerExample<E, T> {
        let half = E::of(0.5);
        sum_event(
            [self.mean.clone(), self.log_var.clone()],
            [],
            |[mean, log_var], []| {
                let value = half * (log_var.exp_m1_residual() + mean * mean);
                (value, [mean, half * log_var.exp_m1_v()])
            },
        )
    }
}
