//! Functions of one tensor and activations: gradients, limits and the fused form.

use dfdx::prelude::{AsArray, Cpu, HasShape, PutTape, Tensor};
use dfdx::prelude::{TensorFrom, TensorFromVec};
use std::ops::Range;
use vae_ops::{
    Activation, Elu, Gelu, GeluTanh, GradTape, HardTanh, Identity, LeakyRelu, Relu, Selu,
};
use vae_ops::{Sigmoid, Silu, Softplus, Tanh, activate, backward, linear};
use vae_testkit::{Matrix, assert_grad};

#[test]
fn every_function_has_the_right_gradient() {
    let functions: [(fn(Matrix) -> Matrix, Range<f64>); 23] = [
        (vae_ops::exp, -2.0..2.0),
        (vae_ops::expm1, -2.0..2.0),
        (vae_ops::ln, 0.5..9.0),
        (vae_ops::log1p, -0.5..9.0),
        (vae_ops::sqrt, 0.5..9.0),
        (vae_ops::sin, -9.0..9.0),
        (vae_ops::cos, -9.0..9.0),
        (vae_ops::tanh, -3.0..3.0),
        (vae_ops::sigmoid, -9.0..9.0),
        (vae_ops::softplus, -9.0..9.0),
        (vae_ops::log_sigmoid, -9.0..9.0),
        (vae_ops::erf, -3.0..3.0),
        (vae_ops::erfc, -3.0..3.0),
        (vae_ops::log_ndtr, -50.0..9.0),
        (vae_ops::lgamma, 0.3..20.0),
        (vae_ops::lgamma, -2.8..-2.2),
        (vae_ops::digamma, 0.3..20.0),
        (vae_ops::digamma, -2.8..-2.2),
        (vae_ops::log_i0, -20.0..20.0),
        (|x| vae_ops::log_bessel_i(0.0, x), 0.1..20.0),
        (|x| vae_ops::log_bessel_i(2.5, x), 0.3..20.0),
        (|x| vae_ops::log_bessel_i(31.0, x), 0.5..99.0),
        (|x| vae_ops::log_bessel_i(0.5, x), 30.5..99.0),
    ];
    for (f, domain) in functions {
        assert_grad(domain, |[x]| f(x));
    }
}

/// As an operation of its own, and fused into a layer.
fn check_activation<F: Activation>(f: F, domain: Range<f64>) {
    assert_grad(domain.clone(), |[x]| activate(x, f));
    let identity = |n: usize| {
        let elements = (0..n * n).map(|i| f64::from(i % (n + 1) == 0)).collect();
        Cpu::default().tensor_from_vec(elements, (n, n))
    };
    assert_grad(domain, |[x]| {
        let columns = x.shape().1;
        let zero = Cpu::default().tensor_from_vec(vec![0.0; columns], (columns,));
        linear(x, identity(columns).retaped(), zero.retaped(), f)
    });
}

#[test]
fn every_activation_has_the_right_gradient() {
    check_activation(Identity, -2.0..2.0);
    check_activation(Tanh, -2.0..2.0);
    check_activation(Sigmoid, -2.0..2.0);
    check_activation(Softplus, -9.0..9.0);
    check_activation(Silu, -9.0..9.0);
    check_activation(Gelu, -5.0..5.0);
    check_activation(GeluTanh, -5.0..5.0);
    // On either side of their kinks.
    for side in [-0.9..-0.1, 0.1..0.9, 1.1..3.0, -3.0..-1.1] {
        check_activation(Relu, side.clone());
        check_activation(LeakyRelu, side.clone());
        check_activation(Elu, side.clone());
        check_activation(Selu, side.clone());
        check_activation(HardTanh, side);
    }
}

/// f and f′ in f32.
fn evaluate<const N: usize>(
    f: impl Fn(Tensor<(usize,), f32, Cpu, GradTape>) -> Tensor<(usize,), f32, Cpu, GradTape>,
    x: [f32; N],
) -> [(f32, f32); N] {
    let x = Cpu::default().tensor_from_vec(x.to_vec(), (N,));
    std::array::from_fn(|i| {
        // One after the other, so that a NaN stays where it arose.
        let x = Cpu::default().tensor_from_vec(vec![x[[i]]], (1,));
        let y = f(x.clone().put_tape(GradTape::new()));
        let value = y[[0]];
        let loss = vae_ops::batch_mean(y);
        (value, backward(loss, 1.0).get(&x)[[0]])
    })
}

#[test]
fn activations_have_their_limits_and_keep_nan() {
    let inf = f32::INFINITY;
    fn limits<F: Activation>(f: F) -> [(f32, f32); 2] {
        let [left, right, nan] = evaluate(
            |x| activate(x, f),
            [f32::NEG_INFINITY, f32::INFINITY, f32::NAN],
        );
        assert!(nan.0.is_nan(), "{f:?}");
        [left, right]
    }
    assert_eq!(limits(Identity), [(-inf, 1.0), (inf, 1.0)]);
    assert_eq!(limits(Relu), [(0.0, 0.0), (inf, 1.0)]);
    assert_eq!(limits(LeakyRelu), [(-inf, 0.01), (inf, 1.0)]);
    assert_eq!(limits(Elu), [(-1.0, 0.0), (inf, 1.0)]);
    assert_eq!(limits(Selu), [(-1.758_099_3, 0.0), (inf, 1.050_701)]);
    assert_eq!(limits(Tanh), [(-1.0, 0.0), (1.0, 0.0)]);
    assert_eq!(limits(HardTanh), [(-1.0, 0.0), (1.0, 0.0)]);
    assert_eq!(limits(Sigmoid), [(0.0, 0.0), (1.0, 0.0)]);
    for smooth in [
        limits(Softplus),
        limits(Silu),
        limits(Gelu),
        limits(GeluTanh),
    ] {
        assert_eq!(smooth, [(0.0, 0.0), (inf, 1.0)]);
    }
}

#[test]
fn activations_agree_with_published_values() {
    // PyTorch 2: selu, elu, gelu, gelu(approximate="tanh"), silu at 1 and −1.
    let x = Cpu::default().tensor([1.0f64, -1.0]);
    let close = |y: Tensor<dfdx::shapes::Rank1<2>, f64, Cpu>, exact: [f64; 2]| {
        for (y, exact) in y.array().into_iter().zip(exact) {
            assert!((y - exact).abs() < 1e-6, "{y} against {exact}");
        }
    };
    close(activate(x.clone(), Selu), [1.050_701, -1.111_330_7]);
    close(activate(x.clone(), Elu), [1.0, -0.632_120_6]);
    close(activate(x.clone(), Gelu), [0.841_344_7, -0.158_655_3]);
    close(activate(x.clone(), GeluTanh), [0.841_192, -0.158_808]);
    close(activate(x, Silu), [0.731_058_6, -0.268_941_4]);
}

#[test]
fn gradients_stay_finite_far_out() {
    let far = [-1e10, -1e4, -200.0, 200.0, 1e4, 1e10];
    for f in [
        vae_ops::softplus,
        vae_ops::log_sigmoid,
        vae_ops::log_i0,
        vae_ops::tanh,
        vae_ops::erf,
    ] {
        for (value, gradient) in evaluate(f, far) {
            assert!(value.is_finite() && gradient.is_finite() && gradient.abs() <= 1.0);
        }
    }
    let [(value, gradient)] = evaluate(vae_ops::log_ndtr, [-1e10]);
    assert_eq!((value, gradient), (-5e19, 1e10));
}

#[test]
fn keeps_the_shape() {
    let x = Cpu::default().tensor([[[0.0f32, 1.0]], [[2.0, 3.0]]]);
    assert_eq!(vae_ops::sqrt(x.clone()).shape(), x.shape(),);
}
