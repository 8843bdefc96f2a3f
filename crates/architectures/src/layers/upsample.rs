use crate::without_parameters::without_parameters;
use crate::{EventBatch, ImageEvent, Layer};
use std::marker::PhantomData;
use vae_ops::{Real, Record, Scale, upsample_bilinear, upsample_nearest};

/// Repeats every pixel in a square of `F` × `F`, images `X` to images `Y` with as many channels: [`upsample_nearest`].
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Image, Layer, UpsampleNearest};
///
/// let layer: UpsampleNearest<Image<1, 1, 2>, Image<1, 2, 4>> = Default::default();
/// let x = Cpu::default().tensor_from_vec(vec![1.0f32, 2.0], (1, Const, Const, Const));
/// assert_eq!(layer.forward(x).as_vec(), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct UpsampleNearest<X, Y, const F: usize = 2>(PhantomData<(X, Y)>);

impl<X, Y, E, const F: usize> Layer<E> for UpsampleNearest<X, Y, F>
where
    X: ImageEvent,
    Y: ImageEvent<Channels = X::Channels>,
    E: Real,
{
    type Input = X;
    type Output = Y;

    fn forward<T: Record<E>>(&self, x: EventBatch<X, E, T>) -> EventBatch<Y, E, T> {
        upsample_nearest(x, Scale::<F>)
    }
}

without_parameters!([X: ImageEvent, Y: ImageEvent, const F: usize] UpsampleNearest<X, Y, F>);

/// Interpolates linearly between the centres of pixels, images `X` to images `Y`, `F` times as large with as many channels:
/// [`upsample_bilinear`].
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Image, Layer, UpsampleBilinear};
///
/// let layer: UpsampleBilinear<Image<1, 1, 2>, Image<1, 2, 4>> = Default::default();
/// let x = Cpu::default().tensor_from_vec(vec![0.0f32, 4.0], (1, Const, Const, Const));
/// assert_eq!(layer.forward(x).as_vec(), [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct UpsampleBilinear<X, Y, const F: usize = 2>(PhantomData<(X, Y)>);

impl<X, Y, E, const F: usize> Layer<E> for UpsampleBilinear<X, Y, F>
where
    X: ImageEvent,
    Y: ImageEvent<Channels = X::Channels>,
    E: Real,
{
    type Input = X;
    type Output = Y;

    fn forward<T: Record<E>>(&self, x: EventBatch<X, E, T>) -> EventBatch<Y, E, T> {
        upsample_bilinear(x, Scale::<F>)
    }
}

without_parameters!([X: ImageEvent, Y: ImageEvent, const F: usize] UpsampleBilinear<X, Y, F>);
