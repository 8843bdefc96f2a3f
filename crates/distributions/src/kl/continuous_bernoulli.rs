use super::settled;
use crate::{ContinuousBernoulli, Density, Exponential, KlTo, Moments, Normal, Uniform};
use dfdx::prelude::Dim;
use vae_ops::{Dual, PerExample, Real, Record, formula, sum_formula};

/// Σ λ E\[x\] − ln λ less the entropy.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Exponential<N, E, T>, E, T>
    for ContinuousBernoulli<N, E, T>
{
    fn kl_to(&self, q: &Exponential<N, E, T>) -> PerExample<E, T> {
        // ln q is linear in x.
        formula([-(q.log_prob(&self.mean()) + self.entropy())], |[kl]| {
            settled(kl)
        })
    }
}

/// Σ ½ (ln 2πσ² + ((E\[x\] − μ)² + V\[x\])/σ²) less the entropy.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Normal<N, E, T>, E, T> for ContinuousBernoulli<N, E, T> {
    fn kl_to(&self, q: &Normal<N, E, T>) -> PerExample<E, T> {
        // By the normal distribution of this mean and variance, the one of the greatest entropy.
        let normal = Normal {
            mean: self.mean(),
            log_var: formula([self.variance()], |[variance]| variance.ln()),
        };
        let lacking_entropy = normal.entropy() - self.entropy();
        formula([normal.kl_to(q) + lacking_entropy], |[kl]| settled(kl))
    }
}

/// Σ ln(high − low) less the entropy; +∞ where \[0, 1\] is not inside of \[low, high\].
impl<N: Dim, E: Real, T: Record<E>> KlTo<Uniform<N, E, T>, E, T> for ContinuousBernoulli<N, E, T> {
    fn kl_to(&self, q: &Uniform<N, E, T>) -> PerExample<E, T> {
        // ln q is constant.
        let log_width = sum_formula([q.low.clone(), q.high.clone()], |[low, high]| {
            if low.value > E::zero() || high.value < E::one() {
                Dual::constant(f64::INFINITY)
            } else {
                ((high - 1.0) - low).ln_1p()
            }
        });
        formula([log_width - self.entropy()], |[kl]| settled(kl))
    }
}

/// The distribution of x, or of 1 − x, such that the density falls.
pub(super) fn downhill<N: Dim, E: Real, T: Record<E>>(
    q: &ContinuousBernoulli<N, E, T>,
) -> ContinuousBernoulli<N, E, T> {
    ContinuousBernoulli {
        logits: formula(
            [q.logits.clone()],
            |[l]| {
                if l.value > E::zero() { -l } else { l }
            },
        ),
    }
}
