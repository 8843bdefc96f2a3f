//! A code cannot be split into variables of so many classes.

//~ a code of 20 numbers cannot be split into variables of 3 classes
use vae::architectures::GumbelSoftmaxEncoder;
use vae::prelude::*;

type Encoder_ = GumbelSoftmaxEncoder<Mlp<Const<784>, Const<400>>, Const<20>, 3>;

fn main() {
    let encoder: Encoder_ = BuildModule::build(&Cpu::default());
    let x = Cpu::default().tensor_from_vec(vec![0.0; 784], (1, Const));
    encoder.encode(x).rsample(Noise::new(0, "latent"));
}
