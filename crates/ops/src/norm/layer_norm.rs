use super::{sum, sum_of};
use crate::gradients::address;
use crate::{Batch, Real, Record, as_slice};
use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, ReshapeTo, SplitTape, Tensor, TensorFromVec};

/// Normalizes every example over its event, the last axis: y = γ·(x − μ) / √(σ² + ε) + β.
///
/// μ and σ² = (1/N) Σ (x − μ)² are those of the example. Shapes: `x` (B, N), `scale` γ and `shift` β (N,), result (B, N).
/// Ba, Kiros and Hinton (2016), "Layer Normalization", eq. 3 and 4.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::layer_norm;
///
/// let device = Cpu::default();
/// let x = device.tensor_from_vec(vec![1.0f64, 3.0, -5.0, 5.0], (2, Const::<2>));
/// let y = layer_norm(x, device.tensor([1.0, 1.0]), device.tensor([0.0, 10.0]), 0.0);
/// assert_eq!(y.as_vec(), [-1.0, 11.0, -1.0, 11.0]);
/// ```
pub fn layer_norm<N: Dim, E: Real, T: Record<E>>(
    x: Batch<N, E, T>,
    scale: Tensor<(N,), E, Cpu, T>,
    shift: Tensor<(N,), E, Cpu, T>,
    epsilon: f64,
) -> Batch<N, E, T> {
    let (x, x_tape) = x.contiguous().split_tape();
    let (scale, scale_tape) = scale.contiguous().split_tape();
    let (shift, shift_tape) = shift.contiguous().split_tape();
    let wants_x = x_tape.wants_gradient();
    let mut tape = x_tape.merge(scale_tape).merge(shift_tape);
    let (batch, n) = *x.shape();
    assert_eq!((n,), *scale.shape(), "scale and event differ in size");
    assert_eq!((n,), *shift.shape(), "shift and event differ in size");

    let mut out = vec![E::zero(); batch * n.size()];
    let mut kept = Vec::with_capacity(batch);
    let (gamma, beta) = (as_slice(&scale), as_slice(&shift));
    normalize(&mut out[..], &mut kept, as_slice(&x), gamma, beta, epsilon);
    let y = x.device().tensor_from_vec(out, (batch, n));

    if T::OWNS_TAPE {
        let (x_ghost, scale_ghost, shift_ghost, y_ghost) =
            (x.ghost(), scale.ghost(), shift.ghost(), y.ghost());
        let addresses = [address(&x), address(&scale), address(&shift)];
        tape.record(&addresses, move |gradients| {
            let grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            let (mut grad_scale, mut grad_shift) = (vec![0.0; n.size()], vec![0.0; n.size()]);
            add_columns(
                &mut grad_scale,
                &mut grad_shift,
                &grad[..],
                as_slice(&x),
                &kept,
            );
            add(gradients.slots.get_or_alloc_mut(&scale_ghost)?, &grad_scale);
            add(gradients.slots.get_or_alloc_mut(&shift_ghost)?, &grad_shift);
            if wants_x {
                let grad_x = gradients.slots.get_or_alloc_mut(&x_ghost)?;
                add_rows(
                    &mut grad_x[..],
                    &grad[..],
                    as_slice(&x),
                    as_slice(&scale),
                    &kept,
                );
            }
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// `slot` += `gradient`.
pub(super) fn add<E: Real>(slot: &mut [E], gradient: &[f64]) {
    slot.iter_mut()
        .zip(gradient)
        .for_each(|(s, g)| *s += E::of(*g));
}

/// Fills `out`, and keeps [μ, 1/√(σ² + ε)] of every row.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn normalize<E: Real>(
    out: &mut [E],
    kept: &mut Vec<[E; 2]>,
    x: &[E],
    gamma: &[E],
    beta: &[E],
    epsilon: f64,
) {
    let n = gamma.len().max(1);
    for (out, x) in out.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
        let mean = sum(x) / n as f64;
        let variance = sum_of(x, x, |x, _| (x - mean) * (x - mean)) / n as f64;
        let [mean, inverse] = [mean, 1.0 / (variance + epsilon).sqrt()].map(E::of);
        kept.push([mean, inverse]);
        for (((out, x), gamma), beta) in out.iter_mut().zip(x).zip(gamma).zip(beta) {
            *out = (*x - mean) * inverse * *gamma + *beta;
        }
    }
}

/// Adds the gradients of γ and β.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_columns<E: Real>(
    grad_gamma: &mut [f64],
    grad_beta: &mut [f64],
    grad: &[E],
    x: &[E],
    kept: &[[E; 2]],
) {
    let n = grad_gamma.len().max(1);
    for ((grad, x), [mean, inverse]) in grad.chunks_exact(n).zip(x.chunks_exact(n)).zip(kept) {
        let columns = grad_gamma.iter_mut().zip(grad_beta.iter_mut());
        for (((gamma, beta), g), x) in columns.zip(grad).zip(x) {
            *gamma += (*g * (*x - *mean) * *inverse).as_f64();
            *beta += g.as_f64();
        }
    }
}

/// Adds the gradient of x: (γg − ⟨γg⟩ − x̂⟨γg·x̂⟩) / √(σ² + ε), with x̂ = (x − μ) / √(σ² + ε) and means over the row.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_rows<E: Real>(grad_x: &mut [E], grad: &[E], x: &[E], gamma: &[E], kept: &[[E; 2]]) {
    let n = gamma.len().max(1);
    let mut scaled = vec![E::zero(); gamma.len()];
    let rows = grad_x.chunks_exact_mut(n).zip(grad.chunks_exact(n));
    for (((grad_x, grad), x), &[mean, inverse]) in rows.zip(x.chunks_exact(n)).zip(kept) {
        for ((scaled, g), gamma) in scaled.iter_mut().zip(grad).zip(gamma) {
            *scaled = *g * *gamma;
        }
        let (m, r) = (mean.as_f64(), inverse.as_f64());
        let level = E::of(sum(&scaled) / n as f64);
        let slope = E::of(sum_of(&scaled, x, |g, x| g * (x - m) * r) / n as f64);
        for ((grad_x, g), x) in grad_x.iter_mut().zip(&scaled).zip(x) {
            *grad_x += inverse * (*g - level - (*x - mean) * inverse * slope);
        }
    }
}
