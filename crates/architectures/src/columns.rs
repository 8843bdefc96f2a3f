use crate::{Event, Width};
use dfdx::prelude::{BuildModule, ConstDim, Cpu, Dim};
use std::cell::Cell;

/// A width known only when the program runs, such as the number of columns of a user's table. It stands where a
/// `Const<N>` would; all other sizes of a model stay checked by the compiler.
///
/// Its value gets into a model when it is built, by [`build`](Self::build).
///
/// ```
/// use dfdx::prelude::{Const, Cpu, HasShape, TensorFromVec};
/// use vae_architectures::{Columns, GaussianDecoder, GaussianEncoder, LatentModel, Mlp, Vae};
/// use vae_priors::StandardNormal;
///
/// type Encoder = GaussianEncoder<Mlp<Columns, Const<8>>, Const<2>>;
/// type Decoder = GaussianDecoder<Mlp<Const<2>, Const<8>>, Columns>;
/// type Model = Vae<Encoder, Decoder, StandardNormal<Const<2>>>;
///
/// let table = vec![0.5; 3 * 7]; // 3 rows of 7 columns
/// let model: Model = Columns::of(7).build(&Cpu::seed_from_u64(0));
/// let x = Cpu::default().tensor_from_vec(table, (3, Columns::of(7)));
/// assert_eq!(model.reconstruct(x).shape().1, Columns::of(7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns(usize);

thread_local! {
    /// That of the model being built.
    static BUILDING: Cell<Option<Columns>> = const { Cell::new(None) };
}

impl Columns {
    /// So many.
    pub fn of(count: usize) -> Self {
        Self(count)
    }

    /// Builds a model in whose type every `Columns` means this many.
    pub fn build<M: BuildModule<Cpu, f32>>(self, device: &Cpu) -> M {
        let outer = BUILDING.replace(Some(self));
        let model = M::build(device);
        BUILDING.set(outer);
        model
    }
}

impl Default for Columns {
    /// That of the model being built.
    ///
    /// # Panics
    /// If none is.
    fn default() -> Self {
        BUILDING.get().expect(
            "a model with `Columns` in its type is built by `Columns::of(count).build(&device)`",
        )
    }
}

impl Dim for Columns {
    fn size(&self) -> usize {
        self.0
    }

    fn from_size(size: usize) -> Option<Self> {
        Some(Self(size))
    }
}

impl ConstDim for Columns {
    /// Not known to the compiler.
    const SIZE: usize = 0;
}

impl Width for Columns {}

impl Event for Columns {
    type Batched = (usize, Self);
    const NUMEL: usize = 0;

    fn batched(batch: usize) -> Self::Batched {
        (batch, Self::default())
    }

    fn to_text(&self) -> String {
        self.0.to_string()
    }
}
