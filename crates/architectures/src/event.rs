use dfdx::prelude::{Const, ConstDim, Cpu, NoneTape, Shape, Tensor};
use vae_ops::Extent;

/// What a layer takes or gives for one example: [`Const<N>`](Const) stands for N numbers, [`Image<C, H, W>`](Image) for an
/// image, and [`Columns`](crate::Columns) for as many numbers as turn out when the program runs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the shape of an example",
    note = "shapes are `Const<N>`, `Image<CHANNELS, ROWS, COLUMNS>` and `Columns`"
)]
pub trait Event: Copy + Default + 'static {
    /// The shape of a batch of them.
    type Batched: Shape;
    /// How many numbers it has; 0 if the compiler does not know.
    const NUMEL: usize;

    /// The shape of a batch of so many.
    fn batched(batch: usize) -> Self::Batched;

    /// For people: `784`, or `1×28×28`.
    fn to_text(&self) -> String;
}

/// A batch of [`Event`]s: (B, N), or (B, C, H, W) for images.
pub type EventBatch<V, E = f32, T = NoneTape> = Tensor<<V as Event>::Batched, E, Cpu, T>;

/// An event that is one row of numbers, `Const<N>` or [`Columns`](crate::Columns): a batch of them is a
/// [`Batch`](vae_ops::Batch).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a width",
    note = "a width is `Const<N>` or `Columns`; `Reshape<Image<C, H, W>, Const<N>>` makes one of an image"
)]
pub trait Width: ConstDim + Event<Batched = (usize, Self)> {}

impl<const N: usize> Width for Const<N> {}

impl<const N: usize> Event for Const<N> {
    type Batched = (usize, Self);
    const NUMEL: usize = N;

    fn batched(batch: usize) -> Self::Batched {
        (batch, Self)
    }

    fn to_text(&self) -> String {
        N.to_string()
    }
}

/// An image of `C` channels, `H` rows and `W` columns.
///
/// ```
/// use vae_architectures::{Event, Image};
/// assert_eq!(Image::<3, 32, 32>::NUMEL, 3072);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Image<const C: usize, const H: usize, const W: usize>;

impl<const C: usize, const H: usize, const W: usize> Event for Image<C, H, W> {
    type Batched = (usize, Const<C>, Const<H>, Const<W>);
    const NUMEL: usize = C * H * W;

    fn batched(batch: usize) -> Self::Batched {
        (batch, Const, Const, Const)
    }

    fn to_text(&self) -> String {
        format!("{C}×{H}×{W}")
    }
}

/// An [`Image`], by its sizes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an image",
    note = "`Reshape<Const<N>, Image<C, H, W>>` makes an image of a row of numbers"
)]
pub trait ImageEvent:
    Event<
    Batched = (
        usize,
        <Self as ImageEvent>::Channels,
        <Self as ImageEvent>::Rows,
        <Self as ImageEvent>::Columns,
    ),
>
{
    /// How many values a pixel has.
    type Channels: ConstDim + Extent;
    /// The height.
    type Rows: ConstDim + Extent;
    /// The width.
    type Columns: ConstDim + Extent;
}

impl<const C: usize, const H: usize, const W: usize> ImageEvent for Image<C, H, W> {
    type Channels = Const<C>;
    type Rows = Const<H>;
    type Columns = Const<W>;
}
