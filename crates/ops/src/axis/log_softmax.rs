use super::lanes::{Keep, along};
use super::log_sum_exp::shifted_sum;
use crate::reduce::{add_up, total};
use crate::{Real, Record};
use dfdx::prelude::{Axis, Cpu, HasAxes, HasShape, Shape, Tensor};

/// yₖ = xₖ − ln Σⱼ exp xⱼ along one axis: normalized log-probabilities, exact where [`softmax`](crate::softmax)
/// underflows.
///
/// Shapes: `x` any, result the same. A lane of −∞ stays −∞. A lane with NaN or +∞ gives NaN.
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor([1e4f64, 0.0]);
/// assert_eq!(vae_ops::log_softmax(x, Axis::<0>).array(), [0.0, -1e4]);
/// ```
pub fn log_softmax<const I: isize, S, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    _axis: Axis<I>,
) -> Tensor<S, E, Cpu, T>
where
    S: Shape + HasAxes<Axis<I>>,
{
    let shape = *x.shape();
    along::<I, _, _, _, _>(x, shape, Keep::Output, value, add_gradient)
}

/// The shift is subtracted first: added to the logarithm it would swallow it where x is large.
#[inline(always)]
fn value<E: Real>(x: &[E], y: &mut [E]) {
    let (shift, sum) = shifted_sum(x);
    let log_sum = if sum == 0.0 {
        E::zero()
    } else {
        E::of(sum.ln())
    };
    for (y, x) in y.iter_mut().zip(x) {
        *y = (*x - shift) - log_sum;
    }
}

/// grad += grad_out − softmax(x) Σ grad_out.
#[inline(always)]
fn add_gradient<E: Real>(y: &[E], grad_out: &[E], grad: &mut [E]) {
    let mut sums = [0.0; 16];
    add_up(&mut sums, grad_out);
    let total = E::of(total(&sums));
    for ((g, y), grad_out) in grad.iter_mut().zip(y).zip(grad_out) {
        *g += *grad_out - y.exp_v() * total;
    }
}
