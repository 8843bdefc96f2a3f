use crate::{Conv2d, Event, ImageEvent, UpsampleNearest};
use dfdx::prelude::ConstDim;
use std::marker::PhantomData;
use vae_ops::Identity;

/// Half as large: a convolution of 3 × 3 with stride 2 and padding 1, images `X` to images `Y`. Of an odd side the larger
/// half remains.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Down, Image, Layer};
///
/// let layer: Down<Image<8, 7, 4>, Image<16, 4, 2>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let y = layer.forward(Cpu::default().ones_like(&(5, Const, Const, Const)));
/// assert_eq!(y.shape().concrete(), [5, 16, 4, 2]);
/// ```
pub type Down<X, Y, F = Identity, E = f32> = Conv2d<X, Y, 3, 2, 1, F, E>;

/// Twice as large: every pixel four times, then a convolution of 3 × 3 with padding 1, images `X` to images `Y`. Unlike a
/// transposed convolution it leaves no checkerboard (Odena, Dumoulin & Olah 2016).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Image, Layer, Up};
///
/// let layer: Up<Image<16, 4, 2>, Image<8, 8, 4>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// assert_eq!(layer.num_trainable_params(), 8 * 16 * 3 * 3 + 8);
/// let y = layer.forward(Cpu::default().ones_like(&(5, Const, Const, Const)));
/// assert_eq!(y.shape().concrete(), [5, 8, 8, 4]);
/// ```
///
/// A wrong size does not compile; the message is "an image of 4 pixels a side, upsampled by 2, does not have 7":
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_architectures::{Image, Layer, Up};
/// let layer: Up<Image<16, 4, 2>, Image<8, 7, 4>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// layer.forward(Cpu::default().ones_like(&(5, Const, Const, Const)));
/// ```
pub type Up<X, Y, F = Identity, E = f32> = (
    UpsampleNearest<X, Resized<X, Y>>,
    Conv2d<Resized<X, Y>, Y, 3, 1, 1, F, E>,
);

/// An image with the channels of `X` and the sides of `Y`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Resized<X, Y>(PhantomData<(X, Y)>);

impl<X: ImageEvent, Y: ImageEvent> Event for Resized<X, Y> {
    type Batched = (usize, X::Channels, Y::Rows, Y::Columns);
    const NUMEL: usize = X::Channels::SIZE * Y::Rows::SIZE * Y::Columns::SIZE;

    fn batched(batch: usize) -> Self::Batched {
        let (rows, columns) = (Y::Rows::default(), Y::Columns::default());
        (batch, X::Channels::default(), rows, columns)
    }

    fn to_text(&self) -> String {
        let [c, h, w] = [X::Channels::SIZE, Y::Rows::SIZE, Y::Columns::SIZE];
        format!("{c}×{h}×{w}")
    }
}

impl<X: ImageEvent, Y: ImageEvent> ImageEvent for Resized<X, Y> {
    type Channels = X::Channels;
    type Rows = Y::Rows;
    type Columns = Y::Columns;
}
