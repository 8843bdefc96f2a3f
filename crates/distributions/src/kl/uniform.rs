use super::continuous_bernoulli::downhill;
use super::{beta, closed_forms, gamma, settled, to_exponential, to_normal};
use crate::relative_entropy::log_ratio;
use crate::{ContinuousBernoulli, Density, KlTo, Uniform};
use dfdx::prelude::Dim;
use vae_ops::{Dual, PerExample, Real, Record, formula, sum_formula};

closed_forms! {
    /// Σ −(α − 1) E\[ln x\] − (β − 1) E\[ln(1 − x)\] + ln B(α, β) − ln(high − low); +∞ beyond \[0, 1\].
    ///
    /// At low = 0 and high = 1 the derivatives in them are taken without their infinite parts.
    Uniform[low, high] to Beta[concentration1, concentration0]: |[low, high, a, b]| {
        if low.value < 0.0 || high.value > 1.0 {
            return Dual::constant(f64::INFINITY);
        }
        let mirrored = [1.0 - high, 1.0 - low];
        let logs = [[low, high], mirrored].map(|ends| mean(ends).ln());
        let gaps = [[low, high], mirrored].map(log_gap);
        beta::cross_entropy(logs, gaps, [a, b]) - (high - low).ln()
    };

    /// Σ λ (low + high)/2 − ln λ(high − low); +∞ for low < 0.
    Uniform[low, high] to Exponential[rate]: |[low, high, rate]| {
        if low.value < 0.0 {
            return Dual::constant(f64::INFINITY);
        }
        to_exponential((high - low).ln(), mean([low, high]).ln(), rate)
    };

    /// Σ −α ln β − (α − 1) E\[ln x\] + β (low + high)/2 + ln Γ(α) − ln(high − low); +∞ for low < 0.
    ///
    /// At low = 0 the derivative in it is taken without its infinite part.
    Uniform[low, high] to Gamma[concentration, rate]: |[low, high, a, rate]| {
        if low.value < 0.0 {
            return Dual::constant(f64::INFINITY);
        }
        let ends = [low, high];
        gamma::cross_entropy([mean(ends), log_gap(ends)], [a, rate]) - (high - low).ln()
    };

    /// Σ z + e^{S(w) − z} − ln w with z = ((low + high)/2 − μ)/β, w = (high − low)/β and S(w) = ln sinh(w/2)/(w/2).
    Uniform[low, high] to Gumbel[loc, scale]: |[low, high, loc, scale]| {
        let width = (high - low) / scale;
        let log_mean = log_sinhc(width);
        let log_laplace = log_mean - (mean([low, high]) - loc) / scale;
        log_laplace.exp_m1_residual() + 1.0 + log_mean - width.ln()
    };

    /// Σ ½ (ln 2πσ² + ((low + high)/2 − μ)²/σ² + (high − low)²/12σ²) − ln(high − low).
    Uniform[low, high] to Normal[mean, log_var]: |[low, high, mean2, log_var]| {
        let entropy = (high - low).ln();
        to_normal(entropy, [mean([low, high]), 2.0 * entropy - 12.0f64.ln()], [mean2, log_var])
    };

    /// Σ (α + 1) E\[ln x\] − ln α − α ln m − ln(high − low); +∞ for low < m.
    Uniform[low, high] to Pareto[scale, alpha]: |[low, high, m, alpha]| {
        if low.value < m.value {
            return Dual::constant(f64::INFINITY);
        }
        let (middle, gap) = (mean([low, high]), log_gap([low, high]));
        alpha * (log_ratio(middle, m) - gap) - gap - (alpha * ((high - low) / middle)).ln()
    };
}

/// Σ −ln q(E\[x\]) − ln(high − low), ln q being linear in x; +∞ beyond \[0, 1\].
impl<N: Dim, E: Real, T: Record<E>> KlTo<ContinuousBernoulli<N, E, T>, E, T> for Uniform<N, E, T> {
    fn kl_to(&self, q: &ContinuousBernoulli<N, E, T>) -> PerExample<E, T> {
        let (low, high) = (&self.low, &self.high);
        let to_unit = sum_formula([low.clone(), high.clone()], |[low, high]| {
            if low.value < E::zero() || high.value > E::one() {
                Dual::constant(f64::INFINITY)
            } else {
                -(high - low).ln()
            }
        });
        // Seen from where q is greatest, at 0 or at 1.
        let inputs = [low.clone(), high.clone(), q.logits.clone()];
        let distance = formula(inputs, |[low, high, l]| {
            if l.value > E::zero() {
                mean([1.0 - high, 1.0 - low])
            } else {
                mean([low, high])
            }
        });
        formula([to_unit - downhill(q).log_prob(&distance)], |[kl]| {
            settled(kl)
        })
    }
}

#[inline(always)]
fn mean<E: Real, const K: usize>([low, high]: [Dual<E, K>; 2]) -> Dual<E, K> {
    0.5 * low + 0.5 * high
}

/// ln E\[x\] − E\[ln x\] for 0 ≤ low < high: with r = (high − low)/(high + low),
/// 1 − ((1 + r) ln(1 + r) − (1 − r) ln(1 − r))/2r = Σₖ r²ᵏ / 2k(2k + 1).
#[inline(always)]
fn log_gap<const K: usize>([low, high]: [Dual<f64, K>; 2]) -> Dual<f64, K> {
    let middle = mean([low, high]);
    let r = 0.5 * (high - low) / middle;
    if r.value < 0.25 {
        let square = r.square();
        let series = (1..=12).rev().fold(Dual::constant(0.0), |sum, k| {
            square * (sum + 1.0 / f64::from(2 * k * (2 * k + 1)))
        });
        return series;
    }
    let x_ln_x = |x: Dual<f64, K>| {
        if x.value > 0.0 {
            x * x.ln()
        } else {
            Dual::constant(0.0)
        }
    };
    1.0 - (x_ln_x(high / middle) - x_ln_x(low / middle)) / (2.0 * r)
}

/// ln[sinh(w/2) / (w/2)] for w > 0.
#[inline(always)]
fn log_sinhc<const K: usize>(w: Dual<f64, K>) -> Dual<f64, K> {
    if w.value < 0.25 {
        /// B₂ₖ / (2k (2k)!)
        const SERIES: [f64; 5] = [
            1.0 / 24.0,
            -1.0 / 2880.0,
            1.0 / 181_440.0,
            -1.0 / 9_676_800.0,
            1.0 / 479_001_600.0,
        ];
        let square = w.square();
        let add = |sum: Dual<f64, K>, c: &f64| square * (sum + *c);
        SERIES.iter().rev().fold(Dual::constant(0.0), add)
    } else {
        0.5 * w + (-(-w).exp_m1()).ln() - w.ln()
    }
}
