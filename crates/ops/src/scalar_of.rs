use crate::elementwise::split_all;
use crate::gradients::address;
use crate::{Real, Record, Scalar, as_slice};
use dfdx::prelude::{Cpu, PutTape, Shape, Tensor, TensorFromVec};

/// One number made of `K` tensors of one shape as a whole, by a function that gives it and its gradient in each of them: for
/// what depends on all examples of a batch at once, such as a covariance.
///
/// `f` is called once, now; a gradient that nobody asks for is left out only if `f` knows how.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{scalar_of, Batch};
///
/// let x: Batch<Const<2>> = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, Const));
/// let total = scalar_of([x], |[x]| (x.iter().sum(), [vec![1.0; x.len()]]));
/// assert_eq!(total.array(), 10.0);
/// ```
///
/// # Panics
/// If the shapes differ, without an input, or if a gradient is not of the shape of its input.
pub fn scalar_of<const K: usize, S: Shape, E: Real, T: Record<E>>(
    inputs: [Tensor<S, E, Cpu, T>; K],
    f: impl FnOnce([&[E]; K]) -> (E, [Vec<E>; K]),
) -> Scalar<E, T> {
    let (inputs, wanted, [], mut tape) = split_all(inputs, []);
    let (value, slopes) = f(inputs.each_ref().map(as_slice));
    for (x, slopes) in inputs.iter().zip(&slopes) {
        assert_eq!(
            as_slice(x).len(),
            slopes.len(),
            "a gradient of another size"
        );
    }
    let out = inputs[0].device().tensor_from_vec(vec![value], ());
    if T::OWNS_TAPE {
        let (ghosts, out_ghost) = (inputs.each_ref().map(|x| x.ghost()), out.ghost());
        tape.record(&inputs.each_ref().map(address), move |gradients| {
            let grad_out = gradients.slots.get_or_alloc_mut(&out_ghost)?[0];
            for ((ghost, slopes), wanted) in ghosts.iter().zip(&slopes).zip(wanted) {
                if wanted {
                    let grad = gradients.slots.get_or_alloc_mut(ghost)?;
                    let pairs = grad.iter_mut().zip(slopes);
                    pairs.for_each(|(grad, slope)| *grad += grad_out * *slope);
                }
            }
            Ok(())
        });
    }
    out.put_tape(tape)
}
