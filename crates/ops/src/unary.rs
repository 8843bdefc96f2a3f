//! Differentiable functions of one tensor, element by element.

use crate::gradients::address;
use crate::{Real, Record, as_slice, elementwise, math};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor, TensorFromVec};
use std::f64::consts::FRAC_2_SQRT_PI;

/// f and f′ of one number, always inlined: the compiler leaves a closure with a body this long a call, and a loop with
/// a call does not vectorize.
pub(crate) trait Function: 'static {
    fn value<E: Real>(x: E) -> E;
    fn derivative<E: Real>(x: E) -> E;
}

/// f(x), element by element.
pub(crate) fn apply<F: Function, S: Shape, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
) -> Tensor<S, E, Cpu, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let out = map::<E, F>(as_slice(&x));
    let out = x.device().tensor_from_vec(out, *x.shape());
    if T::OWNS_TAPE {
        let (x_ghost, out_ghost) = (x.ghost(), out.ghost());
        tape.record(&[address(&x)], move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            let grad = gradients.slots.get_or_alloc_mut(&x_ghost)?;
            add_derivatives::<E, F>(&mut grad[..], &grad_out[..], as_slice(&x));
            Ok(())
        });
    }
    out.put_tape(tape)
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn map<E: Real, F: Function>(x: &[E]) -> Vec<E> {
    x.iter().map(|x| F::value(*x)).collect()
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_derivatives<E: Real, F: Function>(grad: &mut [E], grad_out: &[E], x: &[E]) {
    for ((grad, out), x) in grad.iter_mut().zip(grad_out).zip(x) {
        *grad += *out * F::derivative(*x);
    }
}

/// `name(example) = its value: |x| f(x), f′(x);` becomes an operation, with the example as its doc test.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident($at:literal) = $y:literal: |$x:ident| $value:expr, $derivative:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// ```
        /// use dfdx::prelude::{Cpu, TensorFrom, AsArray};
        #[doc = concat!("let y = vae_ops::", stringify!($name), "(Cpu::default().tensor(", stringify!($at), "f64));")]
        #[doc = concat!("assert!((y.array() - ", stringify!($y), ").abs() < 1e-14);")]
        /// ```
        pub fn $name<S: Shape, E: Real, T: Record<E>>(x: Tensor<S, E, Cpu, T>) -> Tensor<S, E, Cpu, T> {
            struct This;
            impl Function for This {
                #[inline(always)]
                fn value<E: Real>($x: E) -> E {
                    $value
                }

                #[inline(always)]
                fn derivative<E: Real>($x: E) -> E {
                    $derivative
                }
            }
            apply::<This, S, E, T>(x)
        }
    )*};
}

operations! {
    /// eˣ, with derivative eˣ: see [`Real::exp_v`].
    exp(1.0) = 2.718281828459045: |x| x.exp_v(), x.exp_v();
    /// eˣ − 1 without cancellation, with derivative eˣ: see [`math::Exponential::exp_m1_v`].
    expm1(1.0) = 1.718281828459045: |x| x.exp_m1_v(), x.exp_v();
    /// ln x, with derivative 1/x; −∞ at 0, NaN below: see [`math::Logarithm::ln_v`].
    ln(2.0) = 0.6931471805599453: |x| x.ln_v(), x.recip();
    /// ln(1 + x) without cancellation, with derivative 1/(1 + x); −∞ at −1, NaN below: see
    /// [`math::Logarithm::ln_1p_v`].
    log1p(1.0) = 0.6931471805599453: |x| x.ln_1p_v(), (E::one() + x).recip();
    /// √x, with derivative 1/(2√x), which is ∞ at 0; NaN below.
    sqrt(2.0) = 1.4142135623730951: |x| x.sqrt(), E::of(0.5) / x.sqrt();
    /// sin x, with derivative cos x: see [`math::Trigonometric::sin_v`].
    sin(1.0) = 0.8414709848078965: |x| x.sin_v(), x.cos_v();
    /// cos x, with derivative −sin x: see [`math::Trigonometric::cos_v`].
    cos(1.0) = 0.5403023058681398: |x| x.cos_v(), -x.sin_v();
    /// tanh x, with derivative 1/cosh² x, without cancellation: see [`math::Exponential::tanh_v`].
    tanh(1.0) = 0.7615941559557649: |x| x.tanh_v(), {
        let twice = x + x;
        E::of(4.0) * twice.sigmoid() * (-twice).sigmoid()
    };
    /// The logistic function σ(x) = 1/(1 + e^−x), with derivative σ(x) σ(−x): see [`Real::sigmoid`].
    sigmoid(1.0) = 0.7310585786300049: |x| x.sigmoid(), x.sigmoid() * (-x).sigmoid();
    /// ln(1 + eˣ) without overflow, with derivative σ(x): see [`Real::softplus`].
    softplus(1.0) = 1.3132616875182228: |x| x.softplus(), x.sigmoid();
    /// ln σ(x) without overflow or cancellation, with derivative σ(−x): see [`Real::log_sigmoid`].
    log_sigmoid(1.0) = -0.3132616875182228: |x| x.log_sigmoid(), (-x).sigmoid();
    /// erf x, with derivative 2/√π e^−x²: see [`math::ErrorFunction::erf_v`].
    erf(1.0) = 0.8427007929497149: |x| x.erf_v(), E::of(FRAC_2_SQRT_PI) * (-x * x).exp_v();
    /// erfc x = 1 − erf x, accurate where it is small, with derivative −2/√π e^−x²: see
    /// [`math::ErrorFunction::erfc_v`].
    erfc(1.0) = 0.15729920705028513: |x| x.erfc_v(), E::of(-FRAC_2_SQRT_PI) * (-x * x).exp_v();
    /// ln Φ(x), the logarithm of the standard normal distribution function, accurate in both tails, with derivative
    /// φ(x)/Φ(x): see [`math::ErrorFunction::log_ndtr`].
    log_ndtr(0.0) = -0.6931471805599453: |x| x.log_ndtr(), x.inverse_mills();
    /// ln |Γ(x)|, with derivative ψ(x): see [`math::GammaFunction::lgamma`].
    lgamma(0.5) = 0.5723649429247001: |x| x.lgamma(), x.digamma();
    /// ψ(x) = d/dx ln Γ(x), with derivative ψ′(x): see [`math::GammaFunction::digamma`].
    digamma(1.0) = -0.5772156649015329: |x| x.digamma(), x.trigamma();
    /// ln I₀(x), without overflow, with derivative I₁(x)/I₀(x): see [`math::BesselFunction::log_i0`].
    log_i0(1.0) = 0.23591435850717865: |x| x.log_i0(), x.i1e() / x.i0e();
}

/// ln I_ν(x) for real order ν ≥ 0 and x ≥ 0, without overflow, with derivative I_{ν+1}(x)/I_ν(x) + ν/x: see
/// [`math::log_bessel_i`]. Each element is computed in `f64`.
///
/// ```
/// use dfdx::prelude::{AsArray, Cpu, TensorFrom};
/// // I_½(x) = √(2/πx) sinh x.
/// let y = vae_ops::log_bessel_i(0.5, Cpu::default().tensor(3.0f64));
/// let exact = (2.0 / (std::f64::consts::PI * 3.0)).sqrt() * 3.0f64.sinh();
/// assert!((y.array() - exact.ln()).abs() < 1e-14);
/// ```
pub fn log_bessel_i<S: Shape, E: Real, T: Record<E>>(
    nu: f64,
    x: Tensor<S, E, Cpu, T>,
) -> Tensor<S, E, Cpu, T> {
    let derivative = |x: f64| {
        // Of order 0, it is 0 at 0.
        let power = if nu == 0.0 { 0.0 } else { nu / x };
        math::bessel_i_ratio(nu, x) + power
    };
    elementwise([x], [], |[x], []| {
        let x = x.as_f64();
        (E::of(math::log_bessel_i(nu, x)), [E::of(derivative(x))])
    })
}
