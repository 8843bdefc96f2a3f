//! Operations that change no value, only where gradients go.

use crate::gradients::address;
use crate::{Batch, PerExample, Real, Record, as_slice, elementwise};
use dfdx::prelude::{
    Cpu, Dim, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor, TensorFromVec,
};
use std::cell::OnceCell;
use std::rc::Rc;

/// The same tensor as a constant.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{backward, stop_gradient, GradTape};
///
/// let w = Cpu::default().tensor(3.0f64);
/// let x = w.retaped::<GradTape<f64>>();
/// let gradients = backward(x.clone() * stop_gradient(&x), 1.0);
/// assert_eq!(gradients.get(&w).array(), 3.0);
/// ```
pub fn stop_gradient<S: Shape, E: Real, T: Record<E>>(
    x: &Tensor<S, E, Cpu, T>,
) -> Tensor<S, E, Cpu, T> {
    // Another tensor: gradients are kept by the identity of the buffer's owner, which a clone shares.
    let (x, tape) = x.clone().split_tape();
    let x = x.contiguous();
    let copy = Tensor::device(&x).tensor_from_vec(as_slice(&x).to_vec(), *x.shape());
    copy.put_tape(tape.as_data())
}

/// `value`, with the gradient passed on to `soft` as it comes: the straight-through estimator (Bengio, Léonard & Courville
/// 2013), biased by as much as the two differ.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{backward, straight_through, GradTape};
///
/// let soft = Cpu::default().tensor(0.7f64);
/// let hard = straight_through(Cpu::default().tensor(1.0), soft.retaped::<GradTape<f64>>());
/// assert_eq!(hard.array(), 1.0);
/// assert_eq!(backward(hard * 5.0, 1.0).get(&soft).array(), 5.0);
/// ```
///
/// # Panics
/// If the shapes differ.
pub fn straight_through<S: Shape, E: Real, T: Record<E>>(
    value: Tensor<S, E, Cpu>,
    soft: Tensor<S, E, Cpu, T>,
) -> Tensor<S, E, Cpu, T> {
    elementwise([soft], [value], |_, [value]| (value, [E::one()]))
}

/// `value`, (B,), with the gradient of Σₖ wₖ tₖ for each of the pairs (t, w) of a term and its constant weight, (B·K,)
/// each, where sample k of example b is element b·K + k: an estimate whose gradient is estimated in another way.
///
/// # Panics
/// If a term or a weight is not of a whole number of batches.
pub fn surrogate<const M: usize, E: Real, T: Record<E>>(
    value: PerExample<E>,
    terms: [(PerExample<E, T>, Vec<E>); M],
) -> PerExample<E, T> {
    let mut tape = T::for_data();
    for (term, weights) in terms {
        let (term, term_tape) = term.contiguous().split_tape();
        let (len, batch) = (term.shape().0, value.shape().0);
        let samples = len.checked_div(batch).unwrap_or(0);
        assert!(len == weights.len() && len == batch * samples);
        tape = tape.merge(term_tape);
        if T::OWNS_TAPE {
            let (term_ghost, value_ghost) = (term.ghost(), value.ghost());
            tape.record(&[address(&term)], move |gradients| {
                let grad_out = gradients.slots.get_or_alloc_mut(&value_ghost)?.to_vec();
                let grad = gradients.slots.get_or_alloc_mut(&term_ghost)?;
                for (i, (grad, weight)) in grad.iter_mut().zip(&weights).enumerate() {
                    *grad += grad_out[i / samples] * *weight;
                }
                Ok(())
            });
        }
    }
    value.put_tape(tape)
}

/// `x`, whose gradient gets multiplied by a factor for each row, (B,): one that may be known only after `x` was used, but is
/// before gradients are computed.
///
/// # Panics
/// When gradients are computed, if `factors` has not been set to one number for each row.
pub fn scale_gradient<N: Dim, E: Real, T: Record<E>>(
    x: Batch<N, E, T>,
    factors: Rc<OnceCell<Vec<E>>>,
) -> Batch<N, E, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let out = x
        .device()
        .tensor_from_vec(as_slice(&x).to_vec(), *x.shape());
    if T::OWNS_TAPE {
        let (x_ghost, out_ghost, shape) = (x.ghost(), out.ghost(), *x.shape());
        tape.record(&[address(&x)], move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            let factors = factors
                .get()
                .expect("factors are set before gradients are computed");
            assert_eq!(factors.len(), shape.0);
            let grad = gradients.slots.get_or_alloc_mut(&x_ghost)?;
            let width = shape.1.size().max(1);
            let rows = grad.chunks_mut(width).zip(grad_out.chunks(width));
            for ((grad, grad_out), factor) in rows.zip(factors) {
                for (grad, grad_out) in grad.iter_mut().zip(grad_out) {
                    *grad += *factor * *grad_out;
                }
            }
            Ok(())
        });
    }
    out.put_tape(tape)
}
