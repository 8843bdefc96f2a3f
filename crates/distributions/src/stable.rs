//! What several densities need to keep their digits, or to stay away from NaN.

use vae_ops::Dual;
use vae_ops::Real;

/// The same value; where it is infinite, as a constant. A formula that has overflowed has no derivative that a computer
/// holds: without this it would come out as ±∞ or, multiplied by 0, as NaN.
#[inline(always)]
pub(crate) fn flat_at_infinity<E: Real, const K: usize>(x: Dual<E, K>) -> Dual<E, K> {
    if x.value.is_infinite() {
        Dual::constant(x.value.as_f64())
    } else {
        x
    }
}

/// ln(1 − e⁻ˣ) for x > 0, without cancellation.
#[inline(always)]
pub(crate) fn log_one_minus_exp<E: Real, const K: usize>(x: Dual<E, K>) -> Dual<E, K> {
    let at = x.value;
    let value = if at < E::of(std::f64::consts::LN_2) {
        (-(-at).exp_m1_v()).ln_v()
    } else {
        (-(-at).exp_v()).ln_1p_v()
    };
    x.chain(value, at.exp_m1_v().recip())
}

/// 1 − exp(−e^w), the distribution function of the logarithm of an exponential variable. Its derivative e^(w − e^w) is
/// taken at once: it vanishes where e^w overflows.
#[inline(always)]
pub(crate) fn gompertz<E: Real, const K: usize>(w: Dual<E, K>) -> Dual<E, K> {
    let e = w.value.exp_v();
    w.chain(-(-e).exp_m1_v(), (w.value - e).exp_v())
}
