use crate::sample::draw;
use crate::{Density, Domain, DomainError, Moments, Sample};
use dfdx::prelude::{Cpu, Dim, HasShape, NoneTape, Tensor, TensorFromVec};
use rand::Rng;
use rand_distr::StandardNormal as StandardDraw;
use std::f64::consts::{E as EULER, TAU};
use vae_ops::linalg::{Matrix, matrix_formula};
use vae_ops::{Batch, PerExample, Real, Record};

/// The normal distribution whose covariance is diagonal but for R directions, N(μ, W Wᵀ + diag d), from its mean (B, N),
/// factor W (B, N, R) and ln d (B, N): factor analysis, x = μ + W z + √d ε for z of R elements.
///
/// O(N R²) operations per example and no N × N matrix, so N may be the number of pixels. Computed in `f64` for `f32` too.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, LowRankNormal};
///
/// let device = Cpu::default();
/// let zeros = device.tensor_from_vec(vec![0.0f64; 2], (1, Const::<2>));
/// let factor = device.tensor_from_vec(vec![1.0, 1.0], (1, Const, Const::<1>));
/// let p = LowRankNormal::new(zeros.clone(), factor, zeros.clone())?;
/// // The covariance ((2, 1), (1, 2)) has the determinant 3.
/// let constant = -std::f64::consts::TAU.ln() - 0.5 * 3f64.ln();
/// assert!((p.log_prob(&zeros).as_vec()[0] - constant).abs() < 1e-15);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LowRankNormal<N: Dim, R: Dim, E: Real = f32, T = NoneTape> {
    /// μ
    pub mean: Batch<N, E, T>,
    /// W
    pub factor: Tensor<(usize, N, R), E, Cpu, T>,
    /// ln d
    pub log_diagonal: Batch<N, E, T>,
}

impl<N: Dim, R: Dim, E: Real, T: Record<E>> LowRankNormal<N, R, E, T> {
    /// Checks that μ, W and ln d are finite.
    pub fn new(
        mean: Batch<N, E, T>,
        factor: Tensor<(usize, N, R), E, Cpu, T>,
        log_diagonal: Batch<N, E, T>,
    ) -> Result<Self, DomainError> {
        const NAME: &str = "LowRankNormal";
        Domain::Finite.check([NAME, "mean"], &mean)?;
        Domain::Finite.check([NAME, "factor"], &factor)?;
        Domain::Finite.check([NAME, "log_diagonal"], &log_diagonal)?;
        Ok(Self {
            mean,
            factor,
            log_diagonal,
        })
    }

    /// W Wᵀ + diag d, shape (B, N, N).
    pub fn covariance(&self) -> Tensor<(usize, N, N), E, Cpu, T> {
        let (batch, n) = *self.mean.shape();
        matrix_formula(
            [self.factor.clone().into(), self.log_diagonal.clone().into()],
            (batch, n, n),
            |[w, log_d]| {
                let [n, _] = w.shape();
                let diagonal = Matrix::each([w.identity(n), log_d], |[one, d]| one * d.exp());
                w * w.transpose() + diagonal
            },
        )
    }

    /// ½ (N ln 2πe + ln |W Wᵀ + diag d|), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        let batch = (self.mean.shape().0,);
        matrix_formula(
            [self.factor.clone().into(), self.log_diagonal.clone().into()],
            batch,
            |[w, log_d]| {
                let capacitance = capacitance_factor(whitened(w, log_d));
                log_d.map(|v| 0.5 * (v + (TAU * EULER).ln())).sum() + half_log_det(capacitance)
            },
        )
    }
}

/// D^−½ A
pub(crate) fn whitened<'t>(a: Matrix<'t>, log_d: Matrix<'t>) -> Matrix<'t> {
    Matrix::each([a, log_d], |[a, v]| a * (-0.5 * v).exp())
}

/// The Cholesky factor of the capacitance 1 + Vᵀ V, V = D^−½ W. Its inverse is the covariance of z given x.
pub(crate) fn capacitance_factor(v: Matrix<'_>) -> Matrix<'_> {
    let [_, rank] = v.shape();
    v.over(v.identity(rank)).gram_factor()
}

/// uᵀ (1 + V Vᵀ)⁻¹ u, as the smallest ‖u − V z‖² + ‖z‖² over z: Woodbury's lemma without the difference of two large
/// numbers. L is the factor of the capacitance.
pub(crate) fn square_distance<'t>(u: Matrix<'t>, v: Matrix<'t>, l: Matrix<'t>) -> Matrix<'t> {
    let z = l.solve_lower_transposed(l.solve_lower(v.transpose() * u));
    (u - v * z).square_norm() + z.square_norm()
}

/// ½ ln |L Lᵀ|
fn half_log_det(l: Matrix<'_>) -> Matrix<'_> {
    l.diagonal().map(|l| l.ln()).sum()
}

impl<N: Dim, R: Dim, E: Real, T: Record<E>> Density<N, E, T> for LowRankNormal<N, R, E, T> {
    /// −½ ((x − μ)ᵀ Σ⁻¹ (x − μ) + ln |2πΣ|), with |Σ| = |D| |1 + VᵀV|, V = D^−½ W.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let batch = (x.shape().0,);
        matrix_formula(
            [
                x.clone().into(),
                self.mean.clone().into(),
                self.factor.clone().into(),
                self.log_diagonal.clone().into(),
            ],
            batch,
            |[x, mean, w, log_d]| {
                let (u, v) = (whitened(x - mean, log_d), whitened(w, log_d));
                let l = capacitance_factor(v);
                let constant = log_d.map(|v| 0.5 * (v + TAU.ln())).sum();
                -0.5 * square_distance(u, v, l) - half_log_det(l) - constant
            },
        )
    }
}

impl<N: Dim, R: Dim, E: Real, T: Record<E>> Moments<N, E, T> for LowRankNormal<N, R, E, T> {
    /// μ
    fn mean(&self) -> Batch<N, E, T> {
        self.mean.clone()
    }

    /// Σᵣ Wᵢᵣ² + dᵢ
    fn variance(&self) -> Batch<N, E, T> {
        matrix_formula(
            [self.factor.clone().into(), self.log_diagonal.clone().into()],
            *self.mean.shape(),
            |[w, log_d]| w.map(|w| w.square()).row_sums() + log_d.map(|v| v.exp()),
        )
    }
}

impl<N: Dim, R: Dim, E: Real, T: Record<E>> Sample<N, E> for LowRankNormal<N, R, E, T> {
    fn sample<G: Rng>(&self, rng: &mut G) -> Batch<N, E> {
        let independent = draw([&self.mean, &self.log_diagonal], |[mean, log_d]| {
            mean + (0.5 * log_d).exp() * rng.sample::<f64, _>(StandardDraw)
        });
        let (batch, _, rank) = *self.factor.shape();
        let z = (0..batch * rank.size()).map(|_| E::of(rng.sample(StandardDraw)));
        let z: Batch<R, E> = Cpu::default().tensor_from_vec(z.collect(), (batch, rank));
        matrix_formula(
            [
                independent.into(),
                self.factor.retaped::<NoneTape>().into(),
                z.into(),
            ],
            *self.mean.shape(),
            |[independent, w, z]| independent + w * z,
        )
    }
}
