//! A code is not as wide as its layers.

//~ a row of 16 and one of 8 numbers make one of 24, not 20
use vae::prelude::*;

type Prior = Hierarchy<
    GaussianDecoder<Mlp<Const<8>, Const<100>>, Const<16>>,
    StandardNormal<Const<8>>,
    Const<20>,
>;

fn main() {
    let prior: Prior = BuildModule::<Cpu, f32>::build(&Cpu::default());
    vae::priors::Prior::<f32>::sample(&prior, 1, Noise::new(0, "prior"));
}
