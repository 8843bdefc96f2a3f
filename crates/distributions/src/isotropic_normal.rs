use crate::sample::draw;
use crate::{Density, Domain, DomainError, Moments, Sample};
use dfdx::prelude::{Axis, BroadcastTo, Dim, HasShape, NoneTape};
use rand::Rng;
use rand_distr::StandardNormal as StandardDraw;
use std::f64::consts::{E as EULER, TAU};
use vae_ops::{Batch, PerExample, Real, Record, formula, sum_formula};

/// The normal distribution with one variance for all elements of an event, N(μ, σ² I), from its mean (B, N) and its
/// log-variance (B,): a [`Normal`](crate::Normal) with equal variances, but that these cost no work per element.
///
/// For ln σ² within ±87 in `f32`, ±700 in `f64`; beyond, σ⁻² overflows or is 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, IsotropicNormal};
///
/// let device = Cpu::default();
/// let zeros = device.tensor_from_vec(vec![0.0f64; 2], (1, Const::<2>));
/// let p = IsotropicNormal::new(zeros.clone(), device.tensor_from_vec(vec![0.0], (1,)))?;
/// assert_eq!(p.log_prob(&zeros).as_vec(), [-(std::f64::consts::TAU.ln())]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct IsotropicNormal<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ
    pub mean: Batch<N, E, T>,
    /// ln σ², of each example.
    pub log_var: PerExample<E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> IsotropicNormal<N, E, T> {
    /// Checks that μ and ln σ² are finite.
    pub fn new(mean: Batch<N, E, T>, log_var: PerExample<E, T>) -> Result<Self, DomainError> {
        Domain::Finite.check(["IsotropicNormal", "mean"], &mean)?;
        Domain::Finite.check(["IsotropicNormal", "log_var"], &log_var)?;
        Ok(Self { mean, log_var })
    }

    /// The differential entropy, N/2 (ln σ² + ln 2πe), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        let half = 0.5 * self.mean.shape().1.size() as f64;
        formula([self.log_var.clone()], move |[v]| {
            half * (v + (TAU * EULER).ln())
        })
    }
}

/// ‖x − μ‖²
pub(crate) fn square_error<N: Dim, E: Real, T: Record<E>>(
    x: &Batch<N, E, T>,
    mean: &Batch<N, E, T>,
) -> PerExample<E, T> {
    sum_formula([x.clone(), mean.clone()], |[x, mean]| (x - mean).square())
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for IsotropicNormal<N, E, T> {
    /// −½ (‖x − μ‖²/σ² + N ln 2πσ²).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let n = self.mean.shape().1.size() as f64;
        let square = square_error(x, &self.mean);
        formula([square, self.log_var.clone()], move |[square, v]| {
            -0.5 * (square * (-v).exp() + n * (v + TAU.ln()))
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for IsotropicNormal<N, E, T> {
    /// μ
    fn mean(&self) -> Batch<N, E, T> {
        self.mean.clone()
    }

    /// σ²
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.log_var.clone()], |[v]| v.exp())
            .broadcast_like::<(usize, N), Axis<1>>(self.mean.shape())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for IsotropicNormal<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let mean = self.mean.retaped::<NoneTape>();
        let log_var = self.log_var.retaped::<NoneTape>();
        let log_var = log_var.broadcast_like::<(usize, N), Axis<1>>(mean.shape());
        draw([&mean, &log_var], |[mean, log_var]| {
            mean + (0.5 * log_var).exp() * rng.sample::<f64, _>(StandardDraw)
        })
    }
}
