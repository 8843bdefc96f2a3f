//! In a tuple, a layer takes something else than the one before gives.

//~ type mismatch resolving `<Linear<Const<300>, Const<100>> as Layer<f32>>::Input == Const<400>`
//~ expected `400`, found `300`
use vae::prelude::*;

type Body = (Linear<Const<784>, Const<400>>, Linear<Const<300>, Const<100>>);

fn layer<L: Layer<f32>>() {}

fn main() {
    layer::<Body>();
}
