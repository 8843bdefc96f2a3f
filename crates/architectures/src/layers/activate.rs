use crate::without_parameters::without_parameters;
use crate::{Event, EventBatch, Layer};
use std::marker::PhantomData;
use vae_ops::{Activation, Real, Record, activate};

/// y = f(x), element by element, of any event: for networks that apply their nonlinearity before the weights. After them,
/// the layers of this crate fuse it.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Activate, Layer};
/// use vae_ops::Relu;
///
/// let layer: Activate<Const<3>, Relu> = Activate::default();
/// let x = Cpu::default().tensor_from_vec(vec![-1.0f32, 0.0, 2.0], (1, Const));
/// assert_eq!(layer.forward(x).as_vec(), [0.0, 0.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Activate<V, F>(PhantomData<(V, F)>);

impl<V: Event, F: Activation, E: Real> Layer<E> for Activate<V, F> {
    type Input = V;
    type Output = V;

    fn forward<T: Record<E>>(&self, x: EventBatch<V, E, T>) -> EventBatch<V, E, T> {
        activate(x, F::default())
    }
}

without_parameters!([V: Event, F: Activation] Activate<V, F>);
