use crate::elementwise::{CHUNK, accumulate, slices, split_all, targets};
use crate::gradients::address;
use crate::reduce::add_up;
use crate::{Batch, PerExample, Real, Record};
use dfdx::prelude::{Dim, HasShape, PutTape, TensorFromVec};

/// Sums one expression of `K` differentiable inputs and `C` constants over the event: (B, N) → (B,), in one pass.
///
/// `value` maps the elements to the summand, `partials` to its `K` partial derivatives. This is how a factorized
/// log-density or divergence is written: its formula for one element, and its derivatives. The sum is accurate as
/// described at [`mean`](crate::mean).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{sum_event, Batch};
///
/// let x: Batch<Const<2>> = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, Const));
/// let squared_norm = sum_event([x], [], |[x], []| x * x, |[x], []| [2.0 * x]);
/// assert_eq!(squared_norm.as_vec(), [5.0, 25.0]);
/// ```
///
/// # Panics
/// If the shapes differ, or without an input.
pub fn sum_event<const K: usize, const C: usize, N: Dim, E: Real, T: Record<E>>(
    inputs: [Batch<N, E, T>; K],
    constants: [Batch<N, E>; C],
    value: impl Fn([E; K], [E; C]) -> E + 'static,
    partials: impl Fn([E; K], [E; C]) -> [E; K] + 'static,
) -> PerExample<E, T> {
    let (inputs, wanted, constants, mut tape) = split_all(inputs, constants);
    let (batch, event) = (inputs[0].shape().0, inputs[0].shape().1.size());
    let mut out = vec![E::zero(); batch];
    sum_rows(
        &mut out[..],
        event,
        slices(&inputs),
        slices(&constants),
        &value,
    );
    let out = inputs[0].device().tensor_from_vec(out, (batch,));

    if T::OWNS_TAPE {
        let (ghosts, out_ghost) = (inputs.each_ref().map(|x| x.ghost()), out.ghost());
        let addresses = inputs.each_ref().map(address);
        tape.record(&addresses, move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            accumulate(
                gradients,
                batch * event,
                wanted,
                |gradients, k| Ok(&mut **gradients.slots.get_or_alloc_mut(&ghosts[k])?),
                |grads| {
                    add_rows(
                        &grad_out,
                        event,
                        grads,
                        slices(&inputs),
                        slices(&constants),
                        &partials,
                    )
                },
            )
        });
    }
    out.put_tape(tape)
}

/// outᵣ = Σᵢ value(xᵣᵢ, cᵣᵢ).
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn sum_rows<const K: usize, const C: usize, E: Real>(
    out: &mut [E],
    event: usize,
    xs: [&[E]; K],
    cs: [&[E]; C],
    value: &impl Fn([E; K], [E; C]) -> E,
) {
    // One loop for a chunk of terms and one for their sum: either vectorizes, both at once would not.
    let mut terms = [E::zero(); 1024];
    for (row, out) in out.iter_mut().enumerate() {
        let mut sums = [0.0; 16];
        for start in (0..event).step_by(terms.len()) {
            let terms = &mut terms[..(event - start).min(1024)];
            let from = row * event + start;
            let (xs, cs) = (
                xs.map(|x| &x[from..][..terms.len()]),
                cs.map(|c| &c[from..][..terms.len()]),
            );
            for (i, term) in terms.iter_mut().enumerate() {
                *term = value(xs.map(|x| x[i]), cs.map(|c| c[i]));
            }
            add_up(&mut sums, terms);
        }
        *out = E::of(sums.iter().sum());
    }
}

/// gradsₖᵣᵢ += grad_outᵣ · partialsₖ(xᵣᵢ, cᵣᵢ), for the gradients that are not empty.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_rows<const K: usize, const C: usize, E: Real>(
    grad_out: &[E],
    event: usize,
    mut grads: [&mut [E]; K],
    xs: [&[E]; K],
    cs: [&[E]; C],
    partials: &impl Fn([E; K], [E; C]) -> [E; K],
) {
    let mut unwanted = [[E::zero(); CHUNK]; K];
    for (row, grad) in grad_out.iter().enumerate() {
        for start in (0..event).step_by(CHUNK) {
            let len = (event - start).min(CHUNK);
            let range = row * event + start..row * event + start + len;
            let (xs, cs) = (xs.map(|x| &x[range.clone()]), cs.map(|c| &c[range.clone()]));
            let grads = targets(&mut grads, &mut unwanted, range);
            for i in 0..len {
                let partials = partials(xs.map(|x| x[i]), cs.map(|c| c[i]));
                for k in 0..K {
                    grads[k][i] += *grad * partials[k];
                }
            }
        }
    }
}
