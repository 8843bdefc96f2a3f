use std::f32::consts::{FRAC_PI_4, LN_2};

/// Random numbers from 32 random bits: functions of u = (w + ½)/2³² that lose none of the bits of the word w.
///
/// Of a w that is uniform on the integers below 2³². The `f32` functions are straight-line code that vectorizes; the
/// `f64` functions are the platform's, and the exact values are functions of the same u.
///
/// ```
/// use vae_ops::math::FromWord;
/// assert_eq!(f64::uniform(1 << 31), 0.5 + 0.5f64.powi(33));
/// assert_eq!(f32::uniform(u32::MAX), 1.0 - f32::EPSILON / 2.0);
/// ```
pub trait FromWord: Sized {
    /// u, uniform on (0, 1). In `f32` with all 24 bits, rounded to the nearest but for the last 2⁻²⁵, which would be
    /// rounded to 1: neither 0 nor 1 is ever returned. Error at most 1 ulp in `f32`.
    fn uniform(word: u32) -> Self;
    /// −ln u, exponential of rate 1: positive, and at most 22.9. Error at most 2.7 ulp in `f32`.
    fn exponential(word: u32) -> Self;
    /// [cos φ, sin φ] of a φ that is uniform on the circle. Neither is ever 0. Error at most 2.4 ulp in `f32`.
    fn circle(word: u32) -> [Self; 2];
}

impl FromWord for f32 {
    #[inline(always)]
    fn uniform(word: u32) -> f32 {
        const BELOW_ONE: f32 = 1.0 - f32::EPSILON / 2.0;
        let u = (word as f32 + 0.5) * UNIT;
        if u < BELOW_ONE { u } else { BELOW_ONE }
    }

    /// With u = 2⁻ᵏ m and m = 1 + f ∈ [√½, √2), k ln 2 − ln(1 + f).
    #[inline(always)]
    fn exponential(word: u32) -> f32 {
        const SQRT_HALF: u32 = 0x3f35_04f3;
        // (ln(1 + f) − f + f²/2) / f³, least maximal error relative to the logarithm: 2⁻²⁷.
        const P: [f32; 8] = [
            0.333_333_3,
            -0.250_008_23,
            0.200_012_27,
            -0.166_233_57,
            0.142_017_62,
            -0.131_601_94,
            0.127_615_5,
            -0.076_344_3,
        ];
        let x = word as f32 + 0.5;
        let bits = x.to_bits().wrapping_add(0x3f80_0000 - SQRT_HALF);
        let k = (127 + 32 - (bits >> 23) as i32) as f32;
        let m = f32::from_bits((bits & 0x007f_ffff) + SQRT_HALF);
        // Near 1, all bits of 1 − u.
        let f = if k == 0.0 {
            (!word as f32 + 0.5) * -UNIT
        } else {
            m - 1.0
        };
        let square = f * f;
        let log = (square * f).mul_add(polynomial(&P, f), square.mul_add(-0.5, f));
        k.mul_add(LN_2, -log)
    }

    #[inline(always)]
    fn circle(word: u32) -> [f32; 2] {
        // sin(π/4 r)/r and cos(π/4 r) in r², least maximal relative errors: 2⁻²⁸ and 2⁻³⁴.
        const SIN: [f32; 4] = [FRAC_PI_4, -0.080_745_436, 0.002_490_001, -3.595_045_2e-5];
        const COS: [f32; 5] = [
            1.0,
            -0.308_425_13,
            0.015_854_323,
            -0.000_325_936_5,
            3.528_761_7e-6,
        ];
        let r = eighths(word) as f32 * (1.0 / (1 << 30) as f32);
        let square = r * r;
        rotate(
            word,
            [polynomial(&COS, square), r * polynomial(&SIN, square)],
        )
    }
}

impl FromWord for f64 {
    #[inline(always)]
    fn uniform(word: u32) -> f64 {
        (f64::from(word) + 0.5) / 4_294_967_296.0
    }

    #[inline(always)]
    fn exponential(word: u32) -> f64 {
        -(-f64::uniform(!word)).ln_1p()
    }

    #[inline(always)]
    fn circle(word: u32) -> [f64; 2] {
        let (sin, cos) =
            (f64::from(eighths(word)) / (1 << 30) as f64 * std::f64::consts::FRAC_PI_4).sin_cos();
        rotate(word, [cos, sin])
    }
}

/// 2⁻³²
const UNIT: f32 = 1.0 / 4_294_967_296.0;

/// c₀ + c₁x + c₂x² + …
#[inline(always)]
fn polynomial<const N: usize>(c: &[f32; N], x: f32) -> f32 {
    let [rest @ .., last] = c.as_slice() else {
        return 0.0;
    };
    rest.iter().rev().fold(*last, |p, c| p.mul_add(x, *c))
}

/// An odd number in (−2³⁰, 2³⁰) from all bits but the first two: an angle in units of 2⁻³⁰ π/4.
#[inline(always)]
fn eighths(word: u32) -> i32 {
    ((word << 2) | 2) as i32 >> 1
}

/// The point of the right quarter of the circle, moved to one of the four by the first two bits.
#[inline(always)]
fn rotate<E: Copy + std::ops::Neg<Output = E>>(word: u32, [cos, sin]: [E; 2]) -> [E; 2] {
    let cos = if word & 1 << 30 == 0 { cos } else { -cos };
    if word & 1 << 31 == 0 {
        [cos, sin]
    } else {
        [sin, cos]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest distance of `f32` functions from the `f64` ones, in ulp, over every 509th word and the extremes.
    fn worst<const N: usize>(f: fn(u32) -> [f32; N], exact: fn(u32) -> [f64; N]) -> f64 {
        let words = (0..=u32::MAX).step_by(509);
        let ends = (0..4096).flat_map(|w| [w, !w, (1 << 31) ^ w, (1 << 30) ^ w, 3_037_000_500 - w]);
        let ulps = words.chain(ends).map(|w| {
            let pairs = f(w).into_iter().zip(exact(w));
            let ulps = pairs.map(|(a, b)| {
                let ulp = 2f64.powi(b.abs().log2().floor() as i32 - 23);
                (f64::from(a) - b).abs() / ulp
            });
            ulps.fold(0.0, f64::max)
        });
        ulps.fold(0.0, f64::max)
    }

    #[test]
    fn functions_hold_their_stated_error() {
        let uniform = worst(|w| [f32::uniform(w)], |w| [f64::uniform(w)]);
        assert!(uniform <= 1.0, "uniform: {uniform}");
        let exponential = worst(|w| [f32::exponential(w)], |w| [f64::exponential(w)]);
        assert!(exponential <= 2.7, "exponential: {exponential}");
        let circle = worst(f32::circle, f64::circle);
        assert!(circle <= 2.4, "circle: {circle}");
    }

    #[test]
    fn nothing_degenerates() {
        for w in (0..4096).flat_map(|w| [w, !w, (1 << 31) ^ w, (1 << 30) ^ w, 3 << 30 ^ w]) {
            assert!(f32::uniform(w) > 0.0 && f32::uniform(w) < 1.0);
            let e = f32::exponential(w);
            assert!(e > 0.0 && e < 22.9, "{e}");
            assert!(f32::circle(w).iter().all(|x| *x != 0.0));
        }
        assert!((f32::exponential(u32::MAX) - 0.5f32.powi(33)).abs() < 1e-16);
        assert!((f64::from(f32::exponential(0)) - 33.0 * 2f64.ln()).abs() < 2e-6);
    }
}
