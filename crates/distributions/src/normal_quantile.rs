use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI, TAU};
use vae_ops::math::ErrorFunction;
use vae_ops::{Dual, Real};

/// Φ⁻¹, the quantile function of the standard normal distribution: the z with Φ(z) = u, for u in (0, 1). Error below
/// 10⁻¹⁵ (1 + |z|), and relative to u − ½ around the middle.
///
/// ```
/// assert_eq!(vae_distributions::probit(0.5), 0.0);
/// ```
pub fn probit(u: f64) -> f64 {
    if u < 0.25 {
        lower_tail(u.ln())
    } else if u > 0.75 {
        -lower_tail((1.0 - u).ln())
    } else {
        center(2.0 * (u - 0.5))
    }
}

/// [`probit`] with its derivative.
#[inline(always)]
pub(crate) fn normal_quantile<E: Real, const K: usize>(u: Dual<E, K>) -> Dual<E, K> {
    let z = probit(u.value.as_f64());
    u.chain(E::of(z), E::of(TAU.sqrt() * (0.5 * z * z).exp()))
}

/// The z ≥ 0 with 2Φ(z) − 1 = u, for u in (0, 1). Error below 2·10⁻¹⁵ relative to z in `f64`.
#[inline(always)]
pub(crate) fn half_normal_quantile<E: Real, const K: usize>(u: Dual<E, K>) -> Dual<E, K> {
    let at = u.value.as_f64();
    let z = if at < 0.5 {
        center(at)
    } else {
        -lower_tail((1.0 - at).ln() - LN_2)
    };
    u.chain(E::of(z), E::of((0.5 * PI).sqrt() * (0.5 * z * z).exp()))
}

/// The z ≤ 0 with ln Φ(z) = log_u, for log_u ≤ −ln 2.
///
/// By Newton's method. Φ(z) ≤ ½ exp(−z²/2) puts the start to the left of the solution, and from there the steps of a
/// concave function stay on that side.
fn lower_tail(log_u: f64) -> f64 {
    newton(-(-2.0 * (log_u + LN_2)).max(0.0).sqrt(), |z| {
        (z.log_ndtr() - log_u) / z.inverse_mills()
    })
}

/// The z with 2Φ(z) − 1 = erf(z/√2) = y, for |y| ≤ ½. As above, from z = y √(π/2), where erf is concave away from 0.
fn center(y: f64) -> f64 {
    let slope = (0.5 * PI).sqrt();
    newton(y * slope, |z| {
        ((FRAC_1_SQRT_2 * z).erf_v() - y) * slope * (0.5 * z * z).exp()
    })
}

fn newton(start: f64, step: impl Fn(f64) -> f64) -> f64 {
    let mut z = start;
    // It takes less than 10; NaN takes all.
    for _ in 0..20 {
        let next = z - step(z);
        if (next - z).abs() <= f64::EPSILON * next.abs() {
            return next;
        }
        z = next;
    }
    z
}
