use crate::fuse::activate;
use crate::linear::Affine;
use crate::{Batch, Real, Record, Sigmoid, as_slice};
use dfdx::prelude::{Cpu, Dim, PutTape, Tensor};

/// The gated linear unit y = (x W₁ᵀ + b₁) ⊙ σ(x W₂ᵀ + b₂), fused (Dauphin et al. 2017; Tomczak & Welling 2018).
///
/// Shapes: `x` (B, I), both `weights` (O, I), both `biases` (O,), result (B, O); the gate comes second. The gradient of
/// `x` is computed only if its tape [wants](Record::wants_gradient) it, as in [`linear`](crate::linear).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{gated_linear, Batch};
///
/// let device = Cpu::default();
/// let x: Batch<Const<2>> = device.tensor_from_vec(vec![1.0, 2.0], (1, Const));
/// let weights = [device.tensor([[1.0, 1.0]]), device.tensor([[2.0, -1.0]])];
/// let biases = [device.tensor([5.0]), device.tensor([0.0])];
/// let y: Batch<Const<1>> = gated_linear(x, weights, biases); // (1 + 2 + 5) σ(2 − 2)
/// assert_eq!(y.as_vec(), [4.0]);
/// ```
pub fn gated_linear<I: Dim, O: Dim, E: Real, T: Record<E>>(
    x: Batch<I, E, T>,
    weights: [Tensor<(O, I), E, Cpu, T>; 2],
    biases: [Tensor<(O,), E, Cpu, T>; 2],
) -> Batch<O, E, T> {
    let [(weight, bias), (gate_weight, gate_bias)] = pairs(weights, biases);
    let (affine, tape) = Affine::new(x.clone(), weight, bias);
    let (gate_affine, gate_tape) = Affine::new(x, gate_weight, gate_bias);
    let mut tape = tape.merge(gate_tape);

    let (mut out, mut gate) = (affine.value(), gate_affine.value());
    activate::<E, Sigmoid>(&mut gate);
    multiply(&mut out, &gate);
    let y = affine.tensor(out);

    if T::OWNS_TAPE {
        let (y_ghost, y_kept) = (y.ghost(), y.clone());
        let addresses = [affine.addresses(), gate_affine.addresses()].concat();
        tape.record(&addresses, move |gradients| {
            let mut grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            let grad_gate = chain(&mut grad, as_slice(&y_kept), &gate);
            affine.back(gradients, grad)?;
            gate_affine.back(gradients, grad_gate)
        });
    }
    y.put_tape(tape)
}

/// (weight, bias), twice.
fn pairs<A, B>([a1, a2]: [A; 2], [b1, b2]: [B; 2]) -> [(A, B); 2] {
    [(a1, b1), (a2, b2)]
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn multiply<E: Real>(x: &mut [E], y: &[E]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x *= *y);
}

/// From the gradient of y = a s, s the gate's sigmoid: turns it into the one of a, which is g s, and returns the one
/// before the sigmoid, which is g a s (1 − s) = g y (1 − s).
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn chain<E: Real>(grad: &mut [E], y: &[E], gate: &[E]) -> Vec<E> {
    let mut grad_gate = vec![E::zero(); grad.len()];
    let outer = grad.iter_mut().zip(&mut grad_gate);
    for (((g, g_gate), y), s) in outer.zip(y).zip(gate) {
        *g_gate = *g * *y * (E::one() - *s);
        *g *= *s;
    }
    grad_gate
}
