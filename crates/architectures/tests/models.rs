//! Layers and models: what they compute, and how many parameters they have.

use dfdx::prelude::{BuildModule, Const, Cpu, HasShape, NumParams, TensorFromVec};
use vae_architectures::{BernoulliDecoder, Decoder, GaussianDecoder, GaussianEncoder};
use vae_architectures::{LatentModel, Layer, Linear, Mlp, Vae};
use vae_ops::{Batch, Relu, as_slice};
use vae_priors::{Mixture, StandardNormal};
use vae_reparam::Noise;

type X = Const<6>;
type H = Const<5>;
type Z = Const<2>;
type Model = Vae<
    GaussianEncoder<Mlp<X, (H, Const<4>)>, Z>,
    BernoulliDecoder<Mlp<Z, H>, X>,
    StandardNormal<Z>,
>;

fn model() -> Model {
    Model::build(&Cpu::seed_from_u64(3))
}

fn data(rows: usize) -> Batch<X> {
    let values = (0..rows * 6).map(|i| ((i * i) % 2) as f32).collect();
    Cpu::default().tensor_from_vec(values, (rows, Const))
}

#[test]
fn an_mlp_is_its_layers_in_order() {
    let mlp: Mlp<X, (H, Const<4>, Z)> = BuildModule::build(&Cpu::seed_from_u64(1));
    let (first, second, third): &(
        Linear<X, H, Relu>,
        Linear<H, Const<4>, Relu>,
        Linear<Const<4>, Z, Relu>,
    ) = &mlp;
    let by_hand = third.forward(second.forward(first.forward(data(3))));
    assert_eq!(as_slice(&mlp.forward(data(3))), as_slice(&by_hand));
}

#[test]
fn a_linear_layer_starts_within_glorots_bound() {
    let layer: Linear<Const<100>, Const<50>> = BuildModule::build(&Cpu::seed_from_u64(1));
    let (bound, weights) = ((6.0f32 / 150.0).sqrt(), as_slice(&layer.weight));
    assert!(
        weights.iter().all(|w| w.abs() <= bound) && weights.iter().any(|w| w.abs() > 0.99 * bound)
    );
    assert!(as_slice(&layer.bias).iter().all(|b| *b == 0.0));
}

#[test]
fn parameters_are_counted() {
    let encoder = (6 * 5 + 5) + (5 * 4 + 4) + 2 * (4 * 2 + 2);
    let decoder = (2 * 5 + 5) + (5 * 6 + 6);
    assert_eq!(model().num_trainable_params(), encoder + decoder);
    type Mixed = Vae<GaussianEncoder<Mlp<X, H>, Z>, GaussianDecoder<Mlp<Z, H>, X>, Mixture<3, Z>>;
    let encoder = (6 * 5 + 5) + 2 * (5 * 2 + 2);
    let decoder = (2 * 5 + 5) + 2 * (5 * 6 + 6);
    let mixed = Mixed::build(&Cpu::seed_from_u64(3));
    assert_eq!(
        mixed.num_trainable_params(),
        encoder + decoder + 3 + 2 * 3 * 2
    );
}

#[test]
fn the_seed_decides_the_parameters() {
    let weights =
        |seed| as_slice(&Model::build(&Cpu::seed_from_u64(seed)).encoder.mean.weight).to_vec();
    assert_eq!(weights(1), weights(1));
    assert_ne!(weights(1), weights(2));
    let one = Model::build(&Cpu::seed_from_u64(1));
    assert_ne!(
        as_slice(&one.encoder.mean.weight),
        as_slice(&one.encoder.log_var.weight)
    );
}

#[test]
fn an_interpolation_runs_from_one_reconstruction_to_the_other() {
    let model = model();
    let all = data(4);
    let half = |start: usize| -> Batch<X> {
        Cpu::default().tensor_from_vec(
            as_slice(&all)[start * 6..(start + 2) * 6].to_vec(),
            (2, Const),
        )
    };
    let between = model.interpolate(half(0), half(2), 5);
    assert_eq!(between.shape(), &(10, Const));
    let (between, ends) = (as_slice(&between), model.reconstruct(all.clone()));
    let (row, end) = (
        |i: usize| &between[i * 6..(i + 1) * 6],
        |i: usize| &as_slice(&ends)[i * 6..(i + 1) * 6],
    );
    for (step, example) in [(0, 0), (4, 2), (5, 1), (9, 3)] {
        for (a, b) in row(step).iter().zip(end(example)) {
            assert!((a - b).abs() < 1e-6, "step {step}: {a} against {b}");
        }
    }
}

#[test]
fn samples_are_the_decoders_means_of_prior_draws() {
    let (model, noise) = (model(), Noise::new(1, "prior"));
    let codes = vae_priors::Prior::<f32>::sample(&model.prior, 7, noise);
    let expected = vae_distributions::Moments::mean(&model.decoder.decode(codes));
    let samples = model.sample(7, noise);
    assert_eq!(as_slice(&samples), as_slice(&expected));
    assert!(as_slice(&samples).iter().all(|p| (0.0..=1.0).contains(p)));
}
