//! How many parameters blocks have, what they start with, and what their shapes are.

use dfdx::prelude::{BuildModule, Const, Cpu, HasShape, NumParams, Shape, TensorFromVec};
use vae_architectures::*;
use vae_ops::{Relu, Silu, Tanh, as_slice};

type X = Const<7>;
type H = Const<5>;

fn device() -> Cpu {
    Cpu::seed_from_u64(1)
}

/// The number of parameters, after one pass of three examples: what comes out has the right shape.
#[track_caller]
fn parameters<L: Layer<f32> + NumParams<f32, Cpu> + BuildModule<Cpu, f32>>() -> usize {
    let layer = L::build(&device());
    let values = vae_testkit::spread(0, 3 * L::Input::NUMEL);
    let x = Cpu::default().tensor_from_vec(values, L::Input::batched(3));
    let y = layer.forward(x);
    assert_eq!(*y.shape(), L::Output::batched(3));
    assert!(as_slice(&y).iter().all(|y| y.is_finite()));
    layer.num_trainable_params()
}

#[test]
fn parameters_are_counted() {
    type Small = Image<4, 6, 6>;
    assert_eq!(parameters::<GatedLinear<X, H>>(), 2 * (7 * 5 + 5));
    let gated = 2 * (7 * 5 + 5) + 2 * (5 * 4 + 4) + 2 * (4 * 3 + 3);
    assert_eq!(parameters::<GatedMlp<X, (H, Const<4>, Const<3>)>>(), gated);
    assert_eq!(parameters::<LayerNorm<X>>(), 2 * 7);
    assert_eq!(parameters::<GroupNorm<Small, 2>>(), 2 * 4);
    let block = 2 * 5 + 2 * (5 * 5 + 5);
    assert_eq!(parameters::<ResidualMlp<X, H, 1>>(), 7 * 5 + 5 + block);
    assert_eq!(parameters::<ResidualMlp<X, H>>(), 7 * 5 + 5 + 2 * block);
    assert_eq!(parameters::<ResidualMlp<X, H, 6>>(), 7 * 5 + 5 + 6 * block);
    let block = 2 * (2 * 4 + 4 * 4 * 9 + 4);
    assert_eq!(parameters::<ResidualConv<Small, 2>>(), block);
    let three = 3 * 4 * 9 + 3;
    assert_eq!(parameters::<Down<Small, Image<3, 3, 3>>>(), three);
    assert_eq!(parameters::<Up<Small, Image<3, 12, 12>>>(), three);
}

#[test]
fn some_layers_have_no_parameters() {
    type Small = Image<4, 6, 6>;
    assert_eq!(parameters::<Activate<Small, Silu>>(), 0);
    assert_eq!(parameters::<MaxPool2d<Small, Image<4, 3, 3>, 2, 2>>(), 0);
    assert_eq!(parameters::<AvgPool2d<Small, Image<4, 3, 3>, 2, 2>>(), 0);
    assert_eq!(parameters::<UpsampleNearest<Small, Image<4, 12, 12>>>(), 0);
    assert_eq!(parameters::<UpsampleBilinear<Small, Image<4, 12, 12>>>(), 0);
}

#[test]
fn stacks_are_counted() {
    let conv = |channels: &[usize]| -> usize {
        let pairs = channels.windows(2);
        pairs.map(|pair| pair[0] * pair[1] * 16 + pair[1]).sum()
    };
    assert_eq!(parameters::<ConvStack28<1>>(), conv(&[1, 32, 64]));
    assert_eq!(parameters::<ConvStack32<3>>(), conv(&[3, 32, 64, 128]));
    assert_eq!(parameters::<ConvStack64<3>>(), conv(&[3, 32, 64, 128, 256]));
    assert_eq!(parameters::<DeconvStack28<1>>(), conv(&[64, 32, 1]));
    assert_eq!(parameters::<DeconvStack32<3>>(), conv(&[128, 64, 32, 3]));
    assert_eq!(
        parameters::<DeconvStack64<3>>(),
        conv(&[256, 128, 64, 32, 3])
    );
}

#[test]
fn a_kind_of_hidden_unit_names_the_layers() {
    // These compile: aliases name what they say.
    let _: fn(Mlp<X, (H, X), Tanh>) -> (Linear<X, H, Tanh>, Linear<H, X, Tanh>) = |mlp| mlp;
    let _: fn(GatedMlp<X, H>) -> GatedLinear<X, H> = |mlp| mlp;
    let _: fn(Mlp<X, H, Glu>) -> GatedMlp<X, H> = |mlp| mlp;
    fn generic<F: vae_ops::Activation>(mlp: Mlp<X, H, F>) -> Linear<X, H, F> {
        mlp
    }
    generic::<Relu>(BuildModule::build(&device()));
}

#[test]
fn layers_start_as_documented() {
    type Wide = Const<100>;
    let gated: GatedLinear<Wide, Const<50>> = BuildModule::build(&device());
    let bound = (6.0f32 / 150.0).sqrt();
    for weight in [&gated.weight, &gated.gate_weight] {
        let largest = as_slice(weight)
            .iter()
            .fold(0.0, |m: f32, w| m.max(w.abs()));
        assert!(largest <= bound && largest > 0.99 * bound);
    }
    assert_ne!(as_slice(&gated.weight), as_slice(&gated.gate_weight));
    assert!(as_slice(&gated.bias).iter().all(|b| *b == 0.0));
    assert!(as_slice(&gated.gate_bias).iter().all(|b| *b == 0.0));

    let rows: LayerNorm<X> = BuildModule::build(&device());
    let images: GroupNorm<Image<4, 1, 1>, 2> = BuildModule::build(&device());
    assert_eq!(as_slice(&rows.scale), [1.0; 7]);
    assert_eq!(as_slice(&rows.shift), [0.0; 7]);
    assert_eq!(as_slice(&images.scale), [1.0; 4]);
    assert_eq!(as_slice(&images.shift), [0.0; 4]);

    let embedding: Embedding<100, Wide> = BuildModule::build(&device());
    assert_eq!(embedding.num_trainable_params(), 100 * 100);
    let weight = as_slice(&embedding.weight);
    let square = weight.iter().map(|w| w * w).sum::<f32>() / weight.len() as f32;
    // Four standard errors of 10 000 normal numbers.
    assert!((square - 1.0).abs() < 4.0 * (2.0f32 / 1e4).sqrt());
}

#[test]
fn a_repeated_layer_has_parameters_of_its_own() {
    let (first, second): Repeat<Linear<H, H>, 2> = BuildModule::build(&device());
    assert_ne!(as_slice(&first.weight), as_slice(&second.weight));
}

#[test]
fn a_residual_mlp_is_a_body() {
    type Encoder = GaussianEncoder<ResidualMlp<X, H, 2>, Const<2>>;
    let encoder: Encoder = BuildModule::build(&device());
    let x = Cpu::default().tensor_from_vec(vae_testkit::spread(0, 21), (3, Const));
    assert_eq!(encoder.encode(x).mean.shape().concrete(), [3, 2]);
}
