use crate::{Batch, Dual, PerExample, Real, Record, elementwise, sum_event};
use dfdx::prelude::{Cpu, Dim, Shape, Tensor};

/// Applies one formula to `K` inputs of one shape, element by element; its derivatives come from the formula itself.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::formula;
///
/// let device = Cpu::default();
/// let (x, y) = (device.tensor([2.0, 3.0]), device.tensor([5.0, 7.0]));
/// assert_eq!(formula([x, y], |[x, y]| x * y + 1.0).array(), [11.0, 22.0]);
/// ```
///
/// # Panics
/// If the shapes differ, or without an input.
pub fn formula<const K: usize, S: Shape, E: Real, T: Record<E>>(
    inputs: [Tensor<S, E, Cpu, T>; K],
    f: impl Fn([Dual<E, K>; K]) -> Dual<E, K>,
) -> Tensor<S, E, Cpu, T> {
    elementwise(inputs, [], |x, []| split(f(Dual::variables(x))))
}

/// Sums one formula of `K` inputs over the event, (B, N) → (B,): a factorized log-density or divergence, written as its
/// formula for one element; its derivatives come from the formula itself. Accurate as [`sum_event`] is, which takes
/// derivatives written by hand.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{sum_formula, Batch};
///
/// let x: Batch<Const<2>> = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, Const));
/// assert_eq!(sum_formula([x], |[x]| 0.5 * x.square()).as_vec(), [2.5, 12.5]);
/// ```
///
/// # Panics
/// If the shapes differ, or without an input.
pub fn sum_formula<const K: usize, N: Dim, E: Real, T: Record<E>>(
    inputs: [Batch<N, E, T>; K],
    f: impl Fn([Dual<E, K>; K]) -> Dual<E, K>,
) -> PerExample<E, T> {
    sum_event(inputs, [], |x, []| split(f(Dual::variables(x))))
}

#[inline(always)]
fn split<E, const K: usize>(y: Dual<E, K>) -> (E, [E; K]) {
    (y.value, y.partials)
}
