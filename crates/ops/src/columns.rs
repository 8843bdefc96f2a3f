use crate::gradients::address;
use crate::{Batch, Real, Record, as_slice};
use dfdx::prelude::{Dim, HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};

/// Some columns next to each other, from column `first` on: (B, N) → (B, M).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{columns, Batch};
///
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], (2, Const::<3>));
/// let last: Batch<Const<2>, f64> = columns(x, 1, Const);
/// assert_eq!(last.as_vec(), [2.0, 3.0, 5.0, 6.0]);
/// ```
///
/// # Panics
/// If there are not that many.
pub fn columns<N: Dim, M: Dim, E: Real, T: Record<E>>(
    x: Batch<N, E, T>,
    first: usize,
    width: M,
) -> Batch<M, E, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let (batch, from) = (x.shape().0, x.shape().1.size());
    let range = first..first + width.size();
    assert!(range.end <= from, "columns {range:?} of {from}");
    let rows = as_slice(&x).chunks(from.max(1));
    let out = rows.flat_map(|row| &row[range.clone()]).copied().collect();
    let out = x.device().tensor_from_vec(out, (batch, width));
    if T::OWNS_TAPE && tape.wants_gradient() {
        let (x_ghost, out_ghost) = (x.ghost(), out.ghost());
        tape.record(&[address(&x)], move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            let grad = gradients.slots.get_or_alloc_mut(&x_ghost)?;
            let rows = grad.chunks_mut(from.max(1));
            for (grad, out) in rows.zip(grad_out.chunks(range.len().max(1))) {
                add(&mut grad[range.clone()], out);
            }
            Ok(())
        });
        out.put_tape(tape)
    } else {
        out.put_tape(tape.as_data())
    }
}

/// The columns that `indices` names, in that order: (B, N) → (B, M), where `width` stands for M. A column may be named more
/// than once, or not at all.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{select_columns, Batch};
///
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, Const::<2>));
/// let swapped: Batch<Const<2>, f64> = select_columns(x, vec![1, 0], Const);
/// assert_eq!(swapped.as_vec(), [2.0, 1.0, 4.0, 3.0]);
/// ```
///
/// # Panics
/// If there is no such column, or `width` is not the number of indices.
pub fn select_columns<N: Dim, M: Dim, E: Real, T: Record<E>>(
    x: Batch<N, E, T>,
    indices: Vec<usize>,
    width: M,
) -> Batch<M, E, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let (batch, from) = (x.shape().0, x.shape().1.size().max(1));
    assert_eq!(width.size(), indices.len(), "the width of what is selected");
    let rows = as_slice(&x).chunks(from);
    let out = rows.flat_map(|row| indices.iter().map(|i| row[*i]));
    let out = x.device().tensor_from_vec(out.collect(), (batch, width));
    if T::OWNS_TAPE && tape.wants_gradient() {
        let (x_ghost, out_ghost) = (x.ghost(), out.ghost());
        tape.record(&[address(&x)], move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            let grad = gradients.slots.get_or_alloc_mut(&x_ghost)?;
            let rows = grad.chunks_mut(from);
            for (grad, out) in rows.zip(grad_out.chunks(indices.len().max(1))) {
                indices.iter().zip(out).for_each(|(i, g)| grad[*i] += *g);
            }
            Ok(())
        });
        out.put_tape(tape)
    } else {
        out.put_tape(tape.as_data())
    }
}

/// The columns of `x`, then those of `y`: (B, N), (B, M) → (B, N + M), where `width` stands for N + M.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{concat, Batch};
///
/// let device = Cpu::default();
/// let x = device.tensor_from_vec(vec![1.0, 2.0], (2, Const::<1>));
/// let y = device.tensor_from_vec(vec![3.0, 4.0, 5.0, 6.0], (2, Const::<2>));
/// let both: Batch<Const<3>, f64> = concat(x, y, Const);
/// assert_eq!(both.as_vec(), [1.0, 3.0, 4.0, 2.0, 5.0, 6.0]);
/// ```
///
/// # Panics
/// If the batches differ in size, or `width` is not N + M.
pub fn concat<N: Dim, M: Dim, S: Dim, E: Real, T: Record<E>>(
    x: Batch<N, E, T>,
    y: Batch<M, E, T>,
    width: S,
) -> Batch<S, E, T> {
    let (x, x_tape) = x.contiguous().split_tape();
    let (y, y_tape) = y.contiguous().split_tape();
    let wanted = [x_tape.wants_gradient(), y_tape.wants_gradient()];
    let mut tape = x_tape.merge(y_tape);
    let (batch, n, m) = (x.shape().0, x.shape().1.size(), y.shape().1.size());
    assert_eq!(batch, y.shape().0, "batches differ in size");
    assert_eq!(width.size(), n + m, "the width of {n} and {m} columns");
    let mut out = Vec::with_capacity(batch * (n + m));
    for row in 0..batch {
        out.extend_from_slice(&as_slice(&x)[row * n..][..n]);
        out.extend_from_slice(&as_slice(&y)[row * m..][..m]);
    }
    let out = x.device().tensor_from_vec(out, (batch, width));
    if T::OWNS_TAPE && wanted != [false; 2] {
        let (x_ghost, y_ghost, out_ghost) = (x.ghost(), y.ghost(), out.ghost());
        tape.record(&[address(&x), address(&y)], move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            if wanted[0] {
                let grad = gradients.slots.get_or_alloc_mut(&x_ghost)?;
                for (row, out) in grad_out.chunks((n + m).max(1)).enumerate() {
                    add(&mut grad[row * n..][..n], &out[..n]);
                }
            }
            if wanted[1] {
                let grad = gradients.slots.get_or_alloc_mut(&y_ghost)?;
                for (row, out) in grad_out.chunks((n + m).max(1)).enumerate() {
                    add(&mut grad[row * m..][..m], &out[n..]);
                }
            }
            Ok(())
        });
        out.put_tape(tape)
    } else {
        out.put_tape(tape.as_data())
    }
}

fn add<E: Real>(sum: &mut [E], other: &[E]) {
    sum.iter_mut().zip(other).for_each(|(s, g)| *s += *g);
}
