use dfdx::prelude::{NoneTape, Tensor, TensorFromVec};
use vae_ops::{PerExample, Real, Record, as_slice, formula, log_mean_exp};

/// ln wₖ = ln p(x, zₖ) − ln q(zₖ|x).
pub(super) fn log_weights<E: Real, T: Record<E>>(
    log_joint: PerExample<E, T>,
    log_q: PerExample<E, T>,
) -> PerExample<E, T> {
    formula([log_joint, log_q], |[p, q]| p - q)
}

/// ln (1/K) Σₖ wₖ of each example, (B,), and the normalized weights w̃ₖ = wₖ/Σⱼ wⱼ, (K·B,): its derivatives by ln wₖ. These
/// are 0 where all wₖ are.
pub(super) fn importance<E: Real, T: Record<E>>(
    log_weights: &PerExample<E, T>,
    samples: usize,
) -> (PerExample<E>, Vec<E>) {
    let log_w = log_weights.retaped::<NoneTape>();
    let of_example = per_example(as_slice(&log_w), samples);
    let bounds: Vec<E> = of_example.iter().map(|log_w| log_mean_exp(log_w)).collect();
    let mut weights = vec![E::zero(); as_slice(&log_w).len()];
    for (b, (log_w, bound)) in of_example.iter().zip(&bounds).enumerate() {
        if *bound == E::neg_infinity() {
            continue;
        }
        // In f64, so that they add up to 1.
        let terms = log_w.iter().map(|l| (*l - *bound).as_f64().exp());
        let sum: f64 = terms.clone().sum();
        for (k, term) in terms.enumerate() {
            weights[k * of_example.len() + b] = E::of(term / sum);
        }
    }
    let batch = (bounds.len(),);
    (
        Tensor::device(&log_w).tensor_from_vec(bounds, batch),
        weights,
    )
}

/// From (K·B,), the K values of each example.
pub(super) fn per_example<E: Real>(values: &[E], samples: usize) -> Vec<Vec<E>> {
    let batch = values.len() / samples;
    let of_one = |b| values.iter().skip(b).step_by(batch).copied().collect();
    (0..batch).map(of_one).collect()
}
