//! Normalization layers. Statistics are accumulated in `f64`, the variance around the mean.

mod batch_norm;
mod group_norm;
mod layer_norm;
mod planes;
mod running;

pub use batch_norm::{BatchStatistics, batch_norm, batch_norm_with};
pub use group_norm::{Groups, group_norm};
pub use layer_norm::layer_norm;
pub use running::batch_norm_running;
pub(crate) use running::{Observed, track};

use crate::Real;
use crate::reduce::{add_up, total};

/// Σ x.
#[inline(always)]
fn sum<E: Real>(x: &[E]) -> f64 {
    let mut sums = [0.0; 16];
    add_up(&mut sums, x);
    total(&sums)
}

/// Σ f(x, y), in 16 running sums, so that the loop vectorizes.
#[inline(always)]
fn sum_of<E: Real>(x: &[E], y: &[E], f: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; 16];
    for (x, y) in x.chunks(16).zip(y.chunks(16)) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += f(x.as_f64(), y.as_f64());
        }
    }
    total(&sums)
}
