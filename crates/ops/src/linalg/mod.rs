//! Formulas of small matrices, one per example, that differentiate themselves: for densities and divergences whose
//! elements depend on each other.
//!
//! ```
//! use dfdx::prelude::*;
//! use vae_ops::linalg::matrix_formula;
//!
//! let device = Cpu::default();
//! // ‖L⁻¹ x‖² of two examples.
//! let l = device.tensor_from_vec(vec![2.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 4.0], (2, Const::<2>, Const::<2>));
//! let x = device.tensor_from_vec(vec![2.0, 3.0, 1.0, 8.0], (2, Const::<2>));
//! let norms = matrix_formula([l.into(), x.into()], (2,), |[l, x]| l.solve_lower(x).square_norm());
//! assert_eq!(norms.as_vec(), [5.0, 5.0]);
//! ```

mod array;
mod matrix;
mod operators;

pub use matrix::Matrix;

use crate::{Batch, PerExample, Real, Record, as_slice};
use array::Array;
use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, ReshapeTo, Shape, SplitTape};
use dfdx::prelude::{Tensor, TensorFromVec};
use matrix::Tape;

/// One matrix per example, an input of [`matrix_formula`]: made `from` a tensor (B, M, N), an event (B, N), which is a
/// column, or one number per example (B,).
#[derive(Clone, Debug)]
pub struct Matrices<E: Real, T> {
    /// (B, rows · columns)
    values: Batch<usize, E, T>,
    rows: usize,
    columns: usize,
}

impl<E: Real, T: Record<E>> Matrices<E, T> {
    fn new<S: Shape>(values: Tensor<S, E, Cpu, T>, [rows, columns]: [usize; 2]) -> Self {
        let batch = values.shape().concrete().as_ref()[0];
        Self {
            values: values.contiguous().reshape_like(&(batch, rows * columns)),
            rows,
            columns,
        }
    }
}

impl<E: Real, T: Record<E>> From<PerExample<E, T>> for Matrices<E, T> {
    fn from(values: PerExample<E, T>) -> Self {
        Self::new(values, [1, 1])
    }
}

impl<N: Dim, E: Real, T: Record<E>> From<Batch<N, E, T>> for Matrices<E, T> {
    fn from(values: Batch<N, E, T>) -> Self {
        let shape = [values.shape().1.size(), 1];
        Self::new(values, shape)
    }
}

impl<M: Dim, N: Dim, E: Real, T: Record<E>> From<Tensor<(usize, M, N), E, Cpu, T>>
    for Matrices<E, T>
{
    fn from(values: Tensor<(usize, M, N), E, Cpu, T>) -> Self {
        let shape = [values.shape().1.size(), values.shape().2.size()];
        Self::new(values, shape)
    }
}

/// Applies one formula of `K` matrices to every example; its derivatives come from the formula itself, by reverse-mode
/// differentiation. Computed in `f64`, for `f32` too. `shape` is the result's, with as many elements for each example as
/// the formula returns.
///
/// # Panics
/// If the batch sizes differ, if a shape does not fit its operation, or without an input.
pub fn matrix_formula<const K: usize, S: Shape, E: Real, T: Record<E>>(
    inputs: [Matrices<E, T>; K],
    shape: S,
    f: impl for<'t> Fn([Matrix<'t>; K]) -> Matrix<'t> + 'static,
) -> Tensor<S, E, Cpu, T> {
    let shapes = inputs.each_ref().map(|m| [m.rows, m.columns]);
    let mut merged: Option<T> = None;
    let inputs = inputs.map(|input| {
        let (values, tape) = input.values.split_tape();
        let wanted = tape.wants_gradient();
        merged = Some(match merged.take() {
            Some(merged) => merged.merge(tape),
            None => tape,
        });
        (values, wanted)
    });
    let mut tape = merged.unwrap_or_default();
    let batch = shape.concrete().as_ref()[0];
    assert!(
        inputs.iter().all(|(x, _)| x.shape().0 == batch),
        "batch sizes of a formula of matrices differ"
    );

    let mut out = Vec::with_capacity(shape.num_elements());
    for row in 0..batch {
        let tape = Tape::default();
        let result = f(operands(&tape, &inputs, shapes, row)).index;
        let result = &tape.0.borrow()[result].value;
        out.extend(result.values.iter().map(|x| E::of(*x)));
    }
    let out = inputs[0].0.device().tensor_from_vec(out, shape);

    if T::OWNS_TAPE {
        let out_ghost = out.ghost();
        tape.add_backward_op(move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.get_or_alloc_mut(&out_ghost)?);
            // There is a gradient of what the formula does not use, too.
            for (input, _) in inputs.iter().filter(|(_, wanted)| *wanted) {
                gradients.try_alloc_for(&input.ghost())?;
            }
            for row in 0..batch {
                let tape = Tape::default();
                let result = f(operands(&tape, &inputs, shapes, row));
                let [rows, columns] = result.shape();
                let grad = Array {
                    rows,
                    columns,
                    values: part(&grad_out, rows * columns, row),
                };
                let shares = tape.gradients(K, result.index, grad);
                for ((input, wanted), share) in inputs.iter().zip(shares) {
                    if let (true, Some(share)) = (wanted, share) {
                        let grad = gradients.get_or_alloc_mut(&input.ghost())?;
                        let grad = &mut grad[row * share.values.len()..];
                        for (grad, share) in grad.iter_mut().zip(&share.values) {
                            *grad += E::of(*share);
                        }
                    }
                }
            }
            Ok(())
        });
    }
    out.put_tape(tape)
}

/// The matrices of one example, the first nodes of its tape.
fn operands<'t, const K: usize, E: Real>(
    tape: &'t Tape,
    inputs: &[(Batch<usize, E>, bool); K],
    shapes: [[usize; 2]; K],
    row: usize,
) -> [Matrix<'t>; K] {
    std::array::from_fn(|k| {
        let [rows, columns] = shapes[k];
        let values = part(as_slice(&inputs[k].0), rows * columns, row);
        tape.constant(Array {
            rows,
            columns,
            values,
        })
    })
}

/// The elements of one example.
fn part<E: Real>(values: &[E], len: usize, row: usize) -> Vec<f64> {
    let values = &values[row * len..][..len];
    values.iter().map(|x| x.as_f64()).collect()
}
