use super::lanes::{Keep, along};
use super::log_sum_exp::shift;
use crate::reduce::{add_up, total};
use crate::{Real, Record};
use dfdx::prelude::{Axis, Cpu, HasAxes, HasShape, Shape, Tensor};

/// yₖ = exp xₖ / Σⱼ exp xⱼ along one axis, without overflow.
///
/// Shapes: `x` any, result the same. A lane of −∞ has no possible outcome: it gives 0 everywhere, with gradient 0, as
/// [`log_sum_exp`](crate::log_sum_exp) does. A lane with NaN or +∞ gives NaN.
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor([[0.0f64, 1000.0], [0.0, 1000.0]]);
/// assert_eq!(vae_ops::softmax(x.clone(), Axis::<0>).array(), [[0.5, 0.5], [0.5, 0.5]]);
/// assert_eq!(vae_ops::softmax(x, Axis::<1>).array(), [[0.0, 1.0], [0.0, 1.0]]);
/// ```
pub fn softmax<const I: isize, S, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    _axis: Axis<I>,
) -> Tensor<S, E, Cpu, T>
where
    S: Shape + HasAxes<Axis<I>>,
{
    let shape = *x.shape();
    along::<I, _, _, _, _>(x, shape, Keep::Output, value, add_gradient)
}

#[inline(always)]
fn value<E: Real>(x: &[E], y: &mut [E]) {
    let shift = shift(x);
    for (y, x) in y.iter_mut().zip(x) {
        *y = (*x - shift).exp_v();
    }
    let mut sums = [0.0; 16];
    add_up(&mut sums, y);
    let sum: f64 = total(&sums);
    // The largest term is 1, unless all are 0.
    let sum = if sum == 0.0 { E::one() } else { E::of(sum) };
    y.iter_mut().for_each(|y| *y /= sum);
}

/// grad += y (grad_out − Σ y grad_out).
#[inline(always)]
fn add_gradient<E: Real>(y: &[E], grad_out: &[E], grad: &mut [E]) {
    let mean: f64 = y
        .iter()
        .zip(grad_out)
        .map(|(y, g)| y.as_f64() * g.as_f64())
        .sum();
    let mean = E::of(mean);
    for ((g, y), grad_out) in grad.iter_mut().zip(y).zip(grad_out) {
        *g += *y * (*grad_out - mean);
    }
}
