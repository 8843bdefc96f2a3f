use crate::fuse::activate;
use crate::matmul::{Matrix, add_product};
use crate::{Batch, Real, Record, Sigmoid, as_slice};
use dfdx::prelude::{
    Cpu, Dim, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor, TensorFromVec,
};
use multiversion::multiversion;

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
    let (x, mut tape) = x.contiguous().split_tape();
    let wants_x = tape.wants_gradient();
    let weights = weights.map(|weight| split(weight.contiguous(), &mut tape));
    let biases = biases.map(|bias| split(bias.contiguous(), &mut tape));

    let (batch, inputs) = (x.shape().0, x.shape().1.size());
    let (out_dim, outputs) = (weights[0].shape().0, weights[0].shape().0.size());
    let affine = |k: usize| {
        let mut out = as_slice(&biases[k]).repeat(batch);
        add_product(
            &mut out,
            Matrix::new(as_slice(&x), batch, inputs),
            Matrix::new(as_slice(&weights[k]), outputs, inputs).transposed(),
        );
        out
    };
    let (mut out, mut gate) = (affine(0), affine(1));
    activate::<E, Sigmoid>(&mut gate);
    multiply(&mut out, &gate);
    let y = x.device().tensor_from_vec(out, (batch, out_dim));

    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        let weight_ghosts = weights.each_ref().map(Tensor::ghost);
        let bias_ghosts = biases.each_ref().map(Tensor::ghost);
        let y_kept = y.clone();
        tape.add_backward_op(move |gradients| {
            let mut grad = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            let grad_gate = chain(&mut grad, as_slice(&y_kept), &gate);
            let ones = vec![E::one(); batch];
            for (k, grad) in [grad, grad_gate].iter().enumerate() {
                let grad = Matrix::new(grad, batch, outputs);
                add_product(
                    gradients.get_or_alloc_mut(&bias_ghosts[k])?,
                    Matrix::new(&ones, 1, batch),
                    grad,
                );
                add_product(
                    gradients.get_or_alloc_mut(&weight_ghosts[k])?,
                    grad.transposed(),
                    Matrix::new(as_slice(&x), batch, inputs),
                );
                if wants_x {
                    add_product(
                        gradients.get_or_alloc_mut(&x_ghost)?,
                        grad,
                        Matrix::new(as_slice(&weights[k]), outputs, inputs),
                    );
                }
            }
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// Takes a tensor off its tape and merges that into `tape`.
fn split<S: Shape, E: Real, T: Record<E>>(
    tensor: Tensor<S, E, Cpu, T>,
    tape: &mut T,
) -> Tensor<S, E, Cpu> {
    let (tensor, other) = tensor.split_tape();
    *tape = tape.clone().merge(other);
    tensor
}

#[multiversion(targets = "simd")]
fn multiply<E: Real>(x: &mut [E], y: &[E]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x *= *y);
}

/// From the gradient of y = a s, s the gate's sigmoid: turns it into the one of a, which is g s, and returns the one
/// before the sigmoid, which is g a s (1 − s) = g y (1 − s).
#[multiversion(targets = "simd")]
fn chain<E: Real>(grad: &mut [E], y: &[E], gate: &[E]) -> Vec<E> {
    let mut grad_gate = vec![E::zero(); grad.len()];
    let outer = grad.iter_mut().zip(&mut grad_gate);
    for (((g, g_gate), y), s) in outer.zip(y).zip(gate) {
        *g_gate = *g * *y * (E::one() - *s);
        *g *= *s;
    }
    grad_gate
}
