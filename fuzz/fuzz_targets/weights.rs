//! Weights in the safetensors format, into a model whose tensors have several shapes.
#![no_main]

use dfdx::prelude::{BuildModule, Const, Cpu};
use libfuzzer_sys::fuzz_target;
use vae_architectures::{BatchNorm, Linear};
use vae_runner::weights;

type Model = (Linear<Const<3>, Const<2>>, BatchNorm<Const<2>>);

fuzz_target!(|bytes: &[u8]| {
    let mut model: Model = BuildModule::build(&Cpu::default());
    let _ = weights::parse(&mut model, bytes);
});
