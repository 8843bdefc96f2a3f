//! Activations whose derivative is no function of their output.

use super::{Activation, bounded};
use crate::Real;

/// f(x) = x σ(x), with the logistic function σ; also known as swish.
///
/// Elfwing, Uchibe & Doya 2018.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silu;

impl Activation for Silu {
    const FROM_INPUT: bool = true;

    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        // From −1000 on it is 0, where −∞ · 0 would be NaN.
        let y = x * x.sigmoid();
        if x < E::of(-1000.0) { E::zero() } else { y }
    }

    #[inline(always)]
    fn derivative<E: Real>(x: E) -> E {
        let x = bounded(x, 1000.0);
        x.sigmoid() * (E::one() + x * (-x).sigmoid())
    }
}

/// f(x) = x Φ(x), with the standard normal distribution function Φ, exactly (Hendrycks & Gimpel 2016).
#[derive(Clone, Copy, Debug, Default)]
pub struct Gelu;

impl Activation for Gelu {
    const FROM_INPUT: bool = true;

    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        let y = x * normal_cdf(x);
        // Also for −∞, which would be −∞ · 0.
        if x < E::of(-50.0) { E::zero() } else { y }
    }

    #[inline(always)]
    fn derivative<E: Real>(x: E) -> E {
        const DENSITY_AT_0: f64 = 0.398_942_280_401_432_7;
        let x = bounded(x, 50.0);
        normal_cdf(x) + x * E::of(DENSITY_AT_0) * (E::of(-0.5) * x * x).exp_v()
    }
}

/// f(x) = ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), the approximation of [`Gelu`] that GPT-2 was trained with.
#[derive(Clone, Copy, Debug, Default)]
pub struct GeluTanh;

impl GeluTanh {
    const TWICE_ROOT: f64 = 1.595_769_121_605_730_8; // 2 √(2/π)
    const CUBIC: f64 = 0.044_715;
}

impl Activation for GeluTanh {
    const FROM_INPUT: bool = true;

    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        // ½ (1 + tanh u) = σ(2u), without cancellation.
        let u = E::of(Self::TWICE_ROOT) * x * (E::one() + E::of(Self::CUBIC) * x * x);
        let y = x * u.sigmoid();
        if x < E::of(-50.0) { E::zero() } else { y }
    }

    #[inline(always)]
    fn derivative<E: Real>(x: E) -> E {
        let x = bounded(x, 50.0);
        let cubic = E::of(Self::CUBIC) * x * x;
        let u = E::of(Self::TWICE_ROOT) * x * (E::one() + cubic);
        let slope = E::of(Self::TWICE_ROOT) * (E::one() + E::of(3.0) * cubic);
        u.sigmoid() * (E::one() + x * slope * (-u).sigmoid())
    }
}

/// Φ(x), accurate in the left tail.
#[inline(always)]
fn normal_cdf<E: Real>(x: E) -> E {
    E::of(0.5) * (x * E::of(-std::f64::consts::FRAC_1_SQRT_2)).erfc_v()
}
