//! The training loop on a small model of made-up images.

mod hooks;
mod survival;

use clap::Parser;
use dfdx::prelude::*;
use std::path::Path;
use vae_architectures::{BernoulliDecoder, GaussianEncoder, Mlp, Vae};
use vae_data::Images;
use vae_losses::Elbo;
use vae_ops::Adam;
use vae_priors::StandardNormal;
use vae_reparam::Noise;
use vae_runner::{Checkpoint, Epoch, Fixed, Result, Run, RunArgs, fit};

type X = Const<784>;
type H = Const<32>;
type Z = Const<4>;
type Model = Vae<GaussianEncoder<Mlp<X, H>, Z>, BernoulliDecoder<Mlp<Z, H>, X>, StandardNormal<Z>>;

#[derive(Parser, serde::Serialize)]
struct Args {
    #[command(flatten)]
    #[serde(flatten)]
    run: RunArgs,
}

fn start(dir: &Path, flags: &str) -> Result<Run> {
    let out = ["test", "--out", dir.to_str().unwrap(), "--batch-size", "50"];
    let args = Args::parse_from(out.into_iter().chain(flags.split_whitespace()));
    Run::start("test", &args.run, &args)
}

/// Squares of different sizes at different places, and noise.
fn images(count: usize, stream: &str) -> Fixed {
    let mut noise = vec![0f32; 784 * count];
    Noise::new(0, stream).fill_uniform(&mut noise);
    let pixel = |(i, noise): (usize, &f32)| {
        let (image, place) = (i / 784, i % 784);
        let ([left, top], side) = ([image % 5 * 3, image % 7 * 2], 4 + image % 9);
        let within = |at: usize, from: usize| (from..from + side).contains(&at);
        let ink = within(place % 28, left) && within(place / 28, top);
        192 * u8::from(ink) + (64.0 * noise) as u8
    };
    let bytes = noise.iter().enumerate().map(pixel).collect();
    Fixed::binarized(Images::new(28, 28, bytes).unwrap())
}

fn train(run: &Run) -> Result<(Model, Vec<Epoch>)> {
    let mut model = Model::build(&run.device());
    let (mut adam, mut elbo) = (Adam::new(1e-2), Elbo { beta: 1.0 });
    let (train, valid) = (images(100, "train"), images(100, "valid"));
    let history = fit(run, &mut model, &mut adam, &mut elbo, &train, &valid)?;
    Ok((model, history))
}

fn checkpoint(dir: &Path, name: &str) -> Checkpoint {
    Checkpoint::read(&dir.join(name)).unwrap()
}

/// What does not depend on the clock.
fn timeless(history: &[Epoch]) -> Vec<impl PartialEq> {
    let terms = |epoch: &Epoch| (epoch.step, epoch.train.clone(), epoch.valid);
    history.iter().map(terms).collect()
}
