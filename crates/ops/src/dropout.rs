use crate::{Real, Record, elementwise};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor, TensorFromVec};

/// Sets each element to 0 with probability `rate`, p, and makes up for it: y = x·m / (1 − p) with m = \[u ≥ p\], so that
/// E\[y\] = x and Var\[y\] = x² p / (1 − p). The gradient goes through the same m.
///
/// The numbers u are those of the tape of `x`, [`Record::uniforms`]; without them, as in evaluation, y = x. Any shape.
/// Srivastava et al. (2014), "Dropout", section 10, where the factor is applied in training, not after it.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{dropout, GradTape};
///
/// let x = Cpu::default().tensor([1.0f32, 2.0, 3.0]);
/// let tape = GradTape::new().with_uniforms(|_, u| u.copy_from_slice(&[0.9, 0.1, 0.5]));
/// let y = dropout(x.clone().put_tape(tape), 0.5);
/// assert_eq!(y.array(), [2.0, 0.0, 6.0]);
/// assert_eq!(dropout(x, 0.5).array(), [1.0, 2.0, 3.0]);
/// ```
///
/// # Panics
/// If the rate is not in \[0, 1).
pub fn dropout<S: Shape, E: Real, T: Record<E>>(
    x: Tensor<S, E, Cpu, T>,
    rate: f64,
) -> Tensor<S, E, Cpu, T> {
    assert!((0.0..1.0).contains(&rate), "a dropout rate is in [0, 1)");
    let (x, tape) = x.contiguous().split_tape();
    let Some(u) = tape.uniforms(x.shape().num_elements()) else {
        return x.put_tape(tape);
    };
    let u = x.device().tensor_from_vec(u, *x.shape());
    let (zero, rate, kept) = (E::zero(), E::of(rate), E::of(1.0 / (1.0 - rate)));
    let masked = move |[x]: [E; 1], [u]: [E; 1]| {
        let factor = if u >= rate { kept } else { zero };
        (x * factor, [factor])
    };
    if tape.wants_gradient() {
        elementwise([x.put_tape(tape)], [u], masked)
    } else {
        // Data stays data, on which the first layer saves a gradient.
        elementwise([x], [u], masked).put_tape(tape)
    }
}
