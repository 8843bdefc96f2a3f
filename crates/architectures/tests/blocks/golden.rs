//! Layers in single precision against values and gradients from PyTorch: see ../golden/generate.py.

use dfdx::prelude::{BuildModule, Const, Cpu, Tensor, TensorCollection, TensorFromVec};
use vae_architectures::*;
use vae_ops::{GradTape, LeakyRelu, Tanh, as_slice, backward};
use vae_testkit::{edit_parameters, parameter_gradients, spread, weighted_sum};

/// To 10⁻⁵ of the largest element, or of the norm where only weighted sums are known.
#[track_caller]
fn assert_golden(part: &str, actual: &[f32]) {
    let table = include_str!("../golden/blocks.txt");
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix(part)?.strip_prefix(' '))
        .unwrap_or_else(|| panic!("no {part} in the table"));
    let numbers: Vec<f64> = line.split(' ').map(|v| v.parse().unwrap()).collect();
    let [len, norm, expected @ ..] = &numbers[..] else {
        panic!("{part} has no numbers")
    };
    let actual: Vec<f64> = actual.iter().map(|x| f64::from(*x)).collect();
    assert_eq!(actual.len() as f64, *len, "{part}");
    let actual_norm = actual.iter().map(|x| x * x).sum::<f64>().sqrt();
    assert!((actual_norm - norm).abs() <= 1e-5 * norm, "{part}");
    let (actual, scale) = if actual.len() <= 64 {
        let largest = expected.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        (actual, largest)
    } else {
        let sum = |stream| {
            let direction = spread::<f64>(stream, actual.len());
            actual.iter().zip(direction).map(|(x, d)| x * d).sum()
        };
        ((10..14).map(sum).collect(), *norm)
    };
    assert_eq!(actual.len(), expected.len(), "{part}");
    for (i, (a, e)) in actual.iter().zip(expected).enumerate() {
        assert!(
            (a - e).abs() <= 1e-5 * scale,
            "{part}: number {i} is {a}, expected {e}"
        );
    }
}

/// The layer with the parameters of the table.
fn filled<L: TensorCollection<f32, Cpu> + BuildModule<Cpu, f32>>() -> L {
    let mut layer = L::build(&Cpu::seed_from_u64(0));
    let mut stream = 2;
    edit_parameters(&mut layer, |shape, values| {
        let scale = match shape.len() {
            1 => 0.5,
            _ => (3.0 * shape[0] as f64 / values.len() as f64).sqrt(),
        };
        let spread = spread::<f64>(stream, values.len());
        for (value, x) in values.iter_mut().zip(spread) {
            *value = (x * scale) as f32;
        }
        stream += 1;
    });
    layer
}

#[track_caller]
fn case<L>(name: &str, batch: usize)
where
    L: Layer<f32> + TensorCollection<f32, Cpu> + BuildModule<Cpu, f32>,
{
    let values = spread(1, batch * L::Input::NUMEL);
    let x = Cpu::default().tensor_from_vec(values, L::Input::batched(batch));
    let gradients = check(name, &filled::<L>(), &x);
    assert_golden(&format!("{name}.x"), as_slice(&gradients.get(&x)));
}

/// All but the gradient of x.
#[track_caller]
fn check<L: Layer<f32> + TensorCollection<f32, Cpu>>(
    name: &str,
    layer: &L,
    x: &EventBatch<L::Input>,
) -> vae_ops::Gradients {
    let y: Tensor<_, f32, Cpu, GradTape> = layer.forward(x.retaped());
    assert_golden(&format!("{name}.y"), as_slice(&y));
    let direction = spread(0, as_slice(&y).len());
    let gradients = backward(weighted_sum(y, |i| direction[i]), 1.0);
    let of_parameters = parameter_gradients(layer, &gradients);
    for (k, (_, gradient)) in of_parameters.iter().enumerate() {
        assert_golden(&format!("{name}.{k}"), gradient);
    }
    gradients
}

type Row<const N: usize> = Const<N>;

#[test]
fn rows() {
    case::<Linear<Row<7>, Row<5>, Tanh>>("linear", 4);
    case::<Mlp<Row<6>, (Row<5>, Row<4>)>>("mlp", 4);
    // Its parameters are those of PyTorch's two linear layers, in the same order.
    case::<GatedMlp<Row<6>, (Row<5>, Row<4>)>>("gated_mlp", 4);
    case::<ResidualMlp<Row<6>, Row<5>, 2>>("residual_mlp", 4);
    case::<LayerNorm<Row<7>>>("layer_norm", 4);
}

#[test]
fn an_embedding() {
    let index = Cpu::default().tensor_from_vec(vec![2.0, 0.0, 2.0], (3, Const));
    check("embedding", &filled::<Embedding<4, Row<3>>>(), &index);
}

#[test]
fn images() {
    case::<GroupNorm<Image<4, 3, 2>, 2>>("group_norm", 2);
    case::<Conv2d<Image<2, 6, 5>, Image<3, 3, 2>, 4, 2, 1, LeakyRelu>>("conv2d", 2);
    case::<ConvTranspose2d<Image<3, 3, 2>, Image<2, 6, 4>, 4, 2, 1, Tanh>>("conv_transpose2d", 2);
    case::<ResidualConv<Image<4, 5, 3>, 2>>("residual_conv", 2);
    case::<Down<Image<3, 7, 4>, Image<2, 4, 2>>>("down", 2);
    case::<Up<Image<3, 3, 2>, Image<2, 6, 4>>>("up", 2);
    case::<MaxPool2d<Image<2, 6, 4>, Image<2, 3, 2>, 3, 2, 1>>("max_pool2d", 2);
    case::<AvgPool2d<Image<2, 6, 4>, Image<2, 3, 2>, 2, 2>>("avg_pool2d", 2);
    case::<UpsampleBilinear<Image<2, 3, 4>, Image<2, 6, 8>>>("upsample_bilinear", 2);
}

#[test]
fn stacks_of_convolutions() {
    case::<ConvStack28<1>>("conv_stack28", 2);
    case::<ConvStack32<3>>("conv_stack32", 2);
    case::<ConvStack64<3>>("conv_stack64", 1);
    case::<DeconvStack28<1>>("deconv_stack28", 2);
    case::<DeconvStack32<3>>("deconv_stack32", 2);
    case::<DeconvStack64<3>>("deconv_stack64", 1);
}
