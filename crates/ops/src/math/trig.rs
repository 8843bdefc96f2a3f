use super::wide::horner;
use std::f64::consts::FRAC_PI_2;

/// Sine and cosine. The `f32` functions are straight-line code that vectorizes; the `f64` functions are the platform's.
pub trait Trigonometric {
    /// sin x, for every finite x; NaN at ±∞. Error at most 0.51 ulp in `f32`.
    fn sin_v(self) -> Self;
    /// cos x, for every finite x; NaN at ±∞. Error at most 0.51 ulp in `f32`.
    fn cos_v(self) -> Self;
}

impl Trigonometric for f32 {
    #[inline(always)]
    fn sin_v(self) -> f32 {
        let (turns, r) = reduce(self);
        rotate(turns, r)
    }

    #[inline(always)]
    fn cos_v(self) -> f32 {
        let (turns, r) = reduce(self);
        rotate(turns.wrapping_add(1), r)
    }
}

impl Trigonometric for f64 {
    #[inline(always)]
    fn sin_v(self) -> f64 {
        self.sin()
    }

    #[inline(always)]
    fn cos_v(self) -> f64 {
        self.cos()
    }
}

// Adding 1.5·2⁵² rounds to an integer and leaves it in the low bits of the mantissa.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// n mod 4 in the low bits, and r ∈ [−π/4, π/4] with x = n π/2 + r, for every finite x.
///
/// x · 2/π modulo 4 is summed up over 24-bit pieces of 2/π: the product of each with the 24 bits of x is exact, and so
/// is its remainder.
#[inline(always)]
fn reduce(x: f32) -> (u64, f64) {
    let x = f64::from(x);
    let y = TWO_OVER_PI.iter().rev().fold(-0.0, |sum, piece| {
        let product = x * piece;
        let remainder = product - 4.0 * ((product * 0.25 + ROUND) - ROUND);
        // A product of 48 bits that is this large is a multiple of 4.
        sum + if product.abs() >= 9_007_199_254_740_992.0 {
            0.0
        } else {
            remainder
        }
    });
    let t = y + ROUND;
    let r = (y - (t - ROUND)) * FRAC_PI_2;
    (
        t.to_bits(),
        if x.abs() < f64::INFINITY { r } else { f64::NAN },
    )
}

/// sin(r + n π/2) for |r| ≤ π/4, by the Taylor polynomials of degree 13 and 12.
#[inline(always)]
fn rotate(n: u64, r: f64) -> f32 {
    const SIN: [f64; 7] = [
        1.0,
        -1.0 / 6.0,
        1.0 / 120.0,
        -1.0 / 5040.0,
        1.0 / 362_880.0,
        -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0,
    ];
    const COS: [f64; 7] = [
        1.0,
        -1.0 / 2.0,
        1.0 / 24.0,
        -1.0 / 720.0,
        1.0 / 40_320.0,
        -1.0 / 3_628_800.0,
        1.0 / 479_001_600.0,
    ];
    let square = r * r;
    let (sin, cos) = (r * horner(&SIN, square), horner(&COS, square));
    let y = if n & 1 == 0 { sin } else { cos };
    (if n & 2 == 0 { y } else { -y }) as f32
}

/// 2/π in pieces of 24 bits: as many as the largest `f32` needs.
const TWO_OVER_PI: [f64; 9] = [
    0.6366197466850281,
    2.5682552973194106e-08,
    2.937095214933759e-16,
    3.2543794001732456e-23,
    1.2089613708828537e-29,
    5.667556795740071e-37,
    2.6204031112097215e-44,
    7.053957680880629e-52,
    1.582624282116559e-58,
];
