use super::continuous_bernoulli::downhill;
use super::{closed_forms, gamma, settled, to_exponential, to_normal};
use crate::beta::less_whole;
use crate::binet::log_binomial;
use crate::double::in_double;
use crate::{Beta, ContinuousBernoulli, Density, KlTo};
use dfdx::prelude::Dim;
use vae_ops::{Dual, PerExample, Real, Record, formula, sum_formula};

closed_forms! {
    /// Σ λ E\[x\] − ln λ less the entropy.
    Beta[concentration1, concentration0] to Exponential[rate]: |[a, b, rate]| {
        to_exponential(-to_unit([a, b]), -(b / a).ln_1p(), rate)
    };

    /// Σ −α₂ ln β₂ − (α₂ − 1) (ψ(α₁) − ψ(α₁ + β₁)) + β₂ α₁/(α₁ + β₁) + ln Γ(α₂) less the entropy.
    Beta[concentration1, concentration0] to Gamma[concentration, rate]: |[a1, b1, a2, rate]| {
        let n = a1 + b1;
        let gap = (a1.ln() - a1.digamma()) - (n.ln() - n.digamma());
        gamma::cross_entropy([a1 / n, gap], [a2, rate]) + to_unit([a1, b1])
    };

    /// Σ ½ (ln 2πσ² + ((E\[x\] − μ)² + V\[x\])/σ²) less the entropy.
    Beta[concentration1, concentration0] to Normal[mean, log_var]: |[a, b, mean, log_var]| {
        let n = a + b;
        let log_variance = (a / n).ln() + (b / n).ln() - (n + 1.0).ln();
        to_normal(-to_unit([a, b]), [a / n, log_variance], [mean, log_var])
    };

    /// Σ ln(high − low) less the entropy; +∞ where \[0, 1\] is not inside of \[low, high\].
    Beta[concentration1, concentration0] to Uniform[low, high]: |[a, b, low, high]| {
        if low.value > 0.0 || high.value < 1.0 {
            return Dual::constant(f64::INFINITY);
        }
        to_unit([a, b]) + ((high - 1.0) - low).ln_1p()
    };
}

/// Σ −ln q(E\[x\]) less the entropy: ln q is linear in x.
impl<N: Dim, E: Real, T: Record<E>> KlTo<ContinuousBernoulli<N, E, T>, E, T> for Beta<N, E, T> {
    fn kl_to(&self, q: &ContinuousBernoulli<N, E, T>) -> PerExample<E, T> {
        let (a, b) = (&self.concentration1, &self.concentration0);
        let to_unit = sum_formula([a.clone(), b.clone()], |variables| {
            in_double(variables, to_unit)
        });
        // Seen from where q is greatest, at 0 or at 1: near 1, E[x] has too few digits.
        let inputs = [a.clone(), b.clone(), q.logits.clone()];
        let distance = formula(inputs, |[a, b, l]| {
            if l.value > E::zero() {
                b / (a + b)
            } else {
                a / (a + b)
            }
        });
        formula([to_unit - downhill(q).log_prob(&distance)], |[kl]| {
            settled(kl)
        })
    }
}

/// To the uniform distribution on \[0, 1\], which is Beta(1, 1): minus the entropy.
#[inline(always)]
fn to_unit<const K: usize>([a, b]: [Dual<f64, K>; 2]) -> Dual<f64, K> {
    let one = Dual::constant(1.0);
    let total = [a + b, Dual::constant(2.0)];
    let [n, two] = total;
    let parts =
        crate::gamma::divergence([a, n], [one, two]) + crate::gamma::divergence([b, n], [one, two]);
    less_whole(parts, total)
}

/// −E\[ln q(x)\] of a beta density q: −ln q at a point m, and for each of x and 1 − x its concentration less 1 times the
/// gap ln m − E\[ln x\]. From the logarithms of m and 1 − m and the gaps.
#[inline(always)]
pub(super) fn cross_entropy<const K: usize>(
    logs: [Dual<f64, K>; 2],
    [gap1, gap0]: [Dual<f64, K>; 2],
    [a, b]: [Dual<f64, K>; 2],
) -> Dual<f64, K> {
    let log_density =
        log_binomial([a, b], logs) + a.ln() + b.ln() - (a + b).ln() - logs[0] - logs[1];
    (a - 1.0) * gap1 + (b - 1.0) * gap0 - log_density
}
