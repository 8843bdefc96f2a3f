use super::lanes::{Keep, along};
use crate::reduce::{add_up, total};
use crate::{Real, Record};
use dfdx::prelude::{Axis, Cpu, HasShape, ReduceShape, ReduceStridesTo, Shape, Tensor};

/// ln Σₖ exp xₖ over one axis, without overflow: max + ln Σₖ exp(xₖ − max).
///
/// Shapes: `x` any, result the same without the axis. The gradient is [`softmax`](crate::softmax). A lane of −∞ gives
/// −∞, with gradient 0; so does an axis of size 0. A lane with +∞ gives +∞, and one with NaN gives NaN.
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor([[1000.0f64, 1000.0]]);
/// let total = vae_ops::log_sum_exp(x, Axis::<1>);
/// assert_eq!(total.array(), [1000.0 + 2.0f64.ln()]);
/// ```
pub fn log_sum_exp<const I: isize, S, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    _axis: Axis<I>,
) -> Tensor<<S as ReduceShape<Axis<I>>>::Reduced, E, Cpu, T>
where
    S: Shape + ReduceShape<Axis<I>>,
{
    let shape = ReduceStridesTo::<_, Axis<I>>::reduced(x.shape());
    along::<I, _, _, _, _>(x, shape, Keep::Input, value, add_gradient)
}

#[inline(always)]
fn value<E: Real>(x: &[E], y: &mut [E]) {
    let (shift, sum) = shifted_sum(x);
    y[0] = if shift == E::infinity() {
        shift
    } else {
        E::of(shift.as_f64() + sum.ln())
    };
}

/// Not exp(x − y): where x is so large that y had to be rounded, that is no distribution.
#[inline(always)]
fn add_gradient<E: Real>(x: &[E], grad_out: &[E], grad: &mut [E]) {
    let (shift, sum) = shifted_sum(x);
    if sum == 0.0 {
        return;
    }
    let scale = grad_out[0] / E::of(sum);
    for (g, x) in grad.iter_mut().zip(x) {
        *g += scale * (*x - shift).exp_v();
    }
}

/// The shift s = max x, and Σ exp(x − s) in `f64`. The shift is 0, and so the sum, if all terms are −∞.
#[inline(always)]
pub(super) fn shifted_sum<E: Real>(x: &[E]) -> (E, f64) {
    let shift = shift(x);
    let (mut sums, mut terms) = ([0.0; 16], [E::zero(); 256]);
    for x in x.chunks(terms.len()) {
        let terms = &mut terms[..x.len()];
        for (term, x) in terms.iter_mut().zip(x) {
            *term = (*x - shift).exp_v();
        }
        add_up(&mut sums, terms);
    }
    (shift, total(&sums))
}

/// What to subtract from every term before `exp`: their maximum, or 0 if all are −∞.
#[inline(always)]
pub(super) fn shift<E: Real>(x: &[E]) -> E {
    let max = maximum(x);
    if max == E::neg_infinity() {
        E::zero()
    } else {
        max
    }
}

/// The largest element, −∞ if there is none, NaN if there is a NaN.
#[inline(always)]
pub(crate) fn maximum<E: Real>(x: &[E]) -> E {
    let larger = |m: E, x: E| if x > m || x.is_nan() { x } else { m };
    // 16 running maxima, so that the loop vectorizes.
    let mut maxima = [E::neg_infinity(); 16];
    let (groups, rest) = x.as_chunks::<16>();
    for group in groups {
        for (max, x) in maxima.iter_mut().zip(group) {
            *max = larger(*max, *x);
        }
    }
    maxima
        .iter()
        .chain(rest)
        .fold(E::neg_infinity(), |m, x| larger(m, *x))
}
