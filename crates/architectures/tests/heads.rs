//! Encoders: what they give is in the domain of its distribution, and gradients get through it to every parameter.

use dfdx::prelude::{BuildModule, Const, Cpu, HasShape, NumParams, TensorCollection};
use dfdx::prelude::{Tensor, TensorFrom, TensorFromVec};
use vae_architectures::{Encoder, FullCovarianceEncoder, GaussianEncoder, GumbelSoftmaxEncoder};
use vae_architectures::{LowRankEncoder, Mlp, PointEncoder, SphericalEncoder};
use vae_distributions::Density;
use vae_ops::{Batch, GradTape, PerExample, Tanh, as_slice};
use vae_priors::{LearnedNormal, Mixture, Posterior, Prior};
use vae_priors::{SphericalUniform, StandardNormal, UniformCategoricals};
use vae_reparam::{Noise, Rsample};
use vae_testkit::{assert_close, assert_module_grad, spread};

type X = Const<5>;
type Z = Const<6>;
type Body = Mlp<X, Const<4>, Tanh, f64>;

type Diagonal = GaussianEncoder<Body, Z, f64>;
type Full = FullCovarianceEncoder<Body, Z, f64>;
type LowRank = LowRankEncoder<Body, Z, Const<2>, f64>;
type Spherical = SphericalEncoder<Body, Z, f64>;
type Gumbel = GumbelSoftmaxEncoder<Body, Z, 3, f64>;

const ROWS: usize = 3;

fn x() -> Batch<X, f64> {
    Cpu::default().tensor_from_vec(spread(1, ROWS * 5), (ROWS, Const))
}

/// With parameters away from where they start, as after training.
fn trained<M: BuildModule<Cpu, f64> + TensorCollection<f64, Cpu>>() -> M {
    let mut module = M::build(&Cpu::seed_from_u64(1));
    let mut stream = 10;
    vae_testkit::edit_parameters(&mut module, |_, values| {
        stream += 1;
        values.copy_from_slice(&spread(stream, values.len()));
    });
    module
}

/// Gradients of ln q(z|x) at a given z, and of the divergence from `prior`.
fn check<Q, P>(prior: &P, parameters: usize)
where
    Q: Encoder<f64, Input = X, Latent = Z> + BuildModule<Cpu, f64> + Clone,
    P: Prior<f64, Latent = Z>,
{
    let encoder: Q = trained();
    assert_eq!(encoder.num_trainable_params(), parameters);
    let z = encoder.encode(x()).rsample(Noise::new(2, "latent"));
    assert_eq!(z.shape(), &(ROWS, Const));
    type Taped<S> = Tensor<S, f64, Cpu, GradTape<f64>>;
    assert_module_grad(&encoder, &x(), |encoder: &Q, x: Taped<_>| {
        encoder.encode(x).log_prob(&z.retaped())
    });
    assert_module_grad(&encoder, &x(), |encoder: &Q, x: Taped<_>| {
        encoder.encode(x).kl(prior, &z.retaped())
    });
    assert_module_grad(&encoder, &x(), |encoder: &Q, x: Taped<_>| {
        encoder.encode(x).center()
    });
}

/// ln q and the divergence of the fused path are those of the parts, and samples have the gradients of finite differences.
fn check_samples<Q, P>(prior: &P)
where
    Q: Encoder<f64, Input = X, Latent = Z> + BuildModule<Cpu, f64> + Clone,
    P: Prior<f64, Latent = Z>,
{
    let (encoder, noise): (Q, _) = (trained(), Noise::new(3, "latent"));
    assert_module_grad(&encoder, &x(), |encoder: &Q, x| {
        encoder.encode(x).rsample(noise)
    });
    let q = encoder.encode(x());
    let (z, kl) = q.rsample_and_kl(prior, noise);
    assert_eq!(as_slice(&z), as_slice(&q.rsample(noise)));
    let by_parts: PerExample<f64> = q.kl(prior, &z);
    for (a, b) in as_slice(&kl).iter().zip(as_slice(&by_parts)) {
        assert_close(*a, *b, 1e-12);
    }
}

/// 5·4 + 4 of the body, and as many for each number that a head gives: 4 weights and a bias.
const fn parameters(of_heads: usize) -> usize {
    24 + 5 * of_heads
}

#[test]
fn diagonal_normal() {
    check::<Diagonal, _>(&StandardNormal::<Z>::default(), parameters(12));
    check_samples::<Diagonal, _>(&StandardNormal::<Z>::default());
    check_samples::<Diagonal, _>(&trained::<LearnedNormal<Z, f64>>());
    check_samples::<Diagonal, _>(&trained::<Mixture<3, Z, f64>>());
}

#[test]
fn normal_with_full_covariance() {
    check::<Full, _>(&StandardNormal::<Z>::default(), parameters(6 + 6 + 36));
    check_samples::<Full, _>(&StandardNormal::<Z>::default());
    check_samples::<Full, _>(&trained::<Mixture<3, Z, f64>>());
    let q = trained::<Full>().encode(x());
    let tril = as_slice(&q.scale_tril);
    for (i, l) in tril.iter().enumerate() {
        let (row, column) = (i / 6 % 6, i % 6);
        match row.cmp(&column) {
            std::cmp::Ordering::Less => assert_eq!(*l, 0.0),
            std::cmp::Ordering::Equal => assert!(*l > 0.0),
            std::cmp::Ordering::Greater => assert!(*l != 0.0),
        }
    }
}

#[test]
fn normal_with_low_rank() {
    check::<LowRank, _>(&StandardNormal::<Z>::default(), parameters(6 + 6 + 12));
    check_samples::<LowRank, _>(&StandardNormal::<Z>::default());
}

#[test]
fn the_covariance_is_what_the_heads_give() {
    // All weights 0, so that the biases are the parameters.
    let mut encoder: FullCovarianceEncoder<Body, Const<2>, f64> =
        BuildModule::build(&Cpu::seed_from_u64(1));
    vae_testkit::edit_parameters(&mut encoder, |_, values| values.fill(0.0));
    let device = Cpu::default();
    encoder.log_var.bias = device.tensor([4f64.ln(), 9f64.ln()]);
    encoder.below.bias = device.tensor([[7.0, 7.0], [5.0, 7.0]]);
    let q = encoder.encode(x());
    let expected = [2.0, 0.0, 5.0, 3.0].repeat(ROWS);
    for (l, expected) in as_slice(&q.scale_tril).iter().zip(expected) {
        assert_close(*l, expected, 1e-14);
    }
}

#[test]
fn von_mises_fisher() {
    check::<Spherical, _>(&SphericalUniform::<Z>::default(), parameters(6 + 1));
    let q = trained::<Spherical>().encode(x());
    for direction in as_slice(&q.loc).chunks(6) {
        assert_close(direction.iter().map(|x| x * x).sum(), 1.0, 1e-14);
    }
    assert!(as_slice(&q.concentration).iter().all(|kappa| *kappa > 1.0));
}

#[test]
fn relaxed_categoricals() {
    let prior: UniformCategoricals<Z, 3> = BuildModule::<Cpu, f64>::build(&Cpu::default());
    check::<Gumbel, _>(&prior, parameters(6));
    check_samples::<Gumbel, _>(&prior);
    let q = trained::<Gumbel>().encode(x());
    for probabilities in as_slice(&q.center()).chunks(3) {
        assert_close(probabilities.iter().sum(), 1.0, 1e-14);
    }
}

#[test]
fn a_point_has_no_noise_and_no_divergence() {
    let encoder: PointEncoder<Body, Z, f64> = trained();
    let q = encoder.encode(x());
    let (z, kl) = q.rsample_and_kl(&StandardNormal::<Z>::default(), Noise::new(1, "latent"));
    assert_eq!(as_slice(&z), as_slice(&q.center()));
    assert_eq!(as_slice(&kl), [0.0; ROWS]);
    assert_module_grad(&encoder, &x(), |encoder: &PointEncoder<Body, Z, f64>, x| {
        encoder.encode(x).rsample(Noise::new(1, "latent"))
    });
}

#[test]
fn log_variances_are_bounded_whatever_the_body_does() {
    let mut encoder: Diagonal = trained();
    vae_testkit::edit_parameters(&mut encoder, |_, values| {
        values.iter_mut().for_each(|x| *x *= 1e6);
    });
    let q = encoder.encode(x());
    let log_var = as_slice(&q.log_var);
    assert!(log_var.iter().all(|x| x.abs() <= 14.0) && log_var.iter().any(|x| x.abs() > 13.0));
}

#[path = "heads/decoders.rs"]
mod decoders;
