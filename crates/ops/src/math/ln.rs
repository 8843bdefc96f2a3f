/// Logarithms over their whole domain. The `f32` functions are straight-line code that vectorizes; the `f64` functions
/// are the platform's.
pub trait Logarithm {
    /// ln x; −∞ at ±0, NaN below. Error at most 0.8 ulp in `f32`.
    fn ln_v(self) -> Self;
    /// ln(1 + x) without cancellation; −∞ at −1, NaN below. Error at most 0.8 ulp in `f32`.
    fn ln_1p_v(self) -> Self;
}

impl Logarithm for f32 {
    #[inline(always)]
    fn ln_v(self) -> f32 {
        const SCALE: f32 = 33_554_432.0; // 2²⁵
        let subnormal = self < f32::MIN_POSITIVE;
        let (k, m) = split(if subnormal { self * SCALE } else { self });
        let y = ln_sum(if subnormal { k - 25.0 } else { k }, m - 1.0, 0.0);
        let y = if self == 0.0 { f32::NEG_INFINITY } else { y };
        let y = if self < f32::INFINITY { y } else { self };
        if self < 0.0 { f32::NAN } else { y }
    }

    #[inline(always)]
    fn ln_1p_v(self) -> f32 {
        let u = 1.0 + self;
        let (k, m) = split(u);
        // What the sum u has lost, as a share of it.
        let lost = if k >= 2.0 {
            1.0 - (u - self)
        } else {
            self - (u - 1.0)
        } / u;
        let direct = self > -0.29 && self < 0.41;
        let y = ln_sum(
            if direct { 0.0 } else { k },
            if direct { self } else { m - 1.0 },
            if direct { 0.0 } else { lost },
        );
        // Also keeps the sign of zero.
        let y = if self.abs() < 1e-9 { self } else { y };
        let y = if u == 0.0 { f32::NEG_INFINITY } else { y };
        let y = if self < f32::INFINITY { y } else { self };
        if u < 0.0 { f32::NAN } else { y }
    }
}

impl Logarithm for f64 {
    #[inline(always)]
    fn ln_v(self) -> f64 {
        self.ln()
    }

    #[inline(always)]
    fn ln_1p_v(self) -> f64 {
        self.ln_1p()
    }
}

/// k and m with x = 2ᵏ m and m ∈ [√½, √2), for normal positive x.
#[inline(always)]
fn split(x: f32) -> (f32, f32) {
    const SQRT_HALF: u32 = 0x3f35_04f3;
    let bits = x.to_bits().wrapping_add(0x3f80_0000 - SQRT_HALF);
    let k = ((bits >> 23) as i32 - 127) as f32;
    (k, f32::from_bits((bits & 0x007f_ffff) + SQRT_HALF))
}

/// k ln 2 + ln(1 + f) + c for a small correction c: the algorithm and coefficients of FreeBSD's `logf`.
#[inline(always)]
fn ln_sum(k: f32, f: f32, c: f32) -> f32 {
    const LN2_HI: f32 = 0.693_138_1;
    const LN2_LO: f32 = 9.058_001e-6;
    let s = f / (2.0 + f);
    let z = s * s;
    let r = 0.242_790_79;
    let r = r * z + 0.284_987_87;
    let r = r * z + 0.400_009_72;
    let r = r * z + 0.666_666_6;
    let half_square = 0.5 * f * f;
    s * (half_square + r * z) + (k * LN2_LO + c) - half_square + f + k * LN2_HI
}
