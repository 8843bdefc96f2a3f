use crate::gradients::address;
use crate::{Real, Record, as_slice};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor, TensorFromVec};

/// Each example K = `times` times, (B, …) → (B·K, …): copy k of example b is row b·K + k, so that the rows of an example
/// stay together.
///
/// ```
/// use dfdx::prelude::*;
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, Const::<2>));
/// let twice = vae_ops::repeat(x, 2);
/// assert_eq!(twice.as_vec(), [1.0, 2.0, 1.0, 2.0, 3.0, 4.0, 3.0, 4.0]);
/// ```
///
/// # Panics
/// If the first axis is not the batch, of a size known at run time.
pub fn repeat<S: Shape, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    times: usize,
) -> Tensor<S, E, Cpu, T> {
    let (x, mut tape) = x.contiguous().split_tape();
    let mut shape = x.shape().concrete();
    let event = (as_slice(&x).len() / shape[0].max(1)).max(1);
    shape[0] *= times;
    let shape = S::from_concrete(&shape).expect("the first axis is the batch");
    let rows = as_slice(&x).chunks(event);
    let copies = rows.flat_map(|row| row.repeat(times)).collect();
    let out = x.device().tensor_from_vec(copies, shape);
    if T::OWNS_TAPE && tape.wants_gradient() {
        let (x_ghost, out_ghost) = (x.ghost(), out.ghost());
        tape.record(&[address(&x)], move |gradients| {
            let grad_out = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&out_ghost)?);
            let grad = gradients.slots.get_or_alloc_mut(&x_ghost)?;
            for (i, copy) in grad_out.chunks(event).enumerate() {
                let grad = &mut grad[i / times * event..];
                grad.iter_mut().zip(copy).for_each(|(g, c)| *g += *c);
            }
            Ok(())
        });
    }
    out.put_tape(tape)
}
