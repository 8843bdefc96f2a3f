use crate::Real;
use gemm::Parallelism;
use std::ops::Range;

/// A borrowed row-major matrix, or the transpose of one.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, E> {
    data: &'a [E],
    rows: usize,
    cols: usize,
    row_stride: isize,
    col_stride: isize,
}

impl<'a, E: Real> Matrix<'a, E> {
    pub(crate) fn new(data: &'a [E], rows: usize, cols: usize) -> Self {
        assert_eq!(data.len(), rows * cols);
        Self {
            data,
            rows,
            cols,
            row_stride: cols as isize,
            col_stride: 1,
        }
    }

    /// Some of the columns.
    pub(crate) fn columns(self, range: Range<usize>) -> Self {
        assert!(self.col_stride == 1 && range.end <= self.cols);
        Self {
            data: &self.data[range.start.min(self.data.len())..],
            cols: range.len(),
            ..self
        }
    }

    pub(crate) fn transposed(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }
}

/// out += lhs · rhs, with `out` row-major.
///
/// On one thread: a training step runs its shards of the batch side by side, which scales better than splitting
/// products this small and makes the result independent of the number of threads.
pub(crate) fn add_product<E: Real>(out: &mut [E], lhs: Matrix<E>, rhs: Matrix<E>) {
    multiply(out, lhs, rhs, true);
}

/// out = lhs · rhs, with `out` row-major; what it held is not read.
pub(crate) fn set_product<E: Real>(out: &mut [E], lhs: Matrix<E>, rhs: Matrix<E>) {
    multiply(out, lhs, rhs, false);
}

fn multiply<E: Real>(out: &mut [E], lhs: Matrix<E>, rhs: Matrix<E>, add: bool) {
    let (m, k, n) = (lhs.rows, lhs.cols, rhs.cols);
    assert_eq!((k, out.len()), (rhs.rows, m * n));
    // SAFETY: `out` holds m·n elements, and the constructors of `Matrix` have checked that the strides stay inside the
    // two inputs; `out` is borrowed mutably and so overlaps neither. `E` is `f32` or `f64`, as `gemm` requires.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            add,
            lhs.data.as_ptr(),
            lhs.col_stride,
            lhs.row_stride,
            rhs.data.as_ptr(),
            rhs.col_stride,
            rhs.row_stride,
            E::one(),
            E::one(),
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lhs: &[f64], rhs: &[f64], (m, k, n): (usize, usize, usize)) -> Vec<f64> {
        let cell = |i, j| (0..k).map(|p| lhs[i * k + p] * rhs[p * n + j]).sum();
        (0..m * n).map(|c| cell(c / n, c % n)).collect()
    }

    fn transpose(x: &[f64], rows: usize, cols: usize) -> Vec<f64> {
        (0..x.len())
            .map(|c| x[(c % rows) * cols + c / rows])
            .collect()
    }

    #[test]
    fn agrees_with_the_plain_product_in_every_layout() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 7), (16, 1, 9), (33, 20, 17), (2, 0, 3)] {
            let lhs: Vec<f64> = (0..m * k).map(|i| (i as f64 * 0.7).sin()).collect();
            let rhs: Vec<f64> = (0..k * n).map(|i| (i as f64 * 1.3).cos()).collect();
            let expected = plain(&lhs, &rhs, (m, k, n));
            let (lhs_t, rhs_t) = (transpose(&lhs, m, k), transpose(&rhs, k, n));
            for (l, r) in [
                (Matrix::new(&lhs, m, k), Matrix::new(&rhs, k, n)),
                (
                    Matrix::new(&lhs_t, k, m).transposed(),
                    Matrix::new(&rhs, k, n),
                ),
                (
                    Matrix::new(&lhs, m, k),
                    Matrix::new(&rhs_t, n, k).transposed(),
                ),
            ] {
                let mut out = vec![2.0; m * n];
                add_product(&mut out, l, r);
                for (o, e) in out.iter().zip(&expected) {
                    assert!((o - 2.0 - e).abs() < 1e-12, "{m}×{k}×{n}: {o} against {e}");
                }
                out.fill(f64::NAN);
                set_product(&mut out, l, r);
                for (o, e) in out.iter().zip(&expected) {
                    assert!((o - e).abs() < 1e-12, "{m}×{k}×{n}: {o} against {e}");
                }
            }
        }
    }
}
