use dfdx::prelude::Const;

/// `N` layers of one kind in a row, up to six: `Repeat<L, 3>` is `(L, L, L)`, each with parameters of its own.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Linear, Repeat};
///
/// type Square = Linear<Const<5>, Const<5>>;
/// let layers: Repeat<Square, 3> = BuildModule::build(&Cpu::seed_from_u64(0));
/// assert_eq!(layers.num_trainable_params(), 3 * (5 * 5 + 5));
/// ```
pub type Repeat<L, const N: usize> = <Const<N> as Times<L>>::Layers;

/// A number of layers, `Const<1>` to `Const<6>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of layers",
    note = "one to six layers follow each other; for more, put one `Repeat` inside another"
)]
pub trait Times<L> {
    /// So many of them.
    type Layers;
}

macro_rules! times {
    ($($n:literal => $layers:ty;)*) => {$(
        impl<L> Times<L> for Const<$n> {
            type Layers = $layers;
        }
    )*};
}

times! {
    1 => L;
    2 => (L, L);
    3 => (L, L, L);
    4 => (L, L, L, L);
    5 => (L, L, L, L, L);
    6 => (L, L, L, L, L, L);
}
