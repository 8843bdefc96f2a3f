//! Codes along a path.

use crate::Interpolation;
use dfdx::prelude::{Dim, HasShape};
use vae_ops::{Batch, Real, as_slice};

/// From each row of `from` to that of `to`.
pub(crate) fn between<Z: Dim, E: Real>(
    from: &Batch<Z, E>,
    to: &Batch<Z, E>,
    steps: usize,
    way: Interpolation,
) -> Vec<E> {
    assert!(steps >= 2, "an interpolation has two ends");
    assert_eq!(from.shape(), to.shape());
    let width = from.shape().1.size().max(1);
    let pairs = as_slice(from).chunks(width).zip(as_slice(to).chunks(width));
    let mut z = Vec::with_capacity(from.shape().0 * width * steps);
    for (a, b) in pairs {
        for step in 0..steps {
            let t = step as f64 / (steps - 1) as f64;
            let [of_a, of_b] = match way {
                Interpolation::Linear => [1.0 - t, t],
                Interpolation::Spherical => spherical(a, b, t),
            };
            z.extend(
                a.iter()
                    .zip(b)
                    .map(|(a, b)| E::of(of_a) * *a + E::of(of_b) * *b),
            );
        }
    }
    z
}

/// The weights of a and b.
fn spherical<E: Real>(a: &[E], b: &[E], t: f64) -> [f64; 2] {
    let dot = |x: &[E], y: &[E]| -> f64 {
        let products = x.iter().zip(y).map(|(x, y)| x.as_f64() * y.as_f64());
        products.sum()
    };
    let angle = (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt())
        .clamp(-1.0, 1.0)
        .acos();
    // Not so for NaN, the angle of a zero.
    if angle.sin() > 1e-6 {
        [(1.0 - t) * angle, t * angle].map(|part| part.sin() / angle.sin())
    } else {
        [1.0 - t, t]
    }
}

/// Each dimension in turn at each of the values, for each row.
pub(crate) fn sweep<Z: Dim, E: Real>(
    center: &Batch<Z, E>,
    dimensions: &[usize],
    values: &[E],
) -> Vec<E> {
    let width = center.shape().1.size();
    let mut z = Vec::new();
    for row in as_slice(center).chunks(width.max(1)) {
        for &dimension in dimensions {
            assert!(
                dimension < width,
                "dimension {dimension} of a code of {width}"
            );
            for value in values {
                let start = z.len();
                z.extend_from_slice(row);
                z[start + dimension] = *value;
            }
        }
    }
    z
}
