//! Every operation of matrices: its value, and its gradient in every memory layout.

use dfdx::prelude::*;
use vae_ops::as_slice;
use vae_ops::linalg::{Matrix, matrix_formula};
use vae_testkit::{assert_close, assert_grad};

/// Σ sin aᵢⱼ bᵢⱼ with bᵢⱼ all different, so that no two elements of A can be mistaken for each other.
fn probe(a: Matrix<'_>) -> Matrix<'_> {
    let [rows, columns] = a.shape();
    let count = |size: usize| a.constant([size; 2], 1.0).lower().row_sums();
    let weights = count(rows).map(|i| 0.1 * i) + count(columns).map(|j| 0.03 * j).transpose();
    Matrix::each([a, weights], |[a, w]| (a * w).sin()).sum()
}

/// For a column x of any length and a square matrix of that size, well away from singular.
fn check(f: impl for<'t> Fn(Matrix<'t>, Matrix<'t>) -> Matrix<'t> + Copy + 'static) {
    assert_grad(0.3..1.1, move |[x, y]| {
        let batch = (x.shape().0,);
        matrix_formula([x.into(), y.into()], batch, move |[x, y]| {
            let [size, _] = x.shape();
            let square = (x * y.transpose()).map(|a| 0.1 * (3.0 * a).sin());
            f(square + square.identity(size), x)
        })
    });
}

#[test]
fn gradients_of_elementwise_operations() {
    check(|a, x| probe(a + x) + probe(x.transpose() - a) + probe(-a));
    check(|a, x| {
        probe(Matrix::each([a, x, x.transpose()], |[a, x, y]| a * x / y)) + probe(3.0 * x)
    });
    check(|a, _| probe(a.lower()) + probe(a.diagonal()) + probe(a.row_sums()) + a.sum());
    check(|a, x| probe(a.over(x.transpose())) + probe(a.transpose()) + a.square_norm());
}

#[test]
fn gradients_of_products_and_solutions() {
    check(|a, x| probe(a * x) + probe(x.transpose() * a));
    check(|a, _| probe(a * a));
    check(|a, x| probe(a.solve_lower(x)) + probe(a.solve_lower_transposed(x)));
    check(|a, _| probe(a.solve_lower(a.transpose()) + a.solve_lower_transposed(a)));
    check(|a, x| probe(a.gram_factor()) + probe(a.over(x.transpose()).gram_factor()));
}

#[test]
fn matrices_of_any_shape_keep_their_layout() {
    // The same numbers as (B, M, N), permuted, and broadcast.
    assert_grad(0.3..1.1, |[x]| {
        let (batch, n) = *x.shape();
        let matrices = x
            .broadcast_like::<(usize, usize, usize), Axis<2>>(&(batch, n, 3))
            .permute::<(usize, usize, usize), Axes3<0, 2, 1>>();
        matrix_formula([matrices.into()], (batch,), probe_one)
    });
    fn probe_one([a]: [Matrix<'_>; 1]) -> Matrix<'_> {
        probe(a)
    }
}

#[test]
fn an_input_may_be_given_twice() {
    assert_grad(0.3..1.1, |[x]| {
        let batch = (x.shape().0,);
        matrix_formula([x.clone().into(), x.into()], batch, |[x, y]| {
            x.transpose() * y
        })
    });
}

/// f of one matrix, row after row.
fn of<const M: usize, const N: usize>(
    a: [[f64; N]; M],
    f: impl for<'t> Fn(Matrix<'t>) -> Matrix<'t> + 'static,
) -> Vec<f64> {
    let a = Cpu::default().tensor([a]);
    let a = a.reshape_like(&(1, Const::<M>, Const::<N>));
    let out = matrix_formula([a.into()], (1, Const::<N>, Const::<N>), move |[a]| f(a));
    as_slice(&out).to_vec()
}

#[test]
fn factors_are_those_of_the_gram_matrix() {
    // AᵀA = [[25, 11], [11, 5]].
    let factor = of([[3.0, 1.0], [4.0, 2.0]], |a| a.gram_factor());
    let expected = [5.0, 0.0, 11.0 / 5.0, 0.4];
    for (a, b) in factor.into_iter().zip(expected) {
        assert_close(a, b, 1e-15);
    }
    // 1 + 10⁻²⁰ is 1 in floating point, and the Gram matrix singular; its factor is not.
    let factor = of([[1.0, 1.0], [1e-10, 0.0], [0.0, 1e-10]], |a| {
        a.gram_factor()
    });
    assert_close(factor[3] / (2f64.sqrt() * 1e-10), 1.0, 1e-6);
    // A column of zeros has no direction.
    assert_eq!(
        of([[0.0, 1.0], [0.0, 2.0], [0.0, 2.0]], |a| a.gram_factor())[0],
        0.0
    );
}

#[test]
fn solutions_read_the_lower_triangle_only() {
    let l = [[2.0, f64::NAN], [1.0, 4.0]];
    assert_eq!(
        of(l, |l| l.solve_lower(l.identity(2))),
        [0.5, 0.0, -0.125, 0.25]
    );
    assert_eq!(
        of(l, |l| l.solve_lower_transposed(l.identity(2))),
        [0.5, -0.125, 0.0, 0.25]
    );
}
