use crate::gradients::address;
use crate::{Batch, Real, Record, as_slice};
use dfdx::prelude::{Dim, HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};

/// y = R x, with a strictly upper triangular R for each example: yᵢ = Σ_{j>i} rᵢⱼ xⱼ.
///
/// Shapes: `upper` (B, M(M − 1)/2), the rows of R one after the other, only what is right of the diagonal; `x` (B, M), result
/// the same.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Batch, strictly_upper_product};
///
/// let device = Cpu::default();
/// let upper = device.tensor_from_vec(vec![1.0, 2.0, 3.0], (1, Const::<3>));
/// let x = device.tensor_from_vec(vec![7.0, 10.0, 100.0], (1, Const));
/// let y: Batch<Const<3>, f64> = strictly_upper_product(upper, x);
/// assert_eq!(y.as_vec(), [1.0 * 10.0 + 2.0 * 100.0, 3.0 * 100.0, 0.0]);
/// ```
///
/// # Panics
/// If the batches differ in size, or the number of elements of R does not fit.
pub fn strictly_upper_product<R: Dim, M: Dim, E: Real, T: Record<E>>(
    upper: Batch<R, E, T>,
    x: Batch<M, E, T>,
) -> Batch<M, E, T> {
    let (upper, upper_tape) = upper.contiguous().split_tape();
    let (x, x_tape) = x.contiguous().split_tape();
    let wanted = [upper_tape.wants_gradient(), x_tape.wants_gradient()];
    let mut tape = upper_tape.merge(x_tape);
    let (shape, m) = (*x.shape(), x.shape().1.size());
    assert_eq!(upper.shape().0, shape.0, "batches differ in size");
    let elements = m * m.saturating_sub(1) / 2;
    assert_eq!(upper.shape().1.size(), elements, "a triangle of {m} rows");

    let mut out = vec![E::zero(); shape.0 * m];
    for (example, out) in out.chunks_mut(m.max(1)).enumerate() {
        let upper = &as_slice(&upper)[example * elements..][..elements];
        product(out, upper, &as_slice(&x)[example * m..][..m]);
    }
    let out = x.device().tensor_from_vec(out, shape);
    if T::OWNS_TAPE && wanted != [false; 2] {
        let out_ghost = out.ghost();
        tape.record(&[address(&upper), address(&x)], move |gradients| {
            let slots = &mut gradients.slots;
            let grad_out = std::mem::take(&mut **slots.get_or_alloc_mut(&out_ghost)?);
            let rows = grad_out.chunks(m.max(1)).enumerate();
            if wanted[0] {
                let grad = slots.get_or_alloc_mut(&upper)?;
                for (example, out) in rows.clone() {
                    let grad = &mut grad[example * elements..][..elements];
                    add_outer_product(grad, out, &as_slice(&x)[example * m..][..m]);
                }
            }
            if wanted[1] {
                let grad = slots.get_or_alloc_mut(&x)?;
                for (example, out) in rows {
                    let upper = &as_slice(&upper)[example * elements..][..elements];
                    add_transposed_product(&mut grad[example * m..][..m], upper, out);
                }
            }
            Ok(())
        });
        out.put_tape(tape)
    } else {
        out.put_tape(tape.as_data())
    }
}

/// The part of each row that is right of the diagonal, of the first rows first.
fn rows<E>(upper: &[E], m: usize) -> impl Iterator<Item = (usize, &[E])> {
    (0..m).scan(upper, move |rest, i| {
        let (row, after) = rest.split_at(m - 1 - i);
        *rest = after;
        Some((i, row))
    })
}

fn product<E: Real>(out: &mut [E], upper: &[E], x: &[E]) {
    for (i, row) in rows(upper, x.len()) {
        let products = row.iter().zip(&x[i + 1..]).map(|(r, x)| *r * *x);
        out[i] = products.fold(E::zero(), |sum, product| sum + product);
    }
}

/// x̄ⱼ += Σ_{i<j} rᵢⱼ ȳᵢ
fn add_transposed_product<E: Real>(grad: &mut [E], upper: &[E], out: &[E]) {
    for (i, row) in rows(upper, out.len()) {
        let pairs = grad[i + 1..].iter_mut().zip(row);
        pairs.for_each(|(grad, r)| *grad += *r * out[i]);
    }
}

/// r̄ᵢⱼ += ȳᵢ xⱼ
fn add_outer_product<E: Real>(grad: &mut [E], out: &[E], x: &[E]) {
    let mut grad = grad.iter_mut();
    for (i, out) in out.iter().enumerate() {
        let pairs = x[i + 1..].iter().zip(&mut grad);
        pairs.for_each(|(x, grad)| *grad += *out * *x);
    }
}
