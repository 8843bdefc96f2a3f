use crate::dims::{FirstHalf, SecondHalf};
use dfdx::prelude::ConstDim;

/// What an element of a code sees of the others in an [`Autoregressive`](crate::Autoregressive) flow.
pub trait Order: Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// How many elements, the first ones, are seen by others.
    type Seen<N: ConstDim>: ConstDim;
    /// How many elements, the last ones, are transformed.
    type Moved<N: ConstDim>: ConstDim;
    /// Whether an element sees only those before it, or all that are seen.
    const ONE_BY_ONE: bool;
}

/// Element i sees elements 0, …, i − 1 (Kingma et al. 2016; Papamakarios et al. 2017). The inverse takes N passes.
///
/// ```
/// use dfdx::prelude::{Const, ConstDim};
/// use vae_flows::{Order, Sequential};
///
/// assert_eq!(<Sequential as Order>::Seen::<Const<5>>::SIZE, 5);
/// assert_eq!(<Sequential as Order>::Moved::<Const<5>>::SIZE, 5);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Sequential;

impl Order for Sequential {
    type Seen<N: ConstDim> = N;
    type Moved<N: ConstDim> = N;
    const ONE_BY_ONE: bool = true;
}

/// A coupling (Dinh et al. 2015, 2017): the first ⌊N/2⌋ elements stay as they are, the others see them. The inverse takes one
/// pass.
///
/// ```
/// use dfdx::prelude::{Const, ConstDim};
/// use vae_flows::{Halves, Order};
///
/// assert_eq!(<Halves as Order>::Seen::<Const<5>>::SIZE, 2);
/// assert_eq!(<Halves as Order>::Moved::<Const<5>>::SIZE, 3);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Halves;

impl Order for Halves {
    type Seen<N: ConstDim> = FirstHalf<N>;
    type Moved<N: ConstDim> = SecondHalf<N>;
    const ONE_BY_ONE: bool = false;
}
