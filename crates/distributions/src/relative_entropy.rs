use vae_ops::{Dual, Real};

/// p ln p/q − p + q ≥ 0, the divergence of two masses that need not be 1: of Poisson variables with these means. From
/// p, q and s = ln q/p, which the caller knows to more digits than p and q tell. It is p (eˢ − 1 − s), so nothing
/// cancels near equality, and exactly 0 there.
#[inline(always)]
pub(crate) fn relative_entropy<E: Real, const K: usize>(
    p: Dual<E, K>,
    q: Dual<E, K>,
    s: Dual<E, K>,
) -> Dual<E, K> {
    if s.value == E::zero() {
        // Also where p is infinite.
        Dual::constant(0.0)
    } else if p.value == E::zero() {
        q
    } else if s.value > E::one() {
        // Where eˢ may overflow, and p be tiny.
        q - p * (1.0 + s)
    } else {
        p * s.exp_m1_residual()
    }
}

/// ln y/x, to all digits also where x and y are close.
#[inline(always)]
pub(crate) fn log_ratio<E: Real, const K: usize>(y: Dual<E, K>, x: Dual<E, K>) -> Dual<E, K> {
    let difference = y - x;
    if difference.value.abs() < E::of(0.5) * x.value {
        (difference / x).ln_1p()
    } else {
        y.ln() - x.ln()
    }
}

/// ln(eᵃ + eᵇ), without overflow; −∞ has no part in it.
#[inline(always)]
pub(crate) fn log_add_exp<E: Real, const K: usize>(a: Dual<E, K>, b: Dual<E, K>) -> Dual<E, K> {
    if a.value == b.value && a.value.is_infinite() {
        Dual::constant(a.value.as_f64())
    } else if a.value > b.value {
        a + (b - a).softplus()
    } else {
        b + (a - b).softplus()
    }
}
