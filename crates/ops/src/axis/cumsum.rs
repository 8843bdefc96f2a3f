use super::lanes::{Keep, along};
use crate::{Real, Record};
use dfdx::prelude::{Axis, Cpu, HasAxes, HasShape, Shape, Tensor};

/// yₖ = x₀ + … + xₖ along one axis, summed up in `f64`.
///
/// Shapes: `x` any, result the same.
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(vae_ops::cumsum(x.clone(), Axis::<1>).array(), [[1.0, 3.0, 6.0], [4.0, 9.0, 15.0]]);
/// assert_eq!(vae_ops::cumsum(x, Axis::<0>).array(), [[1.0, 2.0, 3.0], [5.0, 7.0, 9.0]]);
/// ```
pub fn cumsum<const I: isize, S, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    _axis: Axis<I>,
) -> Tensor<S, E, Cpu, T>
where
    S: Shape + HasAxes<Axis<I>>,
{
    let shape = *x.shape();
    along::<I, _, _, _, _>(x, shape, Keep::Nothing, value, add_gradient)
}

#[inline(always)]
fn value<E: Real>(x: &[E], y: &mut [E]) {
    let mut sum = 0.0;
    for (y, x) in y.iter_mut().zip(x) {
        sum += x.as_f64();
        *y = E::of(sum);
    }
}

/// xₖ is part of every sum from the k-th on.
#[inline(always)]
fn add_gradient<E: Real>(_: &[E], grad_out: &[E], grad: &mut [E]) {
    let mut sum = 0.0;
    for (g, grad_out) in grad.iter_mut().zip(grad_out).rev() {
        sum += grad_out.as_f64();
        *g += E::of(sum);
    }
}
