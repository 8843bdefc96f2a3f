//! Products of rows, numbers of rows, and longer rows.

use dfdx::prelude::{Axis, BroadcastTo, Const, ConstDim, Cpu, Dim, HasShape, PutTape};
use dfdx::prelude::{ReshapeTo, TensorFromVec};
use vae_ops::{Batch, PerExample, Real, Record, concat, sum_formula};

/// aᵀb of each example, (B,).
pub(crate) fn dot<N: ConstDim, E: Real, T: Record<E>>(
    a: &Batch<N, E, T>,
    b: &Batch<N, E, T>,
) -> PerExample<E, T> {
    sum_formula([a.clone(), b.clone()], |[a, b]| a * b)
}

/// ‖a‖² of each example, (B,).
pub(crate) fn square_norm<N: ConstDim, E: Real, T: Record<E>>(
    a: &Batch<N, E, T>,
) -> PerExample<E, T> {
    sum_formula([a.clone()], |[a]| a.square())
}

/// The number of an example at every place of its row: (B,) → (B, N).
pub(crate) fn across<N: ConstDim, E: Real, T: Record<E>>(k: PerExample<E, T>) -> Batch<N, E, T> {
    let shape = (k.shape().0, N::default());
    k.broadcast_like::<_, Axis<1>>(&shape)
}

/// The only number of every row: (B, 1) → (B,).
pub(crate) fn only<E: Real, T: Record<E>>(k: Batch<Const<1>, E, T>) -> PerExample<E, T> {
    let shape = (k.shape().0,);
    k.reshape_like(&shape)
}

/// Zeros behind every row: (B, M) → (B, N).
pub(crate) fn padded<M: Dim, N: ConstDim, E: Real, T: Record<E>>(
    x: Batch<M, E, T>,
) -> Batch<N, E, T> {
    let shape = (x.shape().0, N::SIZE - x.shape().1.size());
    let zeros = vec![E::zero(); shape.0 * shape.1];
    let zeros = Cpu::default().tensor_from_vec(zeros, shape);
    concat(x, zeros.put_tape(T::for_data()), N::default())
}
