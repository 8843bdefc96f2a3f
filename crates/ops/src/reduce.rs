use crate::axis::maximum;
use crate::gradients::address;
use crate::{PerExample, Real, Record, Scalar, as_slice};
use dfdx::prelude::{HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};

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

/// The sum of running sums, in pairs.
#[inline(always)]
pub(crate) fn total(sums: &[f64; 16]) -> f64 {
    let mut sums = *sums;
    for half in [8, 4, 2, 1] {
        let (low, high) = sums.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(&*high) {
            *low += *high;
        }
    }
    sums[0]
}

/// Mean of a slice, summed up in `f64`: no error grows with its length. NaN when empty.
///
/// ```
/// assert_eq!(vae_ops::mean(&[0.1f32; 1_000_000]), 0.1);
/// ```
pub fn mean<E: Real>(x: &[E]) -> E {
    let mut sums = [0.0; 16];
    add_up(&mut sums, x);
    E::of(total(&sums) / x.len() as f64)
}

/// ln (1/K) Σₖ exp xₖ without overflow; −∞ if all terms are −∞, and when empty.
///
/// ```
/// assert_eq!(vae_ops::log_mean_exp(&[-1000.0f64, -1000.0]), -1000.0);
/// ```
pub fn log_mean_exp<E: Real>(x: &[E]) -> E {
    let max = maximum(x);
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
        tape.record(&[address(&x)], move |gradients| {
            let grad = gradients.slots.get_or_alloc_mut(&out_ghost)?[0] / E::of(batch as f64);
            gradients
                .slots
                .get_or_alloc_mut(&x_ghost)?
                .iter_mut()
                .for_each(|g| *g += grad);
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
