use crate::{KlTo, Normal};
use dfdx::prelude::Dim;
use vae_ops::{Dual, PerExample, Real, Record, sum_formula};

/// The Rényi divergence of order α > 0 of two diagonal normal distributions,
/// D_α(p ‖ q) = ln E_q[(p/q)^α] / (α − 1), in nats, one value per example; KL(p ‖ q) at α = 1, to which it is continuous.
///
/// ½ Σ α (μ₁ − μ₂)²/σ*² + ln(σ₂²/σ*²)/(α − 1) + ln(σ₂²/σ₁²) with σ*² = α σ₂² + (1 − α) σ₁²; +∞, without a gradient, where
/// σ*² ≤ 0, which happens only for α > 1 (Gil, Alajaji & Linder 2013, Table 2).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Normal, renyi};
///
/// let tensor = |x: f64| Cpu::default().tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Normal { mean: tensor(1.0), log_var: tensor(0.0) };
/// let q = Normal { mean: tensor(3.0), log_var: tensor(0.0) };
/// assert_eq!(renyi(&p, &q, 0.5).as_vec(), [1.0]);
/// let wide = Normal { mean: tensor(1.0), log_var: tensor(2.0) };
/// assert_eq!(renyi(&wide, &q, 2.0).as_vec(), [f64::INFINITY]);
/// ```
///
/// # Panics
/// If α is not positive and finite.
pub fn renyi<N: Dim, E: Real, T: Record<E>>(
    p: &Normal<N, E, T>,
    q: &Normal<N, E, T>,
    alpha: f64,
) -> PerExample<E, T> {
    assert!(
        alpha > 0.0 && alpha.is_finite(),
        "the order of a Rényi divergence is {alpha}"
    );
    if alpha == 1.0 {
        return p.kl_to(q);
    }
    let beta = 1.0 - alpha;
    sum_formula(
        [
            p.mean.clone(),
            p.log_var.clone(),
            q.mean.clone(),
            q.log_var.clone(),
        ],
        move |[mean1, log_var1, mean2, log_var2]| {
            // In units of σ₂: σ₁² = eᵗ and σ*² = 1 + β (eᵗ − 1) = eˢ.
            let t = log_var1 - log_var2;
            let s = log_mean(t, alpha, beta);
            if s.value.is_nan() || s.value == E::neg_infinity() {
                return Dual::constant(f64::INFINITY);
            }
            // s/β − t; close to t = 0 the terms of first order cancel on paper.
            let spread = if t.value.as_f64() < 0.5 {
                t.exp_m1_residual() - s.exp_m1_residual() / beta
            } else {
                s / beta - t
            };
            let shift = (mean1 - mean2) * (-0.5 * (log_var2 + s)).exp();
            0.5 * (alpha * shift.square() + spread)
        },
    )
}

/// ln(a + b eᵗ) for a + b = 1, which is 0 at t = 0; NaN or −∞ where the mean is not positive.
pub(super) fn log_mean<E: Real, const K: usize>(t: Dual<E, K>, a: f64, b: f64) -> Dual<E, K> {
    let growth = b * t.exp_m1();
    if growth.value < E::of(-0.5) {
        (a + b * t.exp()).ln()
    } else if growth.value.is_infinite() {
        t + b.ln()
    } else {
        growth.ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{Cpu, TensorFromVec};
    use vae_testkit::assert_close;

    fn normal(mean: f64, log_var: f64) -> Normal<usize, f64> {
        let number = |x| Cpu::default().tensor_from_vec(vec![x], (1, 1));
        Normal {
            mean: number(mean),
            log_var: number(log_var),
        }
    }

    fn of(p: &Normal<usize, f64>, q: &Normal<usize, f64>, alpha: f64) -> f64 {
        renyi(p, q, alpha).as_vec()[0]
    }

    #[test]
    fn it_is_continuous_in_the_order_and_skew_symmetric() {
        for (p, q) in [
            (normal(0.0, 0.0), normal(1.0, 0.3)),
            (normal(-1.0, 1.0), normal(0.5, -0.5)),
            (normal(0.2, -2.0), normal(0.3, 2.0)),
        ] {
            let kl = p.kl_to(&q).as_vec()[0];
            assert_eq!(of(&p, &q, 1.0), kl);
            for step in [1e-12, -1e-12] {
                assert_close(of(&p, &q, 1.0 + step), kl, 1e-10);
            }
            // D_α(p ‖ q) = α/(1 − α) D_{1−α}(q ‖ p).
            for alpha in [0.1, 0.5, 0.9] {
                let skewed = of(&q, &p, 1.0 - alpha) * alpha / (1.0 - alpha);
                assert_close(of(&p, &q, alpha), skewed, 1e-13);
            }
        }
    }

    #[test]
    fn orders_near_one_keep_their_digits() {
        for alpha in [1e-3, 0.5, 1.0 - 1e-9, 1.0 + 1e-9, 2.0] {
            // ½ α (μ₁ − μ₂)²/σ² + ¼ α t², to leading order.
            let close = of(&normal(1e-7, 1e-7), &normal(0.0, 0.0), alpha);
            assert_close(close / (0.75 * alpha * 1e-14), 1.0, 1e-5);
        }
        // ln(½ eᵗ) − ½ t for σ₁² = eᵗ.
        let far = of(&normal(0.0, 1e4), &normal(0.0, 0.0), 0.5);
        assert_close(far, 5e3 - 2f64.ln(), 1e-13);
    }
}
