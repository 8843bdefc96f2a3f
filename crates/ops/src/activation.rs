mod from_input;

pub use from_input::{Gelu, GeluTanh, Silu};

use crate::unary::{Function, apply};
use crate::{Real, Record};
use dfdx::prelude::{Cpu, Shape, Tensor};

/// A nonlinearity that a layer fuses with its matrix product.
///
/// A new one is one empty struct with these two functions. It is differentiated from its output, which a layer keeps
/// anyway; one whose derivative is no function of the output says so with `FROM_INPUT`.
pub trait Activation: Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// Whether [`derivative`](Self::derivative) is given x instead of y = f(x).
    const FROM_INPUT: bool = false;
    /// f(x).
    fn value<E: Real>(x: E) -> E;
    /// f′(x), given y = f(x), or x itself if `FROM_INPUT`.
    fn derivative<E: Real>(y: E) -> E;
}

/// f(x), element by element, for a tensor of any shape.
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor([-2.0f64, 0.0, 3.0]);
/// assert_eq!(vae_ops::activate(x, vae_ops::HardTanh).array(), [-1.0, 0.0, 1.0]);
/// ```
pub fn activate<S: Shape, E: Real, T: Record<E>, F: Activation>(
    x: Tensor<S, E, Cpu, T>,
    _activation: F,
) -> Tensor<S, E, Cpu, T> {
    apply::<F, S, E, T>(x)
}

impl<F: Activation> Function for F {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        <F as Activation>::value(x)
    }

    #[inline(always)]
    fn derivative<E: Real>(x: E) -> E {
        <F as Activation>::derivative(if F::FROM_INPUT {
            x
        } else {
            <F as Activation>::value(x)
        })
    }
}

/// f(x) = x.
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

impl Activation for Identity {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        x
    }

    #[inline(always)]
    fn derivative<E: Real>(_: E) -> E {
        E::one()
    }
}

/// f(x) = max(x, 0); the derivative at 0 is taken to be 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relu;

impl Activation for Relu {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        // Lets NaN through, where `max` would hide it.
        if x < E::zero() { E::zero() } else { x }
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        if y > E::zero() { E::one() } else { E::zero() }
    }
}

/// f(x) = x for x > 0, else x/100; the derivative at 0 is taken to be 1/100.
///
/// Maas, Hannun & Ng 2013.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeakyRelu;

impl Activation for LeakyRelu {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        if x < E::zero() { x * E::of(0.01) } else { x }
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        if y > E::zero() { E::one() } else { E::of(0.01) }
    }
}

/// f(x) = x for x > 0, else eˣ − 1 (Clevert, Unterthiner & Hochreiter 2016, with α = 1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Elu;

impl Activation for Elu {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        let left = x.exp_m1_v();
        if x > E::zero() { x } else { left }
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        let left = y + E::one();
        if y > E::zero() { E::one() } else { left }
    }
}

/// f(x) = λx for x > 0, else λα(eˣ − 1), with λ ≈ 1.0507 and α ≈ 1.6733; the derivative at 0 is taken to be λα.
///
/// Klambauer, Unterthiner, Mayr & Hochreiter 2017.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selu;

impl Selu {
    const LAMBDA: f64 = 1.050_700_987_355_480_5;
    const LAMBDA_ALPHA: f64 = 1.758_099_340_847_376_6;
}

impl Activation for Selu {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        let left = E::of(Self::LAMBDA_ALPHA) * x.exp_m1_v();
        if x > E::zero() {
            E::of(Self::LAMBDA) * x
        } else {
            left
        }
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        let left = y + E::of(Self::LAMBDA_ALPHA);
        if y > E::zero() {
            E::of(Self::LAMBDA)
        } else {
            left
        }
    }
}

/// f(x) = tanh x.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl Activation for Tanh {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        x.tanh_v()
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        E::one() - y * y
    }
}

/// f(x) = x for |x| ≤ 1, else ±1; the derivative at ±1 is taken to be 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct HardTanh;

impl Activation for HardTanh {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        bounded(x, 1.0)
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        if y.abs() < E::one() {
            E::one()
        } else {
            E::zero()
        }
    }
}

/// f(x) = 1 / (1 + e^−x).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sigmoid;

impl Activation for Sigmoid {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        x.sigmoid()
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        y * (E::one() - y)
    }
}

/// f(x) = ln(1 + eˣ), with f′ = 1 − e^−y.
#[derive(Clone, Copy, Debug, Default)]
pub struct Softplus;

impl Activation for Softplus {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        x.softplus()
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        -(-y).exp_m1_v()
    }
}

/// x within ±limit; NaN stays NaN.
#[inline(always)]
fn bounded<E: Real>(x: E, limit: f64) -> E {
    let x = if x > E::of(limit) { E::of(limit) } else { x };
    if x < E::of(-limit) { E::of(-limit) } else { x }
}
