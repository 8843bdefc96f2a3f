//! A window has another number of places.

//~ a window of 4 pixels with stride 2 and padding 1 has 14 places along 28 pixels, not 13
use vae::prelude::*;

type Wrong = Conv2d<Image<1, 28, 28>, Image<32, 13, 13>, 4, 2, 1>;

fn main() {
    let layer: Wrong = BuildModule::build(&Cpu::default());
    layer.forward(Cpu::default().tensor_from_vec(vec![0.0; 784], (1, Const, Const, Const)));
}
