use dfdx::prelude::{NoneTape, Tensor, TensorFromVec};
use vae_ops::{PerExample, Real, Record, as_slice, formula, log_mean_exp};

/// ln wₖ = ln p(x, zₖ) − ln q(zₖ|x).
pub(super) fn log_weights<E: Real, T: Record<E>>(
    log_joint: PerExample<E, T>,
    log_q: PerExample<E, T>,
) -> PerExample<E, T> {
    formula([log_joint, log_q], |[p, q]| p - q)
}

/// ln (1/K) Σₖ wₖ of each example, (B,), and the normalized weights w̃ₖ = wₖ/Σⱼ wⱼ, (B·K,): its derivatives by ln wₖ. These
/// are 0 where all wₖ are.
pub(super) fn importance<E: Real, T: Record<E>>(
    log_weights: &PerExample<E, T>,
    samples: usize,
) -> (PerExample<E>, Vec<E>) {
    let log_w = log_weights.retaped::<NoneTape>();
    let (mut bounds, mut weights) = (Vec::new(), Vec::new());
    for log_w in as_slice(&log_w).chunks(samples) {
        let bound = log_mean_exp(log_w);
        if bound == E::neg_infinity() {
            weights.extend(log_w.iter().map(|_| E::zero()));
        } else {
            // In f64, so that they add up to 1.
            let terms = log_w.iter().map(|l| (*l - bound).as_f64().exp());
            let sum: f64 = terms.clone().sum();
            weights.extend(terms.map(|term| E::of(term / sum)));
        }
        bounds.push(bound);
    }
    let batch = (bounds.len(),);
    let bounds = Tensor::device(&log_w).tensor_from_vec(bounds, batch);
    (bounds, weights)
}
