use crate::math::{
    BesselFunction, ErrorFunction, Exponential, FromWord, GammaFunction, Logarithm, Trigonometric,
};
use crate::math::{power, reduce};
use dfdx::prelude::Dtype;
use num_traits::Float;
use serde::{Serialize, de::DeserializeOwned};

/// The element types, `f32` and `f64`.
///
/// The `f32` functions are straight-line code without branches or calls, so that a loop over them compiles to SIMD
/// instructions; our loops are compiled for several instruction sets, and the widest is chosen at run time. They use fused
/// multiply-adds, which processors without them (before 2013) compute slowly, and to the same bit. They hold over the
/// whole range: overflow gives ∞, underflow goes through the subnormals to 0, NaN stays NaN. The `f64`
/// functions of this trait are the platform's and serve as reference. More functions are in [`math`](crate::math).
pub trait Real:
    Dtype
    + Float
    + Serialize
    + DeserializeOwned
    + Exponential
    + Logarithm
    + Trigonometric
    + ErrorFunction
    + GammaFunction
    + BesselFunction
    + FromWord
{
    /// eˣ; at most 1.1 ulp from the exact value in `f32`.
    fn exp_v(self) -> Self;
    /// ln(1 + t) for t ∈ [0, 1]; at most 2 ulp from the exact value in `f32`.
    fn ln_1p_unit(self) -> Self;

    /// eˣ − 1 − x without cancellation: never negative, and exactly 0 only where x² / 2 underflows. At most 8 ulp from
    /// the exact value in `f32`.
    fn exp_m1_residual(self) -> Self;

    /// ln(1 + eˣ), without overflow: max(x, 0) + ln(1 + e^−|x|).
    #[inline(always)]
    fn softplus(self) -> Self {
        // Not `max`, which would turn NaN into 0.
        let positive = if self < Self::zero() {
            Self::zero()
        } else {
            self
        };
        positive + (-self.abs()).exp_v().ln_1p_unit()
    }

    /// The logistic function 1 / (1 + e^−x), without overflow.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let e = (-self.abs()).exp_v();
        let numerator = if self < Self::zero() { e } else { Self::one() };
        numerator / (Self::one() + e)
    }

    /// [`softplus`](Self::softplus) and its derivative [`sigmoid`](Self::sigmoid), for little more than the price of one.
    #[inline(always)]
    fn softplus_and_sigmoid(self) -> [Self; 2] {
        let e = (-self.abs()).exp_v();
        let [positive, numerator] = if self < Self::zero() {
            [Self::zero(), e]
        } else {
            [self, Self::one()]
        };
        [positive + e.ln_1p_unit(), numerator / (Self::one() + e)]
    }

    /// ln σ(x) = −ln(1 + e^−x), without overflow or cancellation.
    #[inline(always)]
    fn log_sigmoid(self) -> Self {
        -(-self).softplus()
    }

    /// A constant of the program, such as 0.5 or 2π.
    #[inline(always)]
    fn of(x: f64) -> Self {
        // Never fails: every f64 has a nearest f32.
        <Self as num_traits::NumCast>::from(x).unwrap_or_else(Self::nan)
    }

    /// As `f64`, exactly.
    #[inline(always)]
    fn as_f64(self) -> f64 {
        num_traits::ToPrimitive::to_f64(&self).unwrap_or(f64::NAN)
    }
}

impl Real for f32 {
    /// Cody–Waite reduction x = n ln 2 + r, |r| ≤ ½ ln 2, and a minimax polynomial of degree 6 in r.
    #[inline(always)]
    fn exp_v(self) -> f32 {
        let x = self;
        let x = if x > 89.0 { 89.0 } else { x };
        let x = if x < -104.0 { -104.0 } else { x };
        let (n, tail) = reduce(x);
        // 2ⁿ in two factors, since n + 127 leaves the exponent's range for subnormal and for infinite results.
        let half = n >> 1;
        (tail + 1.0) * power(half) * power(n - half)
    }

    /// 2 artanh s with s = t / (2 + t) ≤ ⅓.
    #[inline(always)]
    fn ln_1p_unit(self) -> f32 {
        let s = self / (2.0 + self);
        let w = s * s;
        // (artanh s / s − 1) / s², minimax: off by 0.08 ulp of the result at most.
        let p = 0.140_122_3f32;
        let p = p.mul_add(w, 0.139_995_7);
        let p = p.mul_add(w, 0.200_108_5);
        let p = p.mul_add(w, 0.333_332_06);
        2.0 * (s * w).mul_add(p, s)
    }

    #[inline(always)]
    fn exp_m1_residual(self) -> f32 {
        let x = self;
        // (eˣ − 1 − x) / x², minimax: off by 0.02 ulp at most for |x| ≤ ½.
        let p = 2.484_167_7e-5f32;
        let p = p.mul_add(x, 0.000_199_619_57);
        let p = p.mul_add(x, 0.001_388_904);
        let p = p.mul_add(x, 0.008_333_183);
        let p = p.mul_add(x, 0.041_666_664);
        let p = p.mul_add(x, 0.166_666_67);
        let p = p.mul_add(x, 0.5);
        let direct = x.exp_v() - 1.0 - x;
        if x.abs() < 0.5 { x * x * p } else { direct }
    }
}

impl Real for f64 {
    #[inline(always)]
    fn exp_v(self) -> f64 {
        self.exp()
    }

    #[inline(always)]
    fn ln_1p_unit(self) -> f64 {
        self.ln_1p()
    }

    #[inline(always)]
    fn exp_m1_residual(self) -> f64 {
        if self.abs() < 0.5 {
            // x²/2! + x³/3! + … + x¹⁸/18! = x²/2 · (1 + x/3 · (1 + x/4 · (…)))
            let series = (3..=18)
                .rev()
                .fold(1.0, |s, n| 1.0 + self / f64::from(n) * s);
            0.5 * self * self * series
        } else {
            self.exp_m1() - self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance from the exact value, in units of the last place of `f32` around it.
    fn ulps(approx: f32, exact: f64) -> f64 {
        let nearest = exact as f32;
        if approx.is_nan() || nearest.is_infinite() {
            return if approx == nearest {
                0.0
            } else {
                f64::INFINITY
            };
        }
        let ulp = f64::from(f32::from_bits(nearest.abs().to_bits() + 1)) - f64::from(nearest.abs());
        (f64::from(approx) - exact).abs() / ulp
    }

    /// Every 97th of all finite `f32` in `range`, by their bits.
    fn sweep(range: std::ops::RangeInclusive<f32>) -> impl Iterator<Item = f32> {
        (0..=u32::MAX)
            .step_by(97)
            .map(f32::from_bits)
            .filter(move |x| range.contains(x))
    }

    fn worst(
        range: std::ops::RangeInclusive<f32>,
        f: fn(f32) -> f32,
        exact: fn(f64) -> f64,
    ) -> f64 {
        sweep(range)
            .map(|x| ulps(f(x), exact(f64::from(x))))
            .fold(0.0, f64::max)
    }

    #[test]
    fn functions_hold_their_stated_error_over_the_whole_range() {
        let all = f32::MIN..=f32::MAX;
        assert!(worst(all.clone(), f32::exp_v, f64::exp) <= 1.1);
        assert!(worst(0.0..=1.0, f32::ln_1p_unit, f64::ln_1p) <= 2.0);
        assert!(worst(-1e-15..=1e-15, f32::exp_m1_residual, |x| x * x / 2.0) <= 8.0);
        assert!(worst(-80.0..=80.0, f32::exp_m1_residual, f64::exp_m1_residual) <= 8.0);
        assert!(
            worst(all.clone(), f32::softplus, |x| x.max(0.0)
                + (-x.abs()).exp().ln_1p())
                <= 4.0
        );
        assert!(worst(all, f32::sigmoid, |x| 1.0 / (1.0 + (-x).exp())) <= 4.0);
    }

    #[test]
    fn limits_and_nan_are_kept() {
        let inf = f32::INFINITY;
        assert_eq!((inf.exp_v(), (-inf).exp_v()), (inf, 0.0));
        assert_eq!((inf.softplus(), (-inf).softplus()), (inf, 0.0));
        assert_eq!((inf.sigmoid(), (-inf).sigmoid()), (1.0, 0.0));
        assert!(
            f32::NAN.exp_v().is_nan()
                && f32::NAN.softplus().is_nan()
                && f32::NAN.sigmoid().is_nan()
        );
    }
}
