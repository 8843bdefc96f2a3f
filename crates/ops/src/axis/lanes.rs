use crate::gradients::address;
use crate::{Real, Record, as_slice};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor, TensorFromVec};
use std::borrow::Cow;

/// What a backward pass has to know of its lane besides the gradient of the result.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keep {
    Input,
    Output,
    Nothing,
}

/// Applies an operation to every lane of `x`: all elements that differ in their index along axis `I` only.
///
/// `value` maps a lane to its result. That has the lane's length, or one element if `shape` is of a lower rank.
/// `gradient(kept, grad_out, grad)` adds to the gradient of a lane.
pub(super) fn along<const I: isize, S: Shape, R: Shape, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    shape: R,
    keep: Keep,
    value: impl Fn(&[E], &mut [E]),
    gradient: impl Fn(&[E], &[E], &mut [E]) + 'static,
) -> Tensor<R, E, Cpu, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let lanes = Lanes::new(x.shape(), I);
    let results = Lanes {
        len: if R::NUM_DIMS < S::NUM_DIMS {
            1
        } else {
            lanes.len
        },
        ..lanes
    };
    let mut out = vec![E::zero(); shape.num_elements()];
    map(lanes.count(), &lanes.gather(as_slice(&x)), &mut out, &value);
    let out = x.device().tensor_from_vec(results.scatter(out), shape);

    if tape.wants_gradient() {
        let (x_ghost, out_ghost, x_address) = (x.ghost(), out.ghost(), address(&x));
        let x = (keep == Keep::Input).then_some(x);
        let y = (keep == Keep::Output).then(|| out.clone());
        tape.record(&[x_address], move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            let kept = match (&x, &y) {
                (Some(x), _) => lanes.gather(as_slice(x)),
                (_, Some(y)) => results.gather(as_slice(y)),
                _ => Cow::default(),
            };
            let slot = &mut **gradients.slots.get_or_alloc_mut(&x_ghost)?;
            let mut grad = lanes.gather_own(std::mem::take(slot));
            add_gradients(
                lanes.count(),
                &kept,
                &results.gather(&grad_out),
                &mut grad,
                &gradient,
            );
            *slot = lanes.scatter(grad);
            Ok(())
        });
    }
    out.put_tape(tape)
}

/// A contiguous tensor seen as outer × len × inner, with the axis in the middle.
#[derive(Clone, Copy)]
pub(crate) struct Lanes {
    outer: usize,
    len: usize,
    inner: usize,
}

impl Lanes {
    pub(crate) fn new<S: Shape>(shape: &S, axis: isize) -> Self {
        let sizes = shape.concrete();
        let (before, rest) = sizes.as_ref().split_at(axis as usize);
        // A tensor of rank 0 is a lane of one element.
        let (len, after) = rest.split_first().unwrap_or((&1, &[]));
        Self {
            outer: before.iter().product(),
            len: *len,
            inner: after.iter().product(),
        }
    }

    fn count(self) -> usize {
        self.outer * self.inner
    }

    /// The elements lane after lane; a copy only if the axis is not the last.
    pub(crate) fn gather<E: Real>(self, x: &[E]) -> Cow<'_, [E]> {
        if self.inner == 1 {
            Cow::Borrowed(x)
        } else {
            Cow::Owned(transpose(x, self.len, self.inner))
        }
    }

    /// `gather` of what is owned: without a copy along the last axis.
    pub(crate) fn gather_own<E: Real>(self, x: Vec<E>) -> Vec<E> {
        if self.inner == 1 {
            x
        } else {
            transpose(&x, self.len, self.inner)
        }
    }

    /// The inverse of `gather`.
    pub(crate) fn scatter<E: Real>(self, x: Vec<E>) -> Vec<E> {
        if self.inner == 1 {
            x
        } else {
            transpose(&x, self.inner, self.len)
        }
    }
}

/// Transposes each of the row-major `rows` × `columns` matrices that make up `x`.
fn transpose<E: Real>(x: &[E], rows: usize, columns: usize) -> Vec<E> {
    /// Columns at a time: what a cache line holds.
    const TILE: usize = 16;
    let mut out = vec![E::zero(); x.len()];
    let size = (rows * columns).max(1);
    for (x, out) in x.chunks_exact(size).zip(out.chunks_exact_mut(size)) {
        for first in (0..columns).step_by(TILE) {
            for (i, row) in x.chunks_exact(columns).enumerate() {
                for j in first..(first + TILE).min(columns) {
                    out[j * rows + i] = row[j];
                }
            }
        }
    }
    out
}

/// The `i`-th of `count` equal parts.
#[inline(always)]
fn part(len: usize, count: usize, i: usize) -> std::ops::Range<usize> {
    let size = len / count;
    i * size..(i + 1) * size
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn map<E: Real>(count: usize, x: &[E], y: &mut [E], value: &impl Fn(&[E], &mut [E])) {
    let len = y.len();
    for i in 0..count {
        value(&x[part(x.len(), count, i)], &mut y[part(len, count, i)]);
    }
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_gradients<E: Real>(
    count: usize,
    kept: &[E],
    grad_out: &[E],
    grad: &mut [E],
    gradient: &impl Fn(&[E], &[E], &mut [E]),
) {
    let len = grad.len();
    for i in 0..count {
        gradient(
            &kept[part(kept.len(), count, i)],
            &grad_out[part(grad_out.len(), count, i)],
            &mut grad[part(len, count, i)],
        );
    }
}
