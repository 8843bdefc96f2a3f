use crate::{Real, math};
use std::f64::consts::FRAC_2_SQRT_PI;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number and its partial derivatives with respect to `K` variables, both carried through every operation: forward-mode
/// differentiation. What [`formula`](crate::formula) and [`sum_formula`](crate::sum_formula) compute with.
///
/// Arithmetic mixes with `f64` constants, and the functions are those of [`math`]. A formula may branch on `value`; a
/// branch that does not depend on the variables is a [`constant`](Dual::constant).
///
/// ```
/// use vae_ops::Dual;
///
/// let [x, y] = Dual::variables([3.0f64, 2.0]);
/// let z = x * y + 0.5 * x.square();
/// assert_eq!((z.value, z.partials), (10.5, [5.0, 3.0]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual<E, const K: usize> {
    /// f(x₁, …, x_K)
    pub value: E,
    /// ∂f/∂xₖ
    pub partials: [E; K],
}

impl<E: Real, const K: usize> Dual<E, K> {
    /// A number that depends on no variable.
    #[inline(always)]
    pub fn constant(value: f64) -> Self {
        Self {
            value: E::of(value),
            partials: [E::zero(); K],
        }
    }

    /// The variables themselves.
    #[inline(always)]
    pub fn variables(values: [E; K]) -> [Self; K] {
        std::array::from_fn(|k| {
            let mut partials = [E::zero(); K];
            partials[k] = E::one();
            Self {
                value: values[k],
                partials,
            }
        })
    }

    /// f(self), from the value and the derivative of f here: how a function that is not in this list is added.
    #[inline(always)]
    pub fn chain(self, value: E, derivative: E) -> Self {
        Self {
            value,
            partials: self.partials.map(|p| derivative * p),
        }
    }

    /// f(self, other), from the value and the two derivatives of f here.
    #[inline(always)]
    pub fn chain_with(self, other: Self, value: E, [dx, dy]: [E; 2]) -> Self {
        let partial = |k| dx * self.partials[k] + dy * other.partials[k];
        Self {
            value,
            partials: std::array::from_fn(partial),
        }
    }

    /// The same value; where it is infinite, as a constant. A formula that has overflowed has no derivative that a computer
    /// holds: without this it would come out as ±∞ or, multiplied by 0, as NaN.
    #[inline(always)]
    pub fn flat_at_infinity(self) -> Self {
        if self.value.is_infinite() {
            Self::constant(self.value.as_f64())
        } else {
            self
        }
    }

    /// ln(1 − e⁻ˣ) for x > 0, without cancellation.
    #[inline(always)]
    pub fn log_one_minus_exp(self) -> Self {
        let x = self.value;
        let value = if x < E::of(std::f64::consts::LN_2) {
            (-(-x).exp_m1_v()).ln_v()
        } else {
            (-(-x).exp_v()).ln_1p_v()
        };
        self.chain(value, x.exp_m1_v().recip())
    }

    /// eˣ
    #[inline(always)]
    pub fn exp(self) -> Self {
        let e = self.value.exp_v();
        self.chain(e, e)
    }

    /// eˣ − 1
    #[inline(always)]
    pub fn exp_m1(self) -> Self {
        self.chain(self.value.exp_m1_v(), self.value.exp_v())
    }

    /// eˣ − 1 − x, see [`Real::exp_m1_residual`].
    #[inline(always)]
    pub fn exp_m1_residual(self) -> Self {
        self.chain(self.value.exp_m1_residual(), self.value.exp_m1_v())
    }

    /// ln x
    #[inline(always)]
    pub fn ln(self) -> Self {
        self.chain(self.value.ln_v(), self.value.recip())
    }

    /// ln(1 + x)
    #[inline(always)]
    pub fn ln_1p(self) -> Self {
        self.chain(self.value.ln_1p_v(), (E::one() + self.value).recip())
    }

    /// √x
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        self.chain(root, E::of(0.5) / root)
    }

    /// x²
    #[inline(always)]
    pub fn square(self) -> Self {
        self.chain(self.value * self.value, self.value + self.value)
    }

    /// 1/x
    #[inline(always)]
    pub fn recip(self) -> Self {
        let inverse = self.value.recip();
        self.chain(inverse, -inverse * inverse)
    }

    /// |x|, with derivative 0 at 0.
    #[inline(always)]
    pub fn abs(self) -> Self {
        let zero = E::zero();
        let sign = if self.value > zero {
            E::one()
        } else if self.value < zero {
            -E::one()
        } else {
            // 0, or NaN of NaN.
            self.value
        };
        self.chain(self.value.abs(), sign)
    }

    /// sin x
    #[inline(always)]
    pub fn sin(self) -> Self {
        self.chain(self.value.sin_v(), self.value.cos_v())
    }

    /// cos x
    #[inline(always)]
    pub fn cos(self) -> Self {
        self.chain(self.value.cos_v(), -self.value.sin_v())
    }

    /// tanh x
    #[inline(always)]
    pub fn tanh(self) -> Self {
        let twice = self.value + self.value;
        let slope = E::of(4.0) * twice.sigmoid() * (-twice).sigmoid();
        self.chain(self.value.tanh_v(), slope)
    }

    /// σ(x) = 1/(1 + e^−x)
    #[inline(always)]
    pub fn sigmoid(self) -> Self {
        let s = self.value.sigmoid();
        self.chain(s, s * (-self.value).sigmoid())
    }

    /// ln(1 + eˣ)
    #[inline(always)]
    pub fn softplus(self) -> Self {
        self.chain(self.value.softplus(), self.value.sigmoid())
    }

    /// ln σ(x)
    #[inline(always)]
    pub fn log_sigmoid(self) -> Self {
        self.chain(self.value.log_sigmoid(), (-self.value).sigmoid())
    }

    /// erf x
    #[inline(always)]
    pub fn erf(self) -> Self {
        let slope = E::of(FRAC_2_SQRT_PI) * (-self.value * self.value).exp_v();
        self.chain(self.value.erf_v(), slope)
    }

    /// erfc x
    #[inline(always)]
    pub fn erfc(self) -> Self {
        let slope = E::of(-FRAC_2_SQRT_PI) * (-self.value * self.value).exp_v();
        self.chain(self.value.erfc_v(), slope)
    }

    /// ln Φ(x)
    #[inline(always)]
    pub fn log_ndtr(self) -> Self {
        self.chain(self.value.log_ndtr(), self.value.inverse_mills())
    }

    /// ln |Γ(x)|
    #[inline(always)]
    pub fn lgamma(self) -> Self {
        self.chain(self.value.lgamma(), self.value.digamma())
    }

    /// ψ(x)
    #[inline(always)]
    pub fn digamma(self) -> Self {
        self.chain(self.value.digamma(), self.value.trigamma())
    }

    /// ln I_ν(x), of fixed order ν, see [`math::log_bessel_i`].
    pub fn log_bessel_i(self, nu: f64) -> Self {
        let x = self.value.as_f64();
        // Of order 0, it is 0 at 0.
        let power = if nu == 0.0 { 0.0 } else { nu / x };
        self.chain(
            E::of(math::log_bessel_i(nu, x)),
            E::of(math::bessel_i_ratio(nu, x) + power),
        )
    }
}

/// The arithmetic of two dual numbers, from the two derivatives of each operation.
macro_rules! arithmetic {
    ($($Trait:ident::$op:ident: |$x:ident, $y:ident| $value:expr, $derivatives:expr;)*) => {$(
        impl<E: Real, const K: usize> $Trait for Dual<E, K> {
            type Output = Self;

            #[inline(always)]
            fn $op(self, other: Self) -> Self {
                let ($x, $y) = (self.value, other.value);
                self.chain_with(other, $value, $derivatives)
            }
        }
    )*};
}

arithmetic! {
    Add::add: |x, y| x + y, [E::one(), E::one()];
    Sub::sub: |x, y| x - y, [E::one(), -E::one()];
    Mul::mul: |x, y| x * y, [y, x];
    Div::div: |x, y| x / y, [y.recip(), -x / y / y];
}

impl<E: Real, const K: usize> Neg for Dual<E, K> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.chain(-self.value, -E::one())
    }
}

/// The arithmetic with a constant on either side: no multiplication by the 0 of its derivatives, which would make NaN
/// of an infinite value.
macro_rules! with_constants {
    ($($Trait:ident::$op:ident: |$x:ident, $c:ident| $right:expr, $left:expr;)*) => {$(
        impl<E: Real, const K: usize> $Trait<f64> for Dual<E, K> {
            type Output = Self;

            #[inline(always)]
            fn $op(self, constant: f64) -> Self {
                let ($x, $c) = (self, E::of(constant));
                $right
            }
        }

        impl<E: Real, const K: usize> $Trait<Dual<E, K>> for f64 {
            type Output = Dual<E, K>;

            #[inline(always)]
            fn $op(self, dual: Dual<E, K>) -> Dual<E, K> {
                let ($x, $c) = (dual, E::of(self));
                $left
            }
        }
    )*};
}

with_constants! {
    Add::add: |x, c| Dual { value: x.value + c, ..x }, Dual { value: c + x.value, ..x };
    Sub::sub: |x, c| Dual { value: x.value - c, ..x }, x.chain(c - x.value, -E::one());
    Mul::mul: |x, c| x.chain(x.value * c, c), x.chain(c * x.value, c);
    Div::div: |x, c| x.chain(x.value / c, c.recip()), {
        let quotient = c / x.value;
        x.chain(quotient, -quotient / x.value)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    type Formula = fn([Dual<f64, 2>; 2]) -> Dual<f64, 2>;

    /// Every operation, at points where it is smooth.
    const FORMULAS: [Formula; 27] = [
        |[x, y]| x + y,
        |[x, y]| x - y,
        |[x, y]| x * y,
        |[x, y]| x / y,
        |[x, y]| -x + 2.0 + 3.0 * y,
        |[x, y]| (1.0 - x) * (y - 4.0),
        |[x, y]| x * 5.0 / 3.0 + 2.0 / y,
        |[x, _]| x.exp(),
        |[x, _]| x.exp_m1(),
        |[x, _]| x.exp_m1_residual(),
        |[x, y]| (x * y).ln(),
        |[x, _]| x.ln_1p(),
        |[x, _]| x.sqrt(),
        |[x, _]| x.square(),
        |[x, _]| x.recip(),
        |[x, y]| (x - y).abs(),
        |[x, _]| x.sin(),
        |[x, _]| x.cos(),
        |[x, _]| x.tanh(),
        |[x, _]| x.sigmoid(),
        |[x, _]| x.softplus(),
        |[x, _]| x.log_sigmoid(),
        |[x, _]| x.erf() + x.erfc() * 2.0,
        |[x, _]| x.log_ndtr(),
        |[x, _]| x.lgamma(),
        |[x, _]| x.digamma(),
        |[x, _]| x.log_bessel_i(1.5),
    ];

    #[test]
    fn derivatives_are_those_of_the_values() {
        for (i, f) in FORMULAS.iter().enumerate() {
            for point in [[0.3, 1.7], [2.5, 0.4], [0.9, 1.1]] {
                let analytic = f(Dual::variables(point)).partials;
                for k in 0..2 {
                    let value = |step: f64| {
                        let mut moved = point;
                        moved[k] += step;
                        f(Dual::variables(moved)).value
                    };
                    let numeric = (value(1e-6) - value(-1e-6)) / 2e-6;
                    assert!(
                        (analytic[k] - numeric).abs() < 1e-7 * (1.0 + numeric.abs()),
                        "formula {i} at {point:?}, variable {k}: {} against {numeric}",
                        analytic[k]
                    );
                }
            }
        }
    }

    #[test]
    fn a_constant_does_not_turn_infinity_into_nan() {
        let [x] = Dual::variables([f64::INFINITY]);
        assert_eq!((2.0 * x + 1.0).partials, [2.0]);
        assert_eq!((1.0 / x).partials, [0.0]);
    }
}
