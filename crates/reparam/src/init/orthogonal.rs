use super::fill;
use dfdx::prelude::{Device, HasShape, Shape, Tensor};
use vae_ops::Real;

/// Fills a weight with g times a random matrix of orthonormal rows, or of orthonormal columns if it has more rows than
/// columns (Saxe, McClelland & Ganguli 2014): it keeps lengths, up to the gain g.
///
/// The weight is taken as a matrix (O, rest): the (O, C, K, K) of a convolution has CK² columns. All such matrices are
/// equally likely: this is the factor Q of a matrix of normal numbers, Z = QR, with the positive diagonal of R that makes it
/// unique (Mezzadri 2007). In `f64`; WWᵀ (or WᵀW) is g² times the identity to the accuracy of the elements.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_reparam::init_orthogonal;
///
/// let mut weight: Tensor<Rank2<2, 3>, f64, _> = Cpu::seed_from_u64(0).zeros();
/// init_orthogonal(&mut weight, 2.0);
/// let [[a, b], [c, d]] = weight.clone().matmul(weight.permute::<Rank2<3, 2>, _>()).array();
/// assert!((a - 4.0).abs() < 1e-14 && b.abs() < 1e-14 && c.abs() < 1e-14 && (d - 4.0).abs() < 1e-14);
/// ```
pub fn init_orthogonal<S: Shape, E: Real, D: Device<E>>(weight: &mut Tensor<S, E, D>, gain: f64) {
    const { assert!(S::NUM_DIMS >= 2, "an orthogonal weight is a matrix") };
    let rows = weight.shape().concrete()[0];
    fill(weight, |noise, values| {
        if values.is_empty() {
            return;
        }
        let columns = values.len() / rows;
        let len = rows.max(columns);
        let mut vectors = vec![0.0; values.len()];
        noise.fill_normal(&mut vectors);
        orthonormalize(&mut vectors, len);
        for (i, value) in values.iter_mut().enumerate() {
            let (row, column) = (i / columns, i % columns);
            let [vector, place] = if rows < columns {
                [row, column]
            } else {
                [column, row]
            };
            *value = E::of(gain * vectors[vector * len + place]);
        }
    });
}

/// Makes vectors of a length orthonormal, in their order (Gram & Schmidt): each keeps a positive component along itself.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn orthonormalize(vectors: &mut [f64], len: usize) {
    for start in (0..vectors.len()).step_by(len) {
        let (done, rest) = vectors.split_at_mut(start);
        let vector = &mut rest[..len];
        // Once leaves the rounding errors of what was subtracted; twice is enough (Giraud et al. 2005).
        for _ in 0..2 {
            for other in done.chunks_exact(len) {
                let along = dot(vector, other);
                for (x, o) in vector.iter_mut().zip(other) {
                    *x -= along * *o;
                }
            }
        }
        let norm = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= norm);
    }
}

/// In eight running sums, so that the loop vectorizes.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;

    /// The largest deviation of WWᵀ, or of WᵀW if there are more rows, from g² times the identity.
    fn deviation<S: ConstShape>(gain: f64) -> f64 {
        let mut weight: Tensor<S, f32, _> = Cpu::seed_from_u64(3).zeros();
        init_orthogonal(&mut weight, gain);
        let (w, rows) = (weight.as_vec(), weight.shape().concrete()[0]);
        let columns = w.len() / rows;
        let (count, len) = (rows.min(columns), rows.max(columns));
        let at = |vector: usize, i: usize| {
            let row_after_row = if rows < columns {
                vector * columns + i
            } else {
                i * columns + vector
            };
            f64::from(w[row_after_row])
        };
        let pairs = (0..count).flat_map(|a| (0..count).map(move |b| (a, b)));
        let product = |(a, b)| {
            let sum: f64 = (0..len).map(|i| at(a, i) * at(b, i)).sum();
            (sum - if a == b { gain * gain } else { 0.0 }).abs()
        };
        pairs.map(product).fold(0.0, f64::max)
    }

    #[test]
    fn rows_or_columns_are_orthonormal() {
        for gain in [1.0, 2f64.sqrt()] {
            assert!(deviation::<Rank2<64, 64>>(gain) < 1e-5);
            assert!(deviation::<Rank2<20, 300>>(gain) < 1e-5);
            assert!(deviation::<Rank2<300, 20>>(gain) < 1e-5);
            assert!(deviation::<Rank4<32, 8, 4, 4>>(gain) < 1e-5);
            assert!(deviation::<Rank4<32, 1, 4, 4>>(gain) < 1e-5);
            assert!(deviation::<Rank2<1, 1>>(gain) < 1e-5);
        }
    }

    #[test]
    fn all_directions_are_equally_likely() {
        // The trace of a random orthogonal matrix has mean 0 and variance 1 (Diaconis & Shahshahani 1994), but not with signs
        // that depend on the vectors, as routines for QR choose them.
        let device = Cpu::seed_from_u64(5);
        let traces: Vec<f64> = (0..4000)
            .map(|_| {
                let mut w: Tensor<Rank2<3, 3>, f64, _> = device.zeros();
                init_orthogonal(&mut w, 1.0);
                let w = w.array();
                w[0][0] + w[1][1] + w[2][2]
            })
            .collect();
        let mean = traces.iter().sum::<f64>() / 4000.0;
        let square = traces.iter().map(|t| t * t).sum::<f64>() / 4000.0;
        // Four standard errors: the fourth moment is 3.
        assert!(mean.abs() < 4.0 / 4000f64.sqrt(), "{mean}");
        assert!(
            (square - 1.0).abs() < 4.0 * (2.0 / 4000f64).sqrt(),
            "{square}"
        );
    }
}
