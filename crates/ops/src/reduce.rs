use crate::{Batch, PerExample, Real, Record, Scalar, as_slice};
use dfdx::prelude::{Dim, HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};

/// Adds each term, in `f64`, to one of 16 running sums, so that the loop vectorizes.
#[inline(always)]
pub(crate) fn add_up<E: Real>(sums: &mut [f64; 16], terms: &[E]) {
    let (groups, rest) = terms.as_chunks::<16>();
    for group in groups {
        for (sum, term) in sums.iter_mut().zip(group) {
            *sum += term.as_f64();
        }
    }
    for (sum, term) in sums.iter_mut().zip(rest) {
        *sum += term.as_f64();
    }
}

/// Mean of a slice, summed up in `f64`: no error grows with its length. NaN when empty.
///
/// ```
/// assert_eq!(vae_ops::mean(&[0.1f32; 1_000_000]), 0.1);
/// ```
pub fn mean<E: Real>(x: &[E]) -> E {
    let mut sums = [0.0; 16];
    add_up(&mut sums, x);
    E::of(sums.iter().sum::<f64>() / x.len() as f64)
}

/// ln (1/K) Σₖ exp xₖ without overflow; −∞ if all terms are −∞, and when empty.
///
/// ```
/// assert_eq!(vae_ops::log_mean_exp(&[-1000.0f64, -1000.0]), -1000.0);
/// ```
pub fn log_mean_exp<E: Real>(x: &[E]) -> E {
    let max = x.iter().copied().fold(
        E::neg_infinity(),
        |m, x| if x > m || x.is_nan() { x } else { m },
    );
    if max.is_infinite() || max.is_nan() {
        return max;
    }
    let sum: f64 = x.iter().map(|x| (*x - max).as_f64().exp()).sum();
    E::of(max.as_f64() + (sum / x.len() as f64).ln())
}

/// Mean over the batch, (B,) → scalar: the one place where a loss is averaged.
pub fn batch_mean<E: Real, T: Record<E>>(x: PerExample<E, T>) -> Scalar<E, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let out = x.device().tensor_from_vec(vec![mean(as_slice(&x))], ());
    if T::OWNS_TAPE {
        let (x_ghost, out_ghost, batch) = (x.ghost(), out.ghost(), x.shape().0);
        tape.add_backward_op(move |gradients| {
            let grad = gradients.get_or_alloc_mut(&out_ghost)?[0] / E::of(batch as f64);
            gradients
                .get_or_alloc_mut(&x_ghost)?
                .iter_mut()
                .for_each(|g| *g += grad);
            Ok(())
        });
    }
    out.put_tape(tape)
}

/// ln Σₖ exp xₖ over the last axis, (B, K) → (B,), without overflow. A row of −∞ gives −∞, with gradient 0.
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor_from_vec(vec![1000.0f64, 1000.0], (1, Const::<2>));
/// assert_eq!(vae_ops::log_sum_exp(x).as_vec(), [1000.0 + 2.0f64.ln()]);
/// ```
pub fn log_sum_exp<K: Dim, E: Real, T: Record<E>>(x: Batch<K, E, T>) -> PerExample<E, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let (batch, k) = (x.shape().0, x.shape().1.size());
    let log_k = E::of((k as f64).ln());
    let rows = as_slice(&x).chunks_exact(k.max(1));
    let out: Vec<E> = rows.map(|row| log_mean_exp(row) + log_k).collect();
    let out = x.device().tensor_from_vec(out, (batch,));
    if T::OWNS_TAPE {
        let (x_ghost, out_ghost, kept) = (x.ghost(), out.ghost(), out.clone());
        tape.add_backward_op(move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.get_or_alloc_mut(&out_ghost)?);
            let rows = gradients
                .get_or_alloc_mut(&x_ghost)?
                .chunks_exact_mut(k.max(1));
            let values = as_slice(&x).chunks_exact(k.max(1));
            for (((grads, values), total), grad) in
                rows.zip(values).zip(as_slice(&kept)).zip(grad_out)
            {
                for (g, x) in grads
                    .iter_mut()
                    .zip(values)
                    .filter(|(_, x)| **x != E::neg_infinity())
                {
                    *g += grad * (*x - *total).exp();
                }
            }
            Ok(())
        });
    }
    out.put_tape(tape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_accurate_and_complete() {
        for n in [1, 15, 16, 17, 255, 256, 257, 5000] {
            let terms: Vec<f64> = (1..=n).map(f64::from).collect();
            assert_eq!(mean(&terms), f64::from(n + 1) / 2.0, "n = {n}");
        }
        assert_eq!(mean(&vec![0.1f32; 10_000_000]), 0.1);
        assert!(mean::<f32>(&[]).is_nan());
    }

    #[test]
    fn log_mean_exp_keeps_its_limits() {
        let inf = f32::INFINITY;
        assert_eq!(log_mean_exp(&[-inf, -inf]), -inf);
        assert_eq!(log_mean_exp(&[inf, 0.0]), inf);
        assert!(log_mean_exp(&[0.0, f32::NAN]).is_nan());
        assert!((log_mean_exp(&[0.0f64, 3.0f64.ln()]) - 2.0f64.ln()).abs() < 1e-15);
        assert_eq!(log_mean_exp(&[1e4f32, -1e4]), 1e4 - 2.0f32.ln());
    }
}
