//! KL(N₁ ‖ N₂) = ½ (tr Σ₂⁻¹Σ₁ + ‖μ₁ − μ₂‖² in Σ₂⁻¹ − N − ln |Σ₂⁻¹Σ₁|) for every pair of a diagonal, a full, and a low-rank plus
//! diagonal covariance, as sums of which no two large terms cancel where the distributions are close.

use super::KlTo;
use crate::low_rank_normal::{capacitance_factor, square_distance, whitened};
use crate::{LowRankNormal, MultivariateNormal, Normal, StandardNormal};
use dfdx::prelude::{Cpu, Dim, HasShape, Tensor, TensorFromVec};
use vae_ops::linalg::{Matrix, matrix_formula};
use vae_ops::{Batch, Dual, PerExample, Real, Record};

/// A normal distribution by the Cholesky factor of its covariance.
trait Triangular<N: Dim, E: Real, T> {
    fn triangular(&self) -> MultivariateNormal<N, E, T>;
}

impl<N: Dim, E: Real, T: Record<E>> Triangular<N, E, T> for MultivariateNormal<N, E, T> {
    fn triangular(&self) -> Self {
        self.clone()
    }
}

impl<N: Dim, E: Real, T: Record<E>> Triangular<N, E, T> for Normal<N, E, T> {
    fn triangular(&self) -> MultivariateNormal<N, E, T> {
        let (batch, n) = *self.mean.shape();
        MultivariateNormal {
            mean: self.mean.clone(),
            scale_tril: matrix_formula([self.log_var.clone().into()], (batch, n, n), |[v]| {
                root_of_diagonal(v)
            }),
        }
    }
}

impl<N: Dim, R: Dim, E: Real, T: Record<E>> Triangular<N, E, T> for LowRankNormal<N, R, E, T> {
    fn triangular(&self) -> MultivariateNormal<N, E, T> {
        let (batch, n) = *self.mean.shape();
        MultivariateNormal {
            mean: self.mean.clone(),
            scale_tril: matrix_formula(
                [self.factor.clone().into(), self.log_diagonal.clone().into()],
                (batch, n, n),
                |[w, v]| root_of_diagonal(v).over(w.transpose()).gram_factor(),
            ),
        }
    }
}

/// diag e^½v
fn root_of_diagonal(v: Matrix<'_>) -> Matrix<'_> {
    let [n, _] = v.shape();
    Matrix::each([v.identity(n), v], |[one, v]| one * (0.5 * v).exp())
}

/// A normal distribution whose covariance is of low rank plus a diagonal.
trait LowRank<N: Dim, E: Real, T> {
    type Rank: Dim;

    fn low_rank(&self) -> LowRankNormal<N, Self::Rank, E, T>;
}

impl<N: Dim, R: Dim, E: Real, T: Record<E>> LowRank<N, E, T> for LowRankNormal<N, R, E, T> {
    type Rank = R;

    fn low_rank(&self) -> Self {
        self.clone()
    }
}

impl<N: Dim, E: Real, T: Record<E>> LowRank<N, E, T> for Normal<N, E, T> {
    type Rank = usize;

    /// Of rank 0.
    fn low_rank(&self) -> LowRankNormal<N, usize, E, T> {
        let (batch, n) = *self.mean.shape();
        let factor: Tensor<_, E, _> = Cpu::default().tensor_from_vec(vec![], (batch, n, 0));
        LowRankNormal {
            mean: self.mean.clone(),
            factor: factor.retaped(),
            log_diagonal: self.log_var.clone(),
        }
    }
}

/// N(0, I), of the shape of this mean.
fn standard<N: Dim, E: Real, T: Record<E>>(mean: &Batch<N, E, T>) -> Normal<N, E, T> {
    let zeros = vec![E::zero(); mean.shape().0 * mean.shape().1.size()];
    let zeros: Batch<N, E> = Cpu::default().tensor_from_vec(zeros, *mean.shape());
    Normal {
        mean: zeros.retaped(),
        log_var: zeros.retaped(),
    }
}

/// KL(N(0, M Mᵀ) ‖ N(0, I)) = ½ Σ (mᵢᵢ² − 1 − ln mᵢᵢ²) + ½ Σ mᵢⱼ² over i > j, for a lower-triangular M.
fn from_identity(m: Matrix<'_>) -> Matrix<'_> {
    let diagonal = m.diagonal().map(|m| (2.0 * m.ln()).exp_m1_residual());
    0.5 * (diagonal.sum() + m.masked(|i, j| j < i).square_norm())
}

/// By M = L₂⁻¹ L₁, which is I at equality.
fn triangular<N: Dim, E: Real, T: Record<E>>(
    p: &impl Triangular<N, E, T>,
    q: &impl Triangular<N, E, T>,
) -> PerExample<E, T> {
    let (p, q) = (p.triangular(), q.triangular());
    let batch = (p.mean.shape().0,);
    matrix_formula(
        [
            p.mean.into(),
            p.scale_tril.into(),
            q.mean.into(),
            q.scale_tril.into(),
        ],
        batch,
        |[mean1, l1, mean2, l2]| {
            let shift = l2.solve_lower(mean1 - mean2).square_norm();
            from_identity(l2.solve_lower(l1.lower())) + 0.5 * shift
        },
    )
}

/// By the chain rule for x and the z of x = μ + W z + √d ε: KL of p(x) and q(x) is KL of p(x, z) and q(x, z), less the
/// expected KL of p(z | x) and q(z | x). All of them vanish with the difference of the parameters; where factors differ
/// that have the same W Wᵀ, rounding leaves 10⁻¹⁶ Σ W²/d.
fn low_rank<N: Dim, E: Real, T: Record<E>>(
    p: &impl LowRank<N, E, T>,
    q: &impl LowRank<N, E, T>,
) -> PerExample<E, T> {
    let (p, q) = (p.low_rank(), q.low_rank());
    let batch = (p.mean.shape().0,);
    matrix_formula(
        [
            p.mean.into(),
            p.factor.into(),
            p.log_diagonal.into(),
            q.mean.into(),
            q.factor.into(),
            q.log_diagonal.into(),
        ],
        batch,
        |[mean1, w1, log_d1, mean2, w2, log_d2]| {
            let rank = w1.shape()[1].max(w2.shape()[1]);
            let (w1, w2) = (widened(w1, rank), widened(w2, rank));
            // In units of √d₂, and what is only about p in units of √d₁.
            let shift = whitened(mean1 - mean2, log_d2);
            let (v1, v2) = (whitened(w1, log_d2), whitened(w2, log_d2));
            let own = whitened(w1, log_d1);
            let (l1, l2) = (capacitance_factor(own), capacitance_factor(v2));

            let log_ratio = log_d1 - log_d2;
            let joint = log_ratio.map(Dual::exp_m1_residual).sum() + (v1 - v2).square_norm();
            // How E[z | x] follows x − μ₁ in p and in q; the difference is in units of the deviation of z given x in q.
            let gain2 = Matrix::each([gain(l2, v2), log_ratio.transpose()], |[a, t]| {
                a * (0.5 * t).exp()
            });
            let difference = l2.transpose() * (gain(l1, own) - gain2);
            let conditional = 2.0 * from_identity(l1.solve_lower(l2))
                + difference.square_norm()
                + (difference * own).square_norm();
            let kl = 0.5 * (joint - conditional + square_distance(shift, v2, l2));
            // What rounding leaves.
            kl.map(|kl| {
                if kl.value < 0.0 {
                    Dual { value: 0.0, ..kl }
                } else {
                    kl
                }
            })
        },
    )
}

/// C⁻¹ Vᵀ
fn gain<'t>(l: Matrix<'t>, v: Matrix<'t>) -> Matrix<'t> {
    l.solve_lower_transposed(l.solve_lower(v.transpose()))
}

/// With columns of zeros up to this rank.
fn widened(w: Matrix<'_>, rank: usize) -> Matrix<'_> {
    let [n, columns] = w.shape();
    let zeros = w.constant([rank - columns, n], 0.0);
    w.transpose().over(zeros).transpose()
}

macro_rules! closed_forms {
    ($($form:ident: [$($R:ident)*] $P:ty, $Q:ty;)*) => {$(
        impl<N: Dim, $($R: Dim,)* E: Real, T: Record<E>> KlTo<$Q, E, T> for $P {
            fn kl_to(&self, q: &$Q) -> PerExample<E, T> {
                $form(self, q)
            }
        }
    )*};
}

closed_forms! {
    triangular: [] MultivariateNormal<N, E, T>, MultivariateNormal<N, E, T>;
    triangular: [] MultivariateNormal<N, E, T>, Normal<N, E, T>;
    triangular: [R] MultivariateNormal<N, E, T>, LowRankNormal<N, R, E, T>;
    triangular: [] Normal<N, E, T>, MultivariateNormal<N, E, T>;
    triangular: [R] LowRankNormal<N, R, E, T>, MultivariateNormal<N, E, T>;
    low_rank: [R] Normal<N, E, T>, LowRankNormal<N, R, E, T>;
    low_rank: [R] LowRankNormal<N, R, E, T>, Normal<N, E, T>;
    low_rank: [R1 R2] LowRankNormal<N, R1, E, T>, LowRankNormal<N, R2, E, T>;
}

impl<N: Dim, E: Real, T: Record<E>> KlTo<StandardNormal, E, T> for MultivariateNormal<N, E, T> {
    fn kl_to(&self, _: &StandardNormal) -> PerExample<E, T> {
        self.kl_to(&standard(&self.mean))
    }
}

impl<N: Dim, R: Dim, E: Real, T: Record<E>> KlTo<StandardNormal, E, T>
    for LowRankNormal<N, R, E, T>
{
    fn kl_to(&self, _: &StandardNormal) -> PerExample<E, T> {
        self.kl_to(&standard(&self.mean))
    }
}
