use crate::without_parameters::without_parameters;
use crate::{EventBatch, ImageEvent, Layer};
use std::marker::PhantomData;
use vae_ops::{Real, Record, Window, avg_pool2d, max_pool2d};

/// The largest pixel that a window of `K` × `K` with stride `S` and padding `P` sees at each of its places, images `X` to
/// images `Y` of as many channels: [`max_pool2d`].
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Image, Layer, MaxPool2d};
///
/// let layer: MaxPool2d<Image<1, 2, 4>, Image<1, 1, 2>, 2, 2> = Default::default();
/// let x = (0..8).map(|i| i as f32).collect();
/// let y = layer.forward(Cpu::default().tensor_from_vec(x, (1, Const, Const, Const)));
/// assert_eq!(y.as_vec(), [5.0, 7.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MaxPool2d<X, Y, const K: usize, const S: usize = 1, const P: usize = 0>(
    PhantomData<(X, Y)>,
);

impl<X, Y, E, const K: usize, const S: usize, const P: usize> Layer<E> for MaxPool2d<X, Y, K, S, P>
where
    X: ImageEvent,
    Y: ImageEvent<Channels = X::Channels>,
    E: Real,
{
    type Input = X;
    type Output = Y;

    fn forward<T: Record<E>>(&self, x: EventBatch<X, E, T>) -> EventBatch<Y, E, T> {
        max_pool2d(x, Window::<K, S, P>)
    }
}

without_parameters!(
    [X: ImageEvent, Y: ImageEvent, const K: usize, const S: usize, const P: usize]
    MaxPool2d<X, Y, K, S, P>
);

/// The mean of the pixels that a window of `K` × `K` with stride `S` and padding `P` sees at each of its places, images `X`
/// to images `Y` of as many channels: [`avg_pool2d`]. Padding counts as zeros.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{AvgPool2d, Image, Layer};
///
/// let layer: AvgPool2d<Image<1, 2, 4>, Image<1, 1, 2>, 2, 2> = Default::default();
/// let x = (0..8).map(|i| i as f32).collect();
/// let y = layer.forward(Cpu::default().tensor_from_vec(x, (1, Const, Const, Const)));
/// assert_eq!(y.as_vec(), [2.5, 4.5]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct AvgPool2d<X, Y, const K: usize, const S: usize = 1, const P: usize = 0>(
    PhantomData<(X, Y)>,
);

impl<X, Y, E, const K: usize, const S: usize, const P: usize> Layer<E> for AvgPool2d<X, Y, K, S, P>
where
    X: ImageEvent,
    Y: ImageEvent<Channels = X::Channels>,
    E: Real,
{
    type Input = X;
    type Output = Y;

    fn forward<T: Record<E>>(&self, x: EventBatch<X, E, T>) -> EventBatch<Y, E, T> {
        avg_pool2d(x, Window::<K, S, P>)
    }
}

without_parameters!(
    [X: ImageEvent, Y: ImageEvent, const K: usize, const S: usize, const P: usize]
    AvgPool2d<X, Y, K, S, P>
);
