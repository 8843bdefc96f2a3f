//! In a tuple, flows are of codes of different dimensions.

//~ type mismatch resolving `<Reverse<Const<3>> as Flow<f32>>::Event == Const<2>`
//~ expected `2`, found `3`
use vae::prelude::*;

type Wrong = (RealNvp<Const<2>, Const<64>>, Reverse<Const<3>>);

fn flow<F: Flow<f32>>() {}

fn main() {
    flow::<Wrong>();
}
