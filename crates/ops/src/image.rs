use dfdx::prelude::{Const, Cpu, Dim, NoneTape, Tensor};

/// A batch of images, shape (B, C, H, W): channels, rows, columns.
pub type Images<C, H, W, E = f32, T = NoneTape> = Tensor<(usize, C, H, W), E, Cpu, T>;

/// A size of an image, whose value the compiler may know: `Const<28>` is checked when the program is compiled,
/// `usize` when it runs.
pub trait Extent: Dim {
    /// The size, where the compiler knows it.
    const KNOWN: Option<usize>;
}

impl<const N: usize> Extent for Const<N> {
    const KNOWN: Option<usize> = Some(N);
}

impl Extent for usize {
    const KNOWN: Option<usize> = None;
}
