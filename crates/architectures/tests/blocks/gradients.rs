//! The gradients of every layer, by its input and by all its parameters, against central differences, in `f64`.

use dfdx::prelude::{BuildModule, Const, Cpu, TensorCollection, TensorFrom, TensorFromVec};
use vae_architectures::*;
use vae_distributions::Density;
use vae_ops::{Batch, Elu, Silu, Softplus, Tanh, formula};
use vae_priors::{Posterior, StandardNormal};
use vae_reparam::{Noise, Rsample};
use vae_testkit::{assert_module_grad, edit_parameters, spread};

type Row<const N: usize> = Const<N>;

/// A module with well-spread parameters: those it starts with are 0 and 1 in part.
fn filled<M: TensorCollection<f64, Cpu> + BuildModule<Cpu, f64>>() -> M {
    let mut module = M::build(&Cpu::seed_from_u64(0));
    let mut stream = 2;
    edit_parameters(&mut module, |_, values| {
        values.copy_from_slice(&spread(stream, values.len()));
        stream += 1;
    });
    module
}

#[track_caller]
fn check<L: Layer<f64> + TensorCollection<f64, Cpu> + BuildModule<Cpu, f64> + Clone>() {
    for batch in [1, 3] {
        let values = spread(1, batch * L::Input::NUMEL);
        let x = Cpu::default().tensor_from_vec(values, L::Input::batched(batch));
        assert_module_grad(&filled::<L>(), &x, |layer, x| layer.forward(x));
    }
}

#[test]
fn rows() {
    check::<Activate<Row<5>, Silu>>();
    check::<Linear<Row<4>, Row<3>, Tanh, f64>>();
    check::<GatedLinear<Row<4>, Row<3>, f64>>();
    check::<Mlp<Row<4>, (Row<3>, Row<5>, Row<2>), Elu, f64>>();
    check::<GatedMlp<Row<4>, (Row<3>, Row<5>, Row<2>), f64>>();
    check::<LayerNorm<Row<5>, f64>>();
    check::<Residual<GatedLinear<Row<4>, Row<4>, f64>>>();
    check::<ResidualMlp<Row<4>, Row<3>, 1, f64>>();
    check::<ResidualMlp<Row<4>, Row<3>, 3, f64>>();
}

#[test]
fn a_residual_of_what_hands_its_input_on() {
    // Both terms are then the same tensor.
    check::<Residual<Reshape<Row<4>, Row<4>>>>();
}

#[test]
fn images() {
    check::<Activate<Image<2, 3, 2>, Softplus>>();
    check::<GroupNorm<Image<4, 3, 2>, 2, f64>>();
    check::<GroupNorm<Image<3, 2, 2>, 1, f64>>();
    check::<ResidualConv<Image<4, 3, 2>, 2, f64>>();
    check::<Down<Image<2, 5, 4>, Image<3, 3, 2>, Tanh, f64>>();
    check::<Up<Image<2, 2, 3>, Image<3, 4, 6>, Silu, f64>>();
    check::<MaxPool2d<Image<2, 4, 6>, Image<2, 2, 3>, 2, 2>>();
    check::<AvgPool2d<Image<2, 5, 4>, Image<2, 3, 2>, 3, 2, 1>>();
    check::<UpsampleNearest<Image<2, 3, 2>, Image<2, 9, 6>, 3>>();
    check::<UpsampleBilinear<Image<2, 3, 2>, Image<2, 6, 4>>>();
}

#[test]
fn stacks_of_convolutions() {
    // As the aliases, small.
    type Quarter = (
        Conv2d<Image<1, 8, 8>, Image<2, 4, 4>, 4, 2, 1, Elu, f64>,
        Conv2d<Image<2, 4, 4>, Image<3, 2, 2>, 4, 2, 1, Elu, f64>,
        Reshape<Image<3, 2, 2>, Row<12>>,
    );
    type Back = (
        Reshape<Row<12>, Image<3, 2, 2>>,
        ConvTranspose2d<Image<3, 2, 2>, Image<2, 4, 4>, 4, 2, 1, Elu, f64>,
        ConvTranspose2d<Image<2, 4, 4>, Image<1, 8, 8>, 4, 2, 1, vae_ops::Identity, f64>,
    );
    check::<Quarter>();
    check::<Back>();
}

#[test]
fn an_embedding() {
    let layer: Embedding<4, Row<3>, f64> = filled();
    let index: Batch<Row<1>, f64> = Cpu::default().tensor_from_vec(vec![2.0, 0.0, 2.0], (3, Const));
    let unused = Cpu::default().tensor(0.0);
    assert_module_grad(&layer, &unused, |layer, _| layer.forward(index.retaped()));
}

#[test]
fn a_whole_model() {
    // Reconstruction and divergence at a fixed sample, by x and by all the parameters of both halves.
    type Code = Row<2>;
    type Model = Vae<
        GaussianEncoder<ResidualMlp<Row<4>, Row<3>, 1, f64>, Code, f64>,
        BernoulliDecoder<GatedMlp<Code, Row<3>, f64>, Row<4>, f64>,
        StandardNormal<Code>,
    >;
    let x =
        Cpu::default().tensor_from_vec(vec![1.0, 0.0, 0.25, 1.0, 0.5, 0.0, 1.0, 1.0], (2, Const));
    assert_module_grad(&filled::<Model>(), &x, |model, x| {
        let q = model.encode(x.clone());
        let z = q.rsample(Noise::new(0, "latent"));
        let kl = q.kl(&model.prior(), &z);
        formula([model.decode(z).log_prob(&x), kl], |[l, kl]| l - kl)
    });
}
