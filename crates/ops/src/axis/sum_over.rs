use super::lanes::{Keep, along};
use crate::reduce::{add_up, total};
use crate::{Real, Record};
use dfdx::prelude::{Axis, Cpu, HasAxes, HasShape, ReduceShape, ReduceStridesTo, Shape, Tensor};

/// Σₖ xₖ over one axis, summed up in `f64`: no error grows with the axis. 0 if its size is 0.
///
/// Shapes: `x` any, result the same without the axis. To sum an expression over the event,
/// [`sum_event`](crate::sum_event) needs no intermediate tensor.
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(vae_ops::sum_over(x.clone(), Axis::<0>).array(), [5.0, 7.0, 9.0]);
/// assert_eq!(vae_ops::sum_over(x, Axis::<1>).array(), [6.0, 15.0]);
/// ```
pub fn sum_over<const I: isize, S, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    _axis: Axis<I>,
) -> Tensor<<S as ReduceShape<Axis<I>>>::Reduced, E, Cpu, T>
where
    S: Shape + ReduceShape<Axis<I>>,
{
    weighted_sum::<I, _, _, _>(x, 1.0)
}

/// (1/K) Σₖ xₖ over one axis of size K, summed up in `f64`. NaN if its size is 0.
///
/// Shapes: `x` any, result the same without the axis. A loss is averaged over the batch by
/// [`batch_mean`](crate::batch_mean).
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// assert_eq!(vae_ops::mean_over(x, Axis::<1>).array(), [2.0, 5.0]);
/// ```
pub fn mean_over<const I: isize, S, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    _axis: Axis<I>,
) -> Tensor<<S as ReduceShape<Axis<I>>>::Reduced, E, Cpu, T>
where
    S: Shape + ReduceShape<Axis<I>>,
{
    let size = HasAxes::<Axis<I>>::size(x.shape()) as f64;
    weighted_sum::<I, _, _, _>(x, size)
}

/// Σₖ xₖ / divisor.
fn weighted_sum<const I: isize, S, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    divisor: f64,
) -> Tensor<<S as ReduceShape<Axis<I>>>::Reduced, E, Cpu, T>
where
    S: Shape + ReduceShape<Axis<I>>,
{
    let shape = ReduceStridesTo::<_, Axis<I>>::reduced(x.shape());
    let value = move |x: &[E], y: &mut [E]| {
        let mut sums = [0.0; 16];
        add_up(&mut sums, x);
        y[0] = E::of(total(&sums) / divisor);
    };
    let add_gradient = move |_: &[E], grad_out: &[E], grad: &mut [E]| {
        let share = grad_out[0] / E::of(divisor);
        grad.iter_mut().for_each(|g| *g += share);
    };
    along::<I, _, _, _, _>(x, shape, Keep::Nothing, value, add_gradient)
}
