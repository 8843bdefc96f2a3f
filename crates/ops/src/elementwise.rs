use crate::gradients::address;
use crate::{Gradients, Real, Record, as_slice};
use dfdx::prelude::{
    Cpu, CpuError, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor, TensorFromVec,
};
use std::ops::Range;

/// Applies one expression to `K` differentiable inputs and `C` constants, element by element, in one pass.
///
/// `value` maps the elements to the result's, `partials` to the `K` partial derivatives. All shapes are equal. Where the
/// derivatives need not be written by hand, there is [`formula`](crate::formula).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::elementwise;
///
/// let device = Cpu::default();
/// let (x, y, c) = (device.tensor([2.0, 3.0]), device.tensor([5.0, 7.0]), device.tensor([1.0, 0.0]));
/// let z = elementwise([x, y], [c], |[x, y], [c]| x * y + c, |[x, y], [_]| [y, x]);
/// assert_eq!(z.array(), [11.0, 21.0]);
/// ```
///
/// # Panics
/// If the shapes differ, or without an input.
pub fn elementwise<const K: usize, const C: usize, S: Shape, E: Real, T: Record<E>>(
    inputs: [Tensor<S, E, Cpu, T>; K],
    constants: [Tensor<S, E, Cpu>; C],
    value: impl Fn([E; K], [E; C]) -> E + 'static,
    partials: impl Fn([E; K], [E; C]) -> [E; K] + 'static,
) -> Tensor<S, E, Cpu, T> {
    let (inputs, wanted, constants, mut tape) = split_all(inputs, constants);
    let (shape, device) = (*inputs[0].shape(), inputs[0].device().clone());
    let len = shape.num_elements();
    let mut out = vec![E::zero(); len];
    map(&mut out[..], slices(&inputs), slices(&constants), &value);
    let out = device.tensor_from_vec(out, shape);

    if T::OWNS_TAPE {
        let (ghosts, out_ghost) = (inputs.each_ref().map(Tensor::ghost), out.ghost());
        let addresses = inputs.each_ref().map(address);
        tape.record(&addresses, move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            accumulate(
                gradients,
                len,
                wanted,
                |gradients, k| Ok(&mut **gradients.slots.get_or_alloc_mut(&ghosts[k])?),
                |grads| {
                    add_partials(
                        &grad_out,
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

/// outᵢ = value(xᵢ, cᵢ).
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn map<const K: usize, const C: usize, E: Real>(
    out: &mut [E],
    xs: [&[E]; K],
    cs: [&[E]; C],
    value: &impl Fn([E; K], [E; C]) -> E,
) {
    // One length for all lets the compiler drop the bounds checks, and then vectorize.
    let (xs, cs) = (xs.map(|x| &x[..out.len()]), cs.map(|c| &c[..out.len()]));
    for (i, out) in out.iter_mut().enumerate() {
        *out = value(xs.map(|x| x[i]), cs.map(|c| c[i]));
    }
}

/// gradsₖᵢ += grad_outᵢ · partialsₖ(xᵢ, cᵢ), for the gradients that are not empty.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_partials<const K: usize, const C: usize, E: Real>(
    grad_out: &[E],
    mut grads: [&mut [E]; K],
    xs: [&[E]; K],
    cs: [&[E]; C],
    partials: &impl Fn([E; K], [E; C]) -> [E; K],
) {
    let mut unwanted = [[E::zero(); CHUNK]; K];
    for (chunk, grad_out) in grad_out.chunks(CHUNK).enumerate() {
        let range = chunk * CHUNK..chunk * CHUNK + grad_out.len();
        let (xs, cs) = (xs.map(|x| &x[range.clone()]), cs.map(|c| &c[range.clone()]));
        let grads = targets(&mut grads, &mut unwanted, range);
        for (i, grad) in grad_out.iter().enumerate() {
            let partials = partials(xs.map(|x| x[i]), cs.map(|c| c[i]));
            for k in 0..K {
                grads[k][i] += *grad * partials[k];
            }
        }
    }
}

/// Elements of which the derivatives are worked out at a time.
pub(crate) const CHUNK: usize = 256;

/// A range of each gradient, or a place to throw away those that nobody wants: the loop over them stays without a branch.
#[inline(always)]
pub(crate) fn targets<'a, const K: usize, E>(
    grads: &'a mut [&mut [E]; K],
    unwanted: &'a mut [[E; CHUNK]; K],
    range: Range<usize>,
) -> [&'a mut [E]; K] {
    let mut unwanted = unwanted.iter_mut();
    grads.each_mut().map(|grad| match unwanted.next() {
        Some(unwanted) if grad.is_empty() => &mut unwanted[..range.len()],
        _ => &mut grad[range.clone()],
    })
}

/// Makes all inputs contiguous, so that buffers and gradients line up, says whose gradient is wanted, checks that shapes
/// agree, and merges the tapes.
pub(crate) fn split_all<const K: usize, const C: usize, S: Shape, E: Real, T: Record<E>>(
    inputs: [Tensor<S, E, Cpu, T>; K],
    constants: [Tensor<S, E, Cpu>; C],
) -> ([Tensor<S, E, Cpu>; K], [bool; K], [Tensor<S, E, Cpu>; C], T) {
    let mut merged: Option<T> = None;
    let mut wanted = [true; K];
    let mut each_wanted = wanted.iter_mut();
    let inputs = inputs.map(|x| {
        let (x, tape) = x.contiguous().split_tape();
        if let Some(wanted) = each_wanted.next() {
            *wanted = tape.wants_gradient();
        }
        merged = Some(match merged.take() {
            Some(merged) => merged.merge(tape),
            None => tape,
        });
        x
    });
    let constants = constants.map(|c| c.contiguous());
    for t in inputs.iter().chain(&constants) {
        assert_eq!(
            t.shape(),
            inputs[0].shape(),
            "shapes of an element-wise operation differ"
        );
    }
    (inputs, wanted, constants, merged.unwrap_or_default())
}

pub(crate) fn slices<const K: usize, S: Shape, E: Real>(
    tensors: &[Tensor<S, E, Cpu>; K],
) -> [&[E]; K] {
    tensors.each_ref().map(as_slice)
}

/// Lets `add` add to the gradients of `K` inputs at once, empty where they are not wanted; `slot` finds the one of input k.
pub(crate) fn accumulate<const K: usize, E: Real>(
    gradients: &mut Gradients<E>,
    len: usize,
    wanted: [bool; K],
    slot: impl for<'g> Fn(&'g mut Gradients<E>, usize) -> Result<&'g mut Vec<E>, CpuError>,
    add: impl FnOnce([&mut [E]; K]),
) -> Result<(), CpuError> {
    let mut grads = [const { Vec::new() }; K];
    for (k, grad) in grads.iter_mut().enumerate().filter(|(k, _)| wanted[*k]) {
        let slot = slot(gradients, k)?;
        // A slot that is already empty belongs to an input that was given twice: its second share is summed up apart.
        *grad = if slot.len() == len {
            std::mem::take(slot)
        } else {
            vec![E::zero(); len]
        };
    }
    add(grads.each_mut().map(Vec::as_mut_slice));
    for (k, grad) in grads.into_iter().enumerate().filter(|(k, _)| wanted[*k]) {
        let slot = slot(gradients, k)?;
        if slot.is_empty() {
            *slot = grad;
        } else {
            slot.iter_mut().zip(&grad).for_each(|(s, g)| *s += *g);
        }
    }
    Ok(())
}
