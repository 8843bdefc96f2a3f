//! Sizes made of sizes, which the compiler knows: stable Rust has no `Const<{ N * M }>`.

use dfdx::prelude::{ConstDim, Dim};
use std::marker::PhantomData;

macro_rules! sizes {
    ($($(#[$doc:meta])* $Name:ident<$($N:ident),*> = $size:expr, $Example:ty => $value:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// ```
        /// use dfdx::prelude::{Const, ConstDim};
        #[doc = concat!("use vae_flows::", stringify!($Name), ";")]
        ///
        #[doc = concat!("assert_eq!(<", stringify!($Example), ">::SIZE, ", $value, ");")]
        /// ```
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
    Sum<N, M> = N::SIZE + M::SIZE, Sum<Const<2>, Const<3>> => 5;
    /// N · M
    Product<N, M> = N::SIZE * M::SIZE, Product<Const<2>, Const<3>> => 6;
    /// ⌊N/2⌋
    FirstHalf<N> = N::SIZE / 2, FirstHalf<Const<5>> => 2;
    /// ⌈N/2⌉
    SecondHalf<N> = N::SIZE - N::SIZE / 2, SecondHalf<Const<5>> => 3;
    /// N(N − 1)/2, the elements on one side of the diagonal.
    Triangle<N> = N::SIZE * N::SIZE.saturating_sub(1) / 2, Triangle<Const<4>> => 6;
    /// 3K − 1, the numbers of a spline of K bins.
    SplineNumbers<K> = 3 * K::SIZE - 1, SplineNumbers<Const<8>> => 23;
}
