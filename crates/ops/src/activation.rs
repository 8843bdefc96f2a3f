use crate::Real;

/// A nonlinearity that a layer fuses with its matrix product, differentiated from its output.
///
/// A new one is one empty struct with these two functions.
pub trait Activation: Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// f(x).
    fn value<E: Real>(x: E) -> E;
    /// f′(x), given y = f(x).
    fn derivative<E: Real>(y: E) -> E;
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

/// f(x) = tanh x, by 2σ(2x) − 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl Activation for Tanh {
    #[inline(always)]
    fn value<E: Real>(x: E) -> E {
        let two = E::of(2.0);
        two * (two * x).sigmoid() - E::one()
    }

    #[inline(always)]
    fn derivative<E: Real>(y: E) -> E {
        E::one() - y * y
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
