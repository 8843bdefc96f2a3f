use crate::elementwise::{Expression, Sink, expression, slices, split_all};
use crate::gradients::address;
use crate::reduce::{add_up, total};
use crate::{Batch, PerExample, Real, Record};
use dfdx::prelude::{Dim, HasShape, PutTape, TensorFromVec};

/// Sums one expression of `K` differentiable inputs and `C` constants over the event: (B, N) → (B,), in one pass.
///
/// `f` maps the elements to the summand and to its `K` partial derivatives, as in
/// [`elementwise`](crate::elementwise()). This is how a factorized log-density or divergence is written: its formula for one
/// element, and its derivatives. The sum is accurate as described at [`mean`](crate::mean).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{sum_event, Batch};
///
/// let x: Batch<Const<2>> = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, Const));
/// let squared_norm = sum_event([x], [], |[x], []| (x * x, [2.0 * x]));
/// assert_eq!(squared_norm.as_vec(), [5.0, 25.0]);
/// ```
///
/// # Panics
/// If the shapes differ, or without an input.
pub fn sum_event<const K: usize, const C: usize, N: Dim, E: Real, T: Record<E>>(
    inputs: [Batch<N, E, T>; K],
    constants: [Batch<N, E>; C],
    f: impl Fn([E; K], [E; C]) -> (E, [E; K]),
) -> PerExample<E, T> {
    expression::<K, C, E, T, _>(&f, |f| apply(inputs, constants, f))
}

fn apply<const K: usize, const C: usize, N: Dim, E: Real, T: Record<E>>(
    inputs: [Batch<N, E, T>; K],
    constants: [Batch<N, E>; C],
    f: Expression<K, C, E>,
) -> PerExample<E, T> {
    let (inputs, wanted, constants, mut tape) = split_all(inputs, constants);
    let (batch, event) = (inputs[0].shape().0, inputs[0].shape().1.size());
    let mut out = vec![E::zero(); batch];
    let mut sums = RowSums::new(event, &mut out);
    let (xs, cs) = (slices(&inputs), slices(&constants));
    let partials = f.evaluate(batch * event, wanted, xs, cs, &mut sums);
    let out = inputs[0].device().tensor_from_vec(out, (batch,));

    if T::OWNS_TAPE {
        let (ghosts, out_ghost) = (inputs.each_ref().map(|x| x.ghost()), out.ghost());
        tape.record(&inputs.each_ref().map(address), move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            for (ghost, partials) in ghosts.iter().zip(&partials) {
                if let Some(partials) = partials {
                    let grad = gradients.slots.get_or_alloc_mut(ghost)?;
                    add_scaled_rows(grad, &grad_out, partials);
                }
            }
            Ok(())
        });
    }
    out.put_tape(tape)
}

/// The sums of the rows of (B, N), whose terms come in chunks, in order.
pub(crate) struct RowSums<'a, E> {
    /// N
    event: usize,
    /// Of whole rows, (B,).
    out: &'a mut [E],
    /// Of the row under way.
    sums: [f64; 16],
}

impl<'a, E> RowSums<'a, E> {
    pub(crate) fn new(event: usize, out: &'a mut [E]) -> Self {
        Self {
            event,
            out,
            sums: [0.0; 16],
        }
    }
}

impl<E: Real> RowSums<'_, E> {
    /// Adds the terms from place `start` on.
    #[inline(always)]
    pub(crate) fn add(&mut self, mut start: usize, mut terms: &[E]) {
        while !terms.is_empty() {
            let (row, column) = (start / self.event, start % self.event);
            let (part, rest) = terms.split_at(terms.len().min(self.event - column));
            add_up(&mut self.sums, part);
            start += part.len();
            if start.is_multiple_of(self.event) {
                self.out[row] = E::of(total(&self.sums));
                self.sums = [0.0; 16];
            }
            terms = rest;
        }
    }
}

impl<E: Real> Sink<E> for RowSums<'_, E> {
    fn take(&mut self, start: usize, terms: &[E]) {
        add(self, start, terms);
    }
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add<E: Real>(sums: &mut RowSums<E>, start: usize, terms: &[E]) {
    sums.add(start, terms);
}

/// gradᵣᵢ += scaleᵣ · partialsᵣᵢ.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_scaled_rows<E: Real>(grad: &mut [E], scale: &[E], partials: &[E]) {
    let event = (grad.len() / scale.len().max(1)).max(1);
    let rows = grad.chunks_mut(event).zip(partials.chunks(event));
    for ((grad, partials), scale) in rows.zip(scale) {
        for (grad, partial) in grad.iter_mut().zip(partials) {
            *grad += *scale * *partial;
        }
    }
}
