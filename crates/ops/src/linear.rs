use crate::matmul::{Matrix, add_product};
use crate::{Activation, Batch, Identity, Real, Record, activate, as_slice, fuse};
use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, ReshapeTo, SplitTape, Tensor, TensorFromVec};
use multiversion::multiversion;

/// y = f(x Wᵀ + b), with the activation `f` fused.
///
/// Shapes: `x` (B, I), `weight` (O, I), `bias` (O,), result (B, O). The gradient of `x` is computed only if its tape
/// [wants](Record::wants_gradient) it, so a first layer fed with data skips a whole matrix product.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{linear, Batch, Relu};
///
/// let device = Cpu::default();
/// let x: Batch<Const<2>> = device.tensor_from_vec(vec![1.0, 2.0], (1, Const));
/// let weight = device.tensor([[1.0, 1.0], [-1.0, 0.0], [0.0, 2.0]]);
/// let y: Batch<Const<3>> = linear(x, weight, device.tensor([0.5, 0.0, 0.0]), Relu);
/// assert_eq!(y.as_vec(), [3.5, 0.0, 4.0]);
/// ```
pub fn linear<I: Dim, O: Dim, E: Real, T: Record<E>, F: Activation>(
    x: Batch<I, E, T>,
    weight: Tensor<(O, I), E, Cpu, T>,
    bias: Tensor<(O,), E, Cpu, T>,
    activation: F,
) -> Batch<O, E, T> {
    if F::FROM_INPUT {
        return activate(linear(x, weight, bias, Identity), activation);
    }
    let (x, x_tape) = x.contiguous().split_tape();
    let (weight, weight_tape) = weight.contiguous().split_tape();
    let (bias, bias_tape) = bias.contiguous().split_tape();
    let wants_x = x_tape.wants_gradient();
    let mut tape = x_tape.merge(weight_tape).merge(bias_tape);

    let (batch, inputs) = (x.shape().0, x.shape().1.size());
    let (out_dim, outputs) = (weight.shape().0, weight.shape().0.size());
    let mut out = as_slice(&bias).repeat(batch);
    add_product(
        &mut out,
        Matrix::new(as_slice(&x), batch, inputs),
        Matrix::new(as_slice(&weight), outputs, inputs).transposed(),
    );
    fuse::activate::<E, F>(&mut out);
    let y = x.device().tensor_from_vec(out, (batch, out_dim));

    if T::OWNS_TAPE {
        let (x_ghost, weight_ghost, bias_ghost, y_ghost) =
            (x.ghost(), weight.ghost(), bias.ghost(), y.ghost());
        let y_kept = y.clone();
        tape.add_backward_op(move |gradients| {
            let mut grad = std::mem::take(&mut **gradients.get_or_alloc_mut(&y_ghost)?);
            fuse::chain::<E, F>(&mut grad, as_slice(&y_kept));
            let grad_bias = gradients.get_or_alloc_mut(&bias_ghost)?;
            add_columns(&mut grad_bias[..], &grad[..]);
            let grad = Matrix::new(&grad, batch, outputs);
            let grad_weight = gradients.get_or_alloc_mut(&weight_ghost)?;
            add_product(
                grad_weight,
                grad.transposed(),
                Matrix::new(as_slice(&x), batch, inputs),
            );
            if wants_x {
                let grad_x = gradients.get_or_alloc_mut(&x_ghost)?;
                add_product(
                    grad_x,
                    grad,
                    Matrix::new(as_slice(&weight), outputs, inputs),
                );
            }
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// Adds every row of `rows` to `sum`.
#[multiversion(targets = "simd")]
fn add_columns<E: Real>(sum: &mut [E], rows: &[E]) {
    for row in rows.chunks_exact(sum.len().max(1)) {
        sum.iter_mut().zip(row).for_each(|(s, x)| *s += *x);
    }
}
