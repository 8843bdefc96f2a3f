//! Straight-line building blocks in `f64`, without branches or calls, accurate to a few units of 10⁻¹⁶: the special
//! functions are computed with them for both element types, since that vectorizes and leaves `f32` its last bit.

use std::f64::consts::LOG2_E;

const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// c₀ + c₁x + c₂x² + …
#[inline(always)]
pub(crate) fn horner<const N: usize>(c: &[f64; N], x: f64) -> f64 {
    c.iter().rev().fold(0.0, |p, c| p * x + c)
}

/// eˣ for x < 709: Cody–Waite reduction and the Taylor polynomial of degree 13.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    // Adding 1.5·2⁵² rounds to an integer and leaves it in the low bits of the mantissa.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const TAYLOR: [f64; 12] = {
        let (mut c, mut k, mut factorial) = ([0.0; 12], 0, 1.0);
        while k < 12 {
            factorial *= (k + 2) as f64;
            c[k] = 1.0 / factorial;
            k += 1;
        }
        c
    };
    let x = if x < -746.0 { -746.0 } else { x };
    let t = x * LOG2_E + ROUND;
    let n = t - ROUND;
    let r = (x - n * LN2_HI) - n * LN2_LO;
    let p = horner(&TAYLOR, r) * r * r + r + 1.0;
    // 2ⁿ in two factors, since n + 1023 leaves the exponent's range for subnormal results.
    let half = n * 0.5 + ROUND;
    let rest = (n - (half - ROUND)) + ROUND;
    let power = |k: f64| f64::from_bits((k.to_bits().wrapping_add(1023)) << 52);
    p * power(half) * power(rest)
}

/// k and m with x = 2ᵏ m and m ∈ [√½, √2), for normal positive x.
#[inline(always)]
fn split(x: f64) -> (f64, f64) {
    const SQRT_HALF: u64 = 0x3fe6_a09e_0000_0000;
    let bits = x.to_bits().wrapping_add(0x3ff0_0000_0000_0000 - SQRT_HALF);
    // 2⁵² + the biased exponent, without a conversion from integers.
    let k =
        f64::from_bits(0x4330_0000_0000_0000 | (bits >> 52)) - (4_503_599_627_370_496.0 + 1023.0);
    let m = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) + SQRT_HALF);
    (k, m)
}

/// k ln 2 + ln(1 + f) + c for a small correction c: the algorithm and coefficients of FreeBSD's `log`.
#[inline(always)]
fn ln_sum(k: f64, f: f64, c: f64) -> f64 {
    const LG: [f64; 7] = [
        0.666_666_666_666_673_5,
        0.399_999_999_994_094_2,
        0.285_714_287_436_623_9,
        0.222_221_984_321_497_84,
        0.181_835_721_616_180_5,
        0.153_138_376_992_093_73,
        0.147_981_986_051_165_86,
    ];
    let s = f / (2.0 + f);
    let z = s * s;
    let half_square = 0.5 * f * f;
    s * (half_square + z * horner(&LG, z)) + (k * LN2_LO + c) - half_square + f + k * LN2_HI
}

/// ln x; −∞ at ±0, NaN below.
#[inline(always)]
pub(crate) fn ln(x: f64) -> f64 {
    const SCALE: f64 = 18_014_398_509_481_984.0; // 2⁵⁴
    let subnormal = x < f64::MIN_POSITIVE;
    let (k, m) = split(if subnormal { x * SCALE } else { x });
    let y = ln_sum(if subnormal { k - 54.0 } else { k }, m - 1.0, 0.0);
    let y = if x == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if x < f64::INFINITY { y } else { x };
    if x < 0.0 { f64::NAN } else { y }
}

/// ln(1 + x); −∞ at −1, NaN below.
#[inline(always)]
pub(crate) fn ln_1p(x: f64) -> f64 {
    let u = 1.0 + x;
    let (k, m) = split(u);
    // What the sum u has lost, as a share of it.
    let lost = if k >= 2.0 {
        1.0 - (u - x)
    } else {
        x - (u - 1.0)
    } / u;
    let direct = x > -0.29 && x < 0.41;
    let y = ln_sum(
        if direct { 0.0 } else { k },
        if direct { x } else { m - 1.0 },
        if direct { 0.0 } else { lost },
    );
    // Also keeps the sign of zero.
    let y = if x.abs() < 1e-17 { x } else { y };
    let y = if u == 0.0 { f64::NEG_INFINITY } else { y };
    let y = if x < f64::INFINITY { y } else { x };
    if u < 0.0 { f64::NAN } else { y }
}

/// x minus the nearest integer.
#[inline(always)]
pub(crate) fn fraction(x: f64) -> f64 {
    const INTEGERS: f64 = 4_503_599_627_370_496.0; // 2⁵²: from here on there is nothing else.
    let a = x.abs();
    let r = a - ((a + INTEGERS) - INTEGERS);
    let r = if a >= INTEGERS { 0.0 } else { r };
    if x < 0.0 { -r } else { r }
}

/// sin πr for |r| ≤ ½.
#[inline(always)]
pub(crate) fn sin_pi(r: f64) -> f64 {
    const SIN_PI: [f64; 9] = [
        std::f64::consts::PI,
        -5.167712780049969,
        2.5501640398773007,
        -0.5992645293189447,
        0.0821458865731029,
        -0.007370430505916944,
        0.0004662998161898394,
        -2.1903497074626018e-05,
        7.697826768224191e-07,
    ];
    r * horner(&SIN_PI, r * r)
}
