use vae_ops::Real;

/// The first two principal components of the rows of `points` (n × width): (x, y) of each row.
///
/// The directions of largest variance, found by orthogonal iteration on the covariance. Each is given the sign that
/// makes its largest entry positive, so that the same data give the same picture. One column gives y = 0.
///
/// ```
/// let points = [3.0f64, 0.0, 1.0, 0.1, -4.0, -0.1];
/// let projected = vae_metrics::principal_components(&points, 2);
/// assert!((projected[0].0 - 3.0).abs() < 0.1 && projected[2].0 < -3.9);
/// ```
pub fn principal_components<E: Real>(points: &[E], width: usize) -> Vec<(f64, f64)> {
    let rows = || points.chunks_exact(width);
    let count = rows().len() as f64;
    let mut mean = vec![0.0; width];
    for row in rows() {
        mean.iter_mut()
            .zip(row)
            .for_each(|(m, x)| *m += x.as_f64() / count);
    }
    let centred: Vec<f64> = rows()
        .flat_map(|row| row.iter().zip(&mean).map(|(x, m)| x.as_f64() - m))
        .collect();
    let rows = || centred.chunks_exact(width);

    // Two generic directions; 300 iterations separate eigenvalues that differ by a few per cent.
    let mut axes = [0.0, 1.0].map(|phase| {
        (0..width)
            .map(|i| (i as f64 + phase).cos() + 0.1)
            .collect::<Vec<f64>>()
    });
    let covariance = covariance(&centred, width);
    for _ in 0..300 {
        for axis in &mut axes {
            *axis = covariance
                .chunks_exact(width)
                .map(|row| dot(row, axis))
                .collect();
        }
        let [first, second] = &mut axes;
        normalize(first);
        let overlap = dot(first, second);
        second
            .iter_mut()
            .zip(first.iter())
            .for_each(|(s, f)| *s -= overlap * f);
        normalize(second);
    }
    rows()
        .map(|row| (dot(row, &axes[0]), dot(row, &axes[1])))
        .collect()
}

fn covariance(centred: &[f64], width: usize) -> Vec<f64> {
    let mut covariance = vec![0.0; width * width];
    for row in centred.chunks_exact(width) {
        for (x, line) in row.iter().zip(covariance.chunks_exact_mut(width)) {
            line.iter_mut().zip(row).for_each(|(c, y)| *c += x * y);
        }
    }
    covariance
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// To length 1, its largest entry positive. A vector that is 0 up to rounding becomes 0.
fn normalize(v: &mut [f64]) {
    let length = dot(v, v).sqrt();
    let largest = v.iter().fold(
        0.0f64,
        |largest, x| if x.abs() > largest.abs() { *x } else { largest },
    );
    let scale = if length > 1e-12 {
        largest.signum() / length
    } else {
        0.0
    };
    v.iter_mut().for_each(|x| *x *= scale);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_axes_of_a_rotated_cloud() {
        let (sin, cos) = 0.6f64.sin_cos();
        // Uncorrelated coordinates with variances 9 and 1, rotated by 0.6, and a constant third column.
        let cloud: Vec<(f64, f64)> = (0..4000)
            .map(|i| (f64::from(i) * 0.37, f64::from(i) * 0.91))
            .map(|(a, b)| (3.0 * a.sin(), b.cos()))
            .collect();
        let points: Vec<f64> = cloud
            .iter()
            .flat_map(|(a, b)| [cos * a - sin * b, sin * a + cos * b, 5.0])
            .collect();
        for ((x, y), (a, b)) in principal_components(&points, 3).into_iter().zip(cloud) {
            assert!(
                (x - a).abs() < 0.05 && (y.abs() - b.abs()).abs() < 0.05,
                "({x}, {y}) for ({a}, {b})"
            );
        }
    }

    #[test]
    fn copes_with_one_column_and_with_constant_data() {
        assert!(
            principal_components(&[1.0, 2.0, 3.0], 1)
                .iter()
                .all(|(x, y)| x.is_finite() && *y == 0.0)
        );
        assert!(
            principal_components(&[7.0; 12], 3)
                .iter()
                .all(|p| *p == (0.0, 0.0))
        );
    }
}
