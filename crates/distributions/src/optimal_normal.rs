use crate::isotropic_normal::square_error;
use crate::{Density, Moments};
use dfdx::prelude::{Axis, BroadcastTo, Dim, HasShape, NoneTape};
use std::f64::consts::TAU;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, mean_over};

/// What the variance of an [`OptimalNormal`] is shared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SharedBy {
    /// All examples that `log_prob` is given at once, as in the paper. In training these are the examples of a shard of the
    /// batch.
    #[default]
    Batch,
    /// The elements of one example: each has its own.
    Example,
}

/// The normal likelihood N(x; μ, σ² I) at the variance that makes it largest, σ*² = mean of (x − μ)², from its mean (B, N):
/// the optimal σ-VAE (Rybkin, Daniilidis & Levine 2021, "Simple and effective VAE training with calibrated decoders").
/// Its logarithm is −N/2 (ln 2πσ*² + 1), on average over what shares σ*; the gradient goes through σ*.
///
/// It would be unbounded where x = μ. So the paper's code bends ln σ* softly to stay above a bound,
/// ln σ = m + ln(1 + exp(ln σ* − m)), which is σ = eᵐ + σ*: `min_scale` is eᵐ, e⁻⁶ there. That makes it smaller, by
/// N (`min_scale`/σ*)² to leading order.
///
/// As a function of x this is no density, since σ depends on x: it is larger than that of any fixed σ, but for `min_scale`,
/// and comparable only to others of its kind. There is no sampler, and no variance before x is known.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, OptimalNormal, SharedBy};
///
/// let tensor = |x: [f64; 2]| Cpu::default().tensor_from_vec(x.to_vec(), (1, Const::<2>));
/// let p = OptimalNormal { mean: tensor([0.0, 0.0]), shared_by: SharedBy::Example, min_scale: 0.0 };
/// assert_eq!(p.scale(&tensor([3.0, -3.0])).as_vec(), [3.0]);
/// assert_eq!(p.log_prob(&tensor([1.0, -1.0])).as_vec(), [-1.0 - std::f64::consts::TAU.ln()]);
/// ```
#[derive(Clone, Debug)]
pub struct OptimalNormal<N: Dim, E: Real = f32, T = NoneTape> {
    /// μ
    pub mean: Batch<N, E, T>,
    /// Whose mean square σ*² is.
    pub shared_by: SharedBy,
    /// What is added to σ*.
    pub min_scale: f64,
}

impl<N: Dim, E: Real, T: Record<E>> OptimalNormal<N, E, T> {
    /// σ of each example, (B,).
    pub fn scale(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        self.scale_from(square_error(x, &self.mean))
    }

    /// From ‖x − μ‖².
    fn scale_from(&self, square: PerExample<E, T>) -> PerExample<E, T> {
        let (batch, n) = *self.mean.shape();
        let (n, min_scale) = (n.size() as f64, self.min_scale);
        let square = match self.shared_by {
            SharedBy::Batch => mean_over(square, Axis::<0>).broadcast_like(&(batch,)),
            SharedBy::Example => square,
        };
        formula([square], move |[square]| {
            // The root has no derivative at 0; as of |x|, it is taken as 0.
            if square.value == E::zero() {
                Dual::constant(min_scale)
            } else {
                (square / n).sqrt() + min_scale
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for OptimalNormal<N, E, T> {
    /// −½ ‖x − μ‖²/σ² − N/2 ln 2πσ².
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let n = self.mean.shape().1.size() as f64;
        let square = square_error(x, &self.mean);
        let scale = self.scale_from(square.clone());
        formula([square, scale], move |[square, scale]| {
            -0.5 * (square / scale / scale) - n * (scale.ln() + 0.5 * TAU.ln())
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for OptimalNormal<N, E, T> {
    /// μ
    fn mean(&self) -> Batch<N, E, T> {
        self.mean.clone()
    }

    /// NaN: it depends on x.
    fn variance(&self) -> Batch<N, E, T> {
        formula([self.mean.clone()], |_| Dual::constant(f64::NAN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IsotropicNormal;
    use dfdx::prelude::{Cpu, TensorFromVec};
    use vae_ops::{GradTape, backward, batch_mean};
    use vae_testkit::{Matrix, assert_close, assert_grad, spread};

    const ROWS: usize = 3;

    fn rows(values: Vec<f64>) -> Batch<usize, f64> {
        let width = values.len() / ROWS;
        Cpu::default().tensor_from_vec(values, (ROWS, width))
    }

    fn of(mean: Batch<usize, f64>, shared_by: SharedBy) -> OptimalNormal<usize, f64> {
        OptimalNormal {
            mean,
            shared_by,
            min_scale: 0.0,
        }
    }

    #[test]
    fn no_other_variance_makes_it_larger() {
        let [x, mean] = [1, 2].map(|stream| rows(spread(stream, ROWS * 5)));
        for shared_by in [SharedBy::Batch, SharedBy::Example] {
            let p = of(mean.clone(), shared_by);
            let (best, scale) = (p.log_prob(&x).as_vec(), p.scale(&x).as_vec());
            for factor in [0.8, 0.99, 1.0, 1.01, 1.3] {
                let log_var = scale.iter().map(|s| 2.0 * (factor * s).ln()).collect();
                let log_var = Cpu::default().tensor_from_vec(log_var, (ROWS,));
                let mean = mean.clone();
                let other = IsotropicNormal { mean, log_var }.log_prob(&x).as_vec();
                let gain = best.iter().sum::<f64>() - other.iter().sum::<f64>();
                if factor == 1.0 {
                    assert_close(gain, 0.0, 1e-13);
                } else {
                    assert!(gain > 1e-4, "{gain} at {factor} σ*");
                }
            }
            let entropy = |s: &f64| -2.5 * ((TAU * s * s).ln() + 1.0);
            let analytic: f64 = scale.iter().map(entropy).sum();
            assert_close(best.iter().sum(), analytic, 1e-13);
        }
    }

    #[test]
    fn gradients_go_through_the_variance() {
        for shared_by in [SharedBy::Batch, SharedBy::Example] {
            assert_grad(-2.0..2.0, |[x, mean]: [Matrix; 2]| {
                let min_scale = 0.1;
                OptimalNormal {
                    mean,
                    shared_by,
                    min_scale,
                }
                .log_prob(&x)
            });
        }
    }

    /// By torch 2.9.1, from `softclip` and `gaussian_nll` of the authors' code, with autograd.
    #[test]
    fn it_is_that_of_the_authors() {
        let x = rows(vec![0.1, 0.9, 0.4, 0.3, 1.0, 0.0]);
        let mean = rows(vec![0.2, 0.7, 0.5, 0.5, 0.6, 0.1]);
        let p = OptimalNormal {
            mean: mean.retaped::<GradTape<f64>>(),
            shared_by: SharedBy::Batch,
            min_scale: (-6f64).exp(),
        };
        let log_prob = p.log_prob(&x.retaped());
        let values = [0.6971849597787656, 0.6971849597787658, -0.6055262731271789];
        for (ours, theirs) in log_prob.as_vec().iter().zip(values) {
            assert_close(*ours, theirs, 1e-14);
        }
        // Of the sum over the batch.
        let gradient = backward(batch_mean(log_prob), 3.0).get(&mean).as_vec();
        let unit = 2.2216327473615927;
        for (ours, factor) in gradient.iter().zip([-1.0, 2.0, -1.0, -2.0, 4.0, -1.0]) {
            assert_close(*ours, factor * unit, 1e-13);
        }
    }

    #[test]
    fn a_perfect_reconstruction_is_finite() {
        let x: Batch<usize> = Cpu::default().tensor_from_vec(vec![0.5; 6], (2, 3));
        let p = OptimalNormal {
            mean: x.retaped::<GradTape>(),
            shared_by: SharedBy::Batch,
            min_scale: 0.25,
        };
        let log_prob = p.log_prob(&x.retaped());
        let expected = -3.0 * (0.25f32.ln() + 0.5 * TAU.ln() as f32);
        assert!((log_prob.as_vec()[0] - expected).abs() < 1e-5);
        let gradient = backward(batch_mean(log_prob), 1.0).get(&x);
        assert_eq!(gradient.as_vec(), [0.0; 6]);
    }
}
