use rayon::prelude::*;
use vae_ops::Real;

/// A positive definite kernel k(z, z′) on codes of D dimensions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    /// exp(−‖z − z′‖²/2s²) with s² = `scale` · D: the radial basis function, with the scale of codes from N(0, I) for 1.
    Rbf {
        /// In units of D.
        scale: f64,
    },
    /// c/(c + ‖z − z′‖²) with c = 2 · `scale` · D: the inverse multiquadric, whose tails reach codes far from the prior's; c is
    /// the expected square distance of two codes from N(0, I) for 1, as in Tolstikhin et al. (2018, §4).
    InverseMultiquadric {
        /// In units of 2D.
        scale: f64,
    },
}

impl Kernel {
    /// k at a square distance, and its derivative there.
    fn at(self, square: f64, dimensions: f64) -> (f64, f64) {
        match self {
            Self::Rbf { scale } => {
                let rate = 0.5 / (scale * dimensions);
                let value = (-rate * square).exp();
                (value, -rate * value)
            }
            Self::InverseMultiquadric { scale } => {
                let c = 2.0 * scale * dimensions;
                (c / (c + square), -c / (c + square).powi(2))
            }
        }
    }
}

/// The unbiased estimate of the square of the maximum mean discrepancy of two samples z and y of n rows each (Gretton et al.
/// 2012, eq. 3), Σ_{i≠j} (k(zᵢ, zⱼ) + k(yᵢ, yⱼ))/n(n − 1) − 2 Σᵢⱼ k(zᵢ, yⱼ)/n², and its gradient in z.
///
/// 0 in expectation, and sometimes below, where both come from one distribution.
///
/// ```
/// use vae_losses::{Kernel, mmd};
///
/// let (value, _) = mmd(&[0.0, 1.0], &[0.0, 1.0], 1, Kernel::Rbf { scale: 1.0 });
/// assert!((value - ((-0.5f64).exp() - 1.0)).abs() < 1e-12);
/// ```
///
/// # Panics
/// If there are fewer than two rows, or not as many of both.
pub fn mmd<E: Real>(z: &[E], y: &[E], dimensions: usize, kernel: Kernel) -> (f64, Vec<E>) {
    let n = z.len() / dimensions;
    assert!(
        n > 1 && y.len() == z.len(),
        "two samples of as many rows, two at least"
    );
    let [z, y] = [z, y].map(|x| x.iter().map(|x| x.as_f64()).collect::<Vec<_>>());
    let (z, y) = (|| z.chunks(dimensions), || y.chunks(dimensions));
    let (within, between) = (1.0 / (n * (n - 1)) as f64, 2.0 / (n * n) as f64);
    let row = |(i, (z_i, y_i)): (usize, (&[f64], &[f64]))| {
        let pair = |a: &[f64], b: &[f64]| {
            let square = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
            kernel.at(square, dimensions as f64)
        };
        let (mut value, mut gradient) = (0.0, vec![0.0; dimensions]);
        let mut pull = |weight: f64, other: &[f64]| {
            for ((g, a), b) in gradient.iter_mut().zip(z_i).zip(other) {
                *g += 2.0 * weight * (a - b);
            }
        };
        for (j, (z_j, y_j)) in z().zip(y()).enumerate() {
            if i != j {
                let (k, slope) = pair(z_i, z_j);
                value += within * (k + pair(y_i, y_j).0);
                // A pair of codes is in the sum twice.
                pull(2.0 * within * slope, z_j);
            }
            let (k, slope) = pair(z_i, y_j);
            value -= between * k;
            pull(-between * slope, y_j);
        }
        (value, gradient)
    };
    let rows: Vec<_> = z().zip(y()).enumerate().collect();
    let rows: Vec<(f64, Vec<f64>)> = rows.into_par_iter().map(row).collect();
    let value = rows.iter().map(|(value, _)| value).sum();
    let gradient = rows.iter().flat_map(|(_, gradient)| gradient);
    (value, gradient.map(|g| E::of(*g)).collect())
}
