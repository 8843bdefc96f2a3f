//! Sizes made of sizes, which the compiler knows: stable Rust has no `Const<{ N * M }>`.

use dfdx::prelude::{ConstDim, Dim};
use std::marker::PhantomData;

macro_rules! sizes {
    ($($(#[$doc:meta])* $Name:ident<$($N:ident),*> = $size:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $Name<$($N),*>(PhantomData<($($N,)*)>);

        impl<$($N: ConstDim),*> Dim for $Name<$($N),*> {
            fn size(&self) -> usize {
                Self::SIZE
            }

            fn from_size(size: usize) -> Option<Self> {
                (size == Self::SIZE).then(Self::default)
            }
        }

        impl<$($N: ConstDim),*> ConstDim for $Name<$($N),*> {
            const SIZE: usize = $size;
        }
    )*};
}

sizes! {
    /// N + M
    Sum<N, M> = N::SIZE + M::SIZE;
    /// N · M
    Product<N, M> = N::SIZE * M::SIZE;
    /// ⌊N/2⌋
    FirstHalf<N> = N::SIZE / 2;
    /// ⌈N/2⌉
    SecondHalf<N> = N::SIZE - N::SIZE / 2;
    /// N(N − 1)/2, the elements on one side of the diagonal.
    Triangle<N> = N::SIZE * N::SIZE.saturating_sub(1) / 2;
    /// 3K − 1, the numbers of a spline of K bins.
    SplineNumbers<K> = 3 * K::SIZE - 1;
}
