use vae_ops::{Dual, Real};

/// 1 − exp(−e^w), the distribution function of the logarithm of an exponential variable. Its derivative e^(w − e^w) is
/// taken at once: it vanishes where e^w overflows.
#[inline(always)]
pub(crate) fn gompertz<E: Real, const K: usize>(w: Dual<E, K>) -> Dual<E, K> {
    let e = w.value.exp_v();
    w.chain(-(-e).exp_m1_v(), (w.value - e).exp_v())
}
