use crate::sample::draw;
use crate::{Density, Domain, DomainError, Moments, Sample};
use dfdx::prelude::{Cpu, Dim, HasShape, NoneTape, Tensor};
use rand::Rng;
use rand_distr::StandardNormal as StandardDraw;
use std::f64::consts::{E as EULER, TAU};
use vae_ops::linalg::{Matrix, matrix_formula};
use vae_ops::{Batch, PerExample, Real, Record, formula};

/// The normal distribution with any covariance, N(μ, L Lᵀ), from its mean (B, N) and Cholesky factor L (B, N, N), which is
/// lower-triangular with a positive diagonal: p(x) = (2π)^−N/2 |L|⁻¹ exp(−½ ‖L⁻¹(x − μ)‖²).
///
/// Only the lower triangle of L is read; what a network writes above the diagonal does not matter. Computed in `f64` for
/// `f32` too, in O(N²) operations per example, a sample included, and O(N³) for a divergence.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, MultivariateNormal};
///
/// let device = Cpu::default();
/// let tensor = |x: [f64; 2]| device.tensor_from_vec(x.to_vec(), (1, Const::<2>));
/// let scale_tril = device.tensor_from_vec(vec![1.0, 0.0, 3.0, 2.0], (1, Const, Const));
/// let p = MultivariateNormal::new(tensor([0.0, 0.0]), scale_tril)?;
/// // L⁻¹ (1, 5) = (1, 1).
/// let constant = -std::f64::consts::TAU.ln() - 2.0f64.ln();
/// assert_eq!(p.log_prob(&tensor([1.0, 5.0])).as_vec(), [constant - 1.0]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MultivariateNormal<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ
    pub mean: Batch<N, E, T>,
    /// L
    pub scale_tril: Tensor<(usize, N, N), E, Cpu, T>,
}

impl<N: Dim, E: Real, T: Record<E>> MultivariateNormal<N, E, T> {
    /// Checks that μ and L are finite and the diagonal of L positive.
    pub fn new(
        mean: Batch<N, E, T>,
        scale_tril: Tensor<(usize, N, N), E, Cpu, T>,
    ) -> Result<Self, DomainError> {
        const NAME: &str = "MultivariateNormal";
        Domain::Finite.check([NAME, "mean"], &mean)?;
        Domain::Finite.check([NAME, "scale_tril"], &scale_tril)?;
        let diagonal = matrix_formula([scale_tril.clone().into()], *mean.shape(), |[l]| {
            l.diagonal()
        });
        Domain::Positive.check([NAME, "the diagonal of scale_tril"], &diagonal)?;
        Ok(Self { mean, scale_tril })
    }

    /// L Lᵀ, shape (B, N, N).
    pub fn covariance(&self) -> Tensor<(usize, N, N), E, Cpu, T> {
        matrix_formula(
            [self.scale_tril.clone().into()],
            *self.scale_tril.shape(),
            |[l]| l.lower() * l.lower().transpose(),
        )
    }

    /// ½ N ln 2πe + Σ ln Lᵢᵢ, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        let batch = (self.mean.shape().0,);
        matrix_formula([self.scale_tril.clone().into()], batch, |[l]| {
            l.diagonal()
                .map(|l| l.ln() + 0.5 * (TAU * EULER).ln())
                .sum()
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for MultivariateNormal<N, E, T> {
    /// −½ ‖L⁻¹(x − μ)‖² − Σ ln Lᵢᵢ − ½ N ln 2π.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let parameters = [self.mean.clone().into(), self.scale_tril.clone().into()];
        let [mean, scale_tril] = parameters;
        let batch = (x.shape().0,);
        matrix_formula(
            [x.clone().into(), mean, scale_tril],
            batch,
            |[x, mean, l]| {
                Matrix::each([l.solve_lower(x - mean), l.diagonal()], |[z, l]| {
                    -0.5 * (z.square() + TAU.ln()) - l.ln()
                })
                .sum()
            },
        )
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for MultivariateNormal<N, E, T> {
    /// μ
    fn mean(&self) -> Batch<N, E, T> {
        self.mean.clone()
    }

    /// The diagonal of L Lᵀ.
    fn variance(&self) -> Batch<N, E, T> {
        let scale_tril = self.scale_tril.clone();
        matrix_formula([scale_tril.into()], *self.mean.shape(), |[l]| {
            l.lower().map(|l| l.square()).row_sums()
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for MultivariateNormal<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let mean = self.mean.retaped::<NoneTape>();
        let noise = draw([&mean], |_| rng.sample(StandardDraw));
        let scaled = matrix_formula(
            [self.scale_tril.retaped::<NoneTape>().into(), noise.into()],
            *mean.shape(),
            |[l, noise]| l.lower() * noise,
        );
        formula([mean, scaled], |[mean, scaled]| mean + scaled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::TensorFromVec;

    #[test]
    fn the_diagonal_has_to_be_positive() {
        let mean = Cpu::default().tensor_from_vec(vec![0.0, 0.0], (1, 2));
        let scale_tril = Cpu::default().tensor_from_vec(vec![1.0, 0.0, 0.0, -2.0], (1, 2, 2));
        let error = MultivariateNormal::<usize, f64>::new(mean, scale_tril);
        assert_eq!(
            error.expect_err("a negative diagonal").to_string(),
            "MultivariateNormal: the diagonal of scale_tril has to be finite and above 0, but its element 1 is -2"
        );
    }
}
