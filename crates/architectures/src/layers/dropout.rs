use crate::without_parameters::without_parameters;
use crate::{Event, EventBatch, Layer};
use std::marker::PhantomData;
use vae_ops::{Message, Real, Record, dropout};

/// [`dropout`]: in training, sets each number to 0 with a probability of `PERCENT`/100, p, and divides the others by 1 − p
/// (Srivastava et al. 2014). In evaluation, and anywhere without a source of random numbers, y = x.
///
/// The source is on the tape of x, [`GradTape::with_uniforms`](vae_ops::GradTape::with_uniforms); training puts one
/// there. Each layer, and each call of a layer, drops others.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Dropout, Layer};
/// use vae_ops::GradTape;
///
/// let layer: Dropout<Const<4>, 20> = Dropout::default();
/// let x = Cpu::default().tensor([[1.0f32, 2.0, 3.0, 4.0]]).reshape_like(&(1, Const));
/// let tape = GradTape::new().with_uniforms(|_, u| u.copy_from_slice(&[0.1, 0.2, 0.9, 0.19]));
/// assert_eq!(layer.forward(x.clone().put_tape(tape)).as_vec(), [0.0, 2.5, 3.75, 0.0]);
/// assert_eq!(layer.forward(x).as_vec(), [1.0, 2.0, 3.0, 4.0]);
/// ```
///
/// To drop everything does not compile; the message is "a dropout rate is from 0 to 99 percent, not 100":
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_architectures::{Dropout, Layer};
/// let layer: Dropout<Const<4>, 100> = Dropout::default();
/// let x: Tensor<_, f32, _> = Cpu::default().zeros_like(&(1, Const));
/// layer.forward(x);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Dropout<V, const PERCENT: u32>(PhantomData<V>);

impl<V: Event, E: Real, const PERCENT: u32> Layer<E> for Dropout<V, PERCENT> {
    type Input = V;
    type Output = V;

    fn forward<T: Record<E>>(&self, x: EventBatch<V, E, T>) -> EventBatch<V, E, T> {
        const { assert_rate(PERCENT) };
        dropout(x, f64::from(PERCENT) / 100.0)
    }
}

const fn assert_rate(percent: u32) {
    if percent > 99 {
        Message::new("a dropout rate is from 0 to 99 percent, not ")
            .number(percent as usize)
            .panic();
    }
}

without_parameters!([V: Event, const PERCENT: u32] Dropout<V, PERCENT>);
