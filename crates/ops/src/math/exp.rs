/// eˣ − 1 and the hyperbolic tangent. The `f32` functions are straight-line code that vectorizes; the `f64` functions
/// are the platform's.
pub trait Exponential {
    /// eˣ − 1 without cancellation; −1 at −∞. Error at most 1.8 ulp in `f32`.
    fn exp_m1_v(self) -> Self;
    /// tanh x, ±1 at ±∞. Error at most 2.4 ulp in `f32`.
    fn tanh_v(self) -> Self;
}

impl Exponential for f32 {
    /// With x = n ln 2 + r, eˣ − 1 = 2ⁿ(eʳ − 1) + (2ⁿ − 1).
    #[inline(always)]
    fn exp_m1_v(self) -> f32 {
        let x = if self > 89.0 { 89.0 } else { self };
        let x = if x < -20.0 { -20.0 } else { x };
        let (n, tail) = reduce(x);
        // Half of everything, since 2¹²⁸ is not finite where the result still is.
        let half = power(n - 1);
        let y = 2.0 * half.mul_add(tail, half - 0.5);
        // Halving has cost the subnormals their last bit.
        if self.abs() < 1e-9 { self } else { y }
    }

    /// (e²ᵃ − 1) / (e²ᵃ + 1) with a = |x|.
    #[inline(always)]
    fn tanh_v(self) -> f32 {
        let a = self.abs();
        let (n, tail) = reduce(if a > 10.0 { 20.0 } else { 2.0 * a });
        let m = power(n).mul_add(tail, power(n) - 1.0);
        let y = m / (m + 2.0);
        let y = if self < 0.0 { -y } else { y };
        if a < 1e-9 { self } else { y }
    }
}

impl Exponential for f64 {
    #[inline(always)]
    fn exp_m1_v(self) -> f64 {
        self.exp_m1()
    }

    #[inline(always)]
    fn tanh_v(self) -> f64 {
        self.tanh()
    }
}

/// n and eʳ − 1 with x = n ln 2 + r, |r| ≤ ½ ln 2, for −105 < x < 90.
#[inline(always)]
pub(crate) fn reduce(x: f32) -> (i32, f32) {
    const LN2_HI: f32 = 0.693_359_4;
    const LN2_LO: f32 = -2.121_944_4e-4;
    // Adding 1.5·2²³ rounds to an integer and leaves it in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0;
    let t = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = t - ROUND;
    let r = n.mul_add(-LN2_LO, n.mul_add(-LN2_HI, x));
    // (eʳ − 1 − r) / r², minimax: off by 0.06 ulp of eʳ at most.
    let p = 0.001_395_048_3f32;
    let p = p.mul_add(r, 0.008_368_89);
    let p = p.mul_add(r, 0.041_666_206);
    let p = p.mul_add(r, 0.166_665_2);
    let p = p.mul_add(r, 0.5);
    (
        t.to_bits().wrapping_sub(ROUND.to_bits()) as i32,
        (p * r).mul_add(r, r),
    )
}

/// 2ⁿ for −126 ≤ n ≤ 127.
#[inline(always)]
pub(crate) fn power(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) as u32) << 23)
}
