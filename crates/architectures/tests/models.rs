//! Layers and models: what they compute, and how many parameters they have.

use dfdx::prelude::{BuildModule, Const, Cpu, HasShape, NumParams, TensorFromVec};
use vae_architectures::{BernoulliDecoder, Decoder, GaussianDecoder, GaussianEncoder};
use vae_architectures::{ConditionalBernoulli, Conv2d, ConvTranspose2d, Image, Reshape};
use vae_architectures::{Interpolation, LatentModel, Layer, Linear, Mlp, Vae};
use vae_distributions::Density;
use vae_ops::{Batch, GradTape, Relu, as_slice, backward, batch_mean};
use vae_priors::{Mixture, StandardNormal};
use vae_reparam::{Noise, Rsample};

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
    let between = model.interpolate(half(0), half(2), 5, Interpolation::Linear);
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

/// Images of 8 × 8 pixels, down to 2 × 2 and up again.
mod conv {
    use super::*;

    pub type X = Const<64>;
    type Whole = Image<1, 8, 8>;
    type Half = Image<3, 4, 4>;
    type Quarter = Image<5, 2, 2>;
    type Flat = Const<20>;

    type Encoder = GaussianEncoder<
        (
            Reshape<X, Whole>,
            Conv2d<Whole, Half, 4, 2, 1, Relu>,
            Conv2d<Half, Quarter, 4, 2, 1, Relu>,
            Reshape<Quarter, Flat>,
            Linear<Flat, H, Relu>,
        ),
        Z,
    >;
    type Decoder = ConditionalBernoulli<
        (
            Mlp<Z, (H, Flat)>,
            Reshape<Flat, Quarter>,
            ConvTranspose2d<Quarter, Half, 4, 2, 1, Relu>,
        ),
        (ConvTranspose2d<Half, Whole, 4, 2, 1>, Reshape<Whole, X>),
    >;
    pub type Model = Vae<Encoder, Decoder, StandardNormal<Z>>;
}

#[test]
fn convolutions_make_a_vae() {
    let model = conv::Model::build(&Cpu::seed_from_u64(4));
    let encoder = (3 * 16 + 3) + (5 * 3 * 16 + 5) + (20 * 5 + 5) + 2 * (5 * 2 + 2);
    let decoder = (2 * 5 + 5) + (5 * 20 + 20) + (5 * 3 * 16 + 3) + (3 * 16 + 1);
    assert_eq!(model.num_trainable_params(), encoder + decoder);

    let values = (0..3 * 64).map(|i| ((i * i / 7) % 2) as f32).collect();
    let x: Batch<conv::X> = Cpu::default().tensor_from_vec(values, (3, Const));
    let q = model.encode(x.retaped::<GradTape>());
    assert_eq!(q.mean.shape(), &(3, Const));
    let p = model.decode(q.rsample(Noise::new(4, "latent")));
    assert_eq!(p.logits.shape(), &(3, Const));

    let gradients = backward(batch_mean(p.log_prob(&x.retaped())), -1.0);
    let (encoder, decoder) = (&model.encoder, &model.decoder);
    let (_, whole_to_half, half_to_quarter, _, hidden) = &encoder.body;
    let ((from_code, to_quarter), _, to_half) = &decoder.body;
    let (to_whole, _) = &decoder.logits;
    macro_rules! each_learns {
        ($($layer:expr),*) => {$(
            each_learns!(@ $layer.weight);
            each_learns!(@ $layer.bias);
        )*};
        (@ $parameter:expr) => {
            let gradient = gradients.get(&$parameter);
            let gradient = as_slice(&gradient);
            assert!(gradient.iter().all(|g| g.is_finite()), stringify!($parameter));
            assert!(gradient.iter().any(|g| *g != 0.0), stringify!($parameter));
        };
    }
    each_learns!(
        whole_to_half,
        half_to_quarter,
        hidden,
        encoder.mean,
        encoder.log_var
    );
    each_learns!(from_code, to_quarter, to_half, to_whole);
}

#[test]
fn convolutions_start_within_hes_bound() {
    type Small = Image<6, 4, 4>;
    type Large = Image<50, 8, 8>;
    let device = Cpu::seed_from_u64(5);
    let down: Conv2d<Large, Small, 4, 2, 1> = BuildModule::build(&device);
    let up: ConvTranspose2d<Small, Large, 4, 2, 1> = BuildModule::build(&device);
    // 50 channels of 4 × 4 pixels go into one; the other way round 6 of 2 × 2.
    for (weight, inputs) in [
        (as_slice(&down.weight), 800.0),
        (as_slice(&up.weight), 24.0),
    ] {
        let (bound, largest) = ((6.0f32 / inputs).sqrt(), |m: f32, w: &f32| m.max(w.abs()));
        let largest = weight.iter().fold(0.0, largest);
        assert!(largest <= bound && largest > 0.99 * bound);
    }
    assert!(
        as_slice(&down.bias)
            .iter()
            .chain(as_slice(&up.bias))
            .all(|b| *b == 0.0)
    );
}
