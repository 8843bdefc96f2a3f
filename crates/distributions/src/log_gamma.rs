//! Differences of ln Γ and ψ, without the cancellation.

use vae_ops::math::GammaFunction;
use vae_ops::{Dual, Real};

/// γ, minus the derivative of Γ at 1.
pub(crate) const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// ln Γ(1 + x) + γx for x > −1: never negative, and π²x²/12 to second order.
#[inline(always)]
pub(crate) fn log_gamma_residual<E: Real, const K: usize>(x: Dual<E, K>) -> Dual<E, K> {
    let at = x.value.as_f64();
    let value = if at.abs() < 0.25 {
        let terms = ZETA_LESS_ONE.iter().enumerate().rev();
        let series = terms.fold(0.0, |sum, (i, zeta)| zeta / (i + 2) as f64 - at * sum);
        at.ln_1p().exp_m1_residual() + at * at * series
    } else {
        (1.0 + at).lgamma() + EULER_GAMMA * at
    };
    x.chain(E::of(value), E::of(harmonic_at(at)))
}

/// ψ(1 + x) + γ = 1 + ½ + … + 1/x, continued to real x > −1.
#[inline(always)]
pub(crate) fn harmonic<E: Real, const K: usize>(x: Dual<E, K>) -> Dual<E, K> {
    let at = x.value.as_f64();
    x.chain(E::of(harmonic_at(at)), E::of((1.0 + at).trigamma()))
}

fn harmonic_at(x: f64) -> f64 {
    if x.abs() < 0.25 {
        let series = ZETA_LESS_ONE.iter().rev().fold(0.0, |sum, z| z - x * sum);
        x / (1.0 + x) + x * series
    } else {
        (1.0 + x).digamma() + EULER_GAMMA
    }
}

/// ζ(k) − 1 for k = 2, 3, …: ln Γ(1 + x) = (1 − γ) x − ln(1 + x) + Σₖ (ζ(k) − 1) (−x)ᵏ / k (DLMF 5.7.3).
const ZETA_LESS_ONE: [f64; 18] = [
    0.644_934_066_848_226_4,
    0.202_056_903_159_594_3,
    0.082_323_233_711_138_19,
    0.036_927_755_143_369_93,
    0.017_343_061_984_449_14,
    0.008_349_277_381_922_827,
    0.004_077_356_197_944_339,
    0.002_008_392_826_082_214_4,
    9.945_751_278_180_854e-4,
    4.941_886_041_194_646e-4,
    2.460_865_533_080_483e-4,
    1.227_133_475_784_891_5e-4,
    6.124_813_505_870_483e-5,
    3.058_823_630_702_049e-5,
    1.528_225_940_865_187e-5,
    7.637_197_637_899_762e-6,
    3.817_293_264_999_84e-6,
    1.908_212_716_553_939e-6,
];

/// From here on Stirling's series holds to 10⁻¹⁵ (DLMF 5.11.1, 5.11.2).
const STIRLING_FROM: f64 = 10.0;

/// ln Γ(x + step) − ln Γ(x), for positive x and step.
#[inline(always)]
pub(crate) fn log_gamma_step<E: Real, const K: usize>(
    x: Dual<E, K>,
    step: Dual<E, K>,
) -> Dual<E, K> {
    if x.value < E::of(STIRLING_FROM) {
        return (x + step).lgamma() - x.lgamma();
    }
    // B₂ₖ / (2k (2k − 1)), by powers of 1/x².
    let tail = |x: Dual<E, K>| {
        let (inverse, square) = (x.recip(), x.square().recip());
        let series = 1.0 / 1188.0 - 691.0 / 360_360.0 * square;
        let series = -1.0 / 1680.0 + square * series;
        let series = 1.0 / 1260.0 + square * series;
        let series = -1.0 / 360.0 + square * series;
        inverse * (1.0 / 12.0 + square * series)
    };
    (x + step - 0.5) * (step / x).ln_1p() + step * (x.ln() - 1.0) + (tail(x + step) - tail(x))
}

/// ψ(x + step) − ψ(x), for positive x and step.
#[inline(always)]
pub(crate) fn digamma_step<E: Real, const K: usize>(x: Dual<E, K>, step: f64) -> Dual<E, K> {
    if x.value < E::of(STIRLING_FROM) {
        return (x + step).digamma() - x.digamma();
    }
    // B₂ₖ / 2k, by powers of 1/x².
    let tail = |x: Dual<E, K>| {
        let (inverse, square) = (x.recip(), x.square().recip());
        let series = 1.0 / 132.0 - 691.0 / 32_760.0 * square;
        let series = -1.0 / 240.0 + square * series;
        let series = 1.0 / 252.0 + square * series;
        let series = -1.0 / 120.0 + square * series;
        0.5 * inverse + square * (1.0 / 12.0 + square * series)
    };
    (step / x).ln_1p() + (tail(x) - tail(x + step))
}
