use crate::without_parameters::without_parameters;
use crate::{Event, EventBatch, Layer};
use dfdx::prelude::{HasShape, ReshapeTo, Shape};
use std::marker::PhantomData;
use vae_ops::{Message, Real, Record};

/// The same numbers in another shape, (B, A) → (B, Z): between the rows that a [`Linear`](crate::Linear) layer takes
/// and the images of a [`Conv2d`](crate::Conv2d). Channels, rows and columns lie in this order.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Image, Layer, Reshape};
///
/// let flatten: Reshape<Image<2, 2, 1>, Const<4>> = Reshape::default();
/// let x = Cpu::default().tensor([[[[1.0f32], [2.0]], [[3.0], [4.0]]]]);
/// let y = flatten.forward(x.reshape_like(&(1, Const, Const, Const)));
/// assert_eq!(y.as_vec(), [1.0, 2.0, 3.0, 4.0]);
/// ```
///
/// Another number of elements does not compile; the message is "a reshape keeps the number of elements, but one shape
/// has 784 and the other 783":
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_architectures::{Image, Layer, Reshape};
/// let layer: Reshape<Image<1, 28, 28>, Const<783>> = Reshape::default();
/// let x: Tensor<_, f32, _> = Cpu::default().zeros_like(&(1, Const, Const, Const));
/// layer.forward(x);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Reshape<A, Z>(PhantomData<(A, Z)>);

impl<A: Event, Z: Event, E: Real> Layer<E> for Reshape<A, Z> {
    type Input = A;
    type Output = Z;

    fn forward<T: Record<E>>(&self, x: EventBatch<A, E, T>) -> EventBatch<Z, E, T> {
        const { assert_same_numel(A::NUMEL, Z::NUMEL) };
        let batch = x.shape().concrete()[0];
        x.reshape_like(&Z::batched(batch))
    }
}

const fn assert_same_numel(from: usize, to: usize) {
    if from == 0 || to == 0 {
        panic!("a reshape needs sizes that the compiler knows, not `Columns`");
    }
    if from != to {
        Message::new("a reshape keeps the number of elements, but one shape has ")
            .number(from)
            .text(" and the other ")
            .number(to)
            .panic();
    }
}

without_parameters!([A: Event, Z: Event] Reshape<A, Z>);
