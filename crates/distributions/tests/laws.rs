//! The laws that every density and every divergence has to keep. Each is listed once.

use dfdx::prelude::*;
use proptest::prelude::*;
use std::f64::consts::TAU;
use vae_distributions::{Bernoulli, Density, KlTo, Moments, Normal, StandardNormal};
use vae_ops::{Batch, GradTape, Real, as_slice, backward, batch_mean};
use vae_testkit::{assert_close, assert_grad, assert_kl};

fn batch<E: Real>(values: &[f64]) -> Batch<usize, E> {
    Cpu::default().tensor_from_vec(
        values.iter().map(|x| E::of(*x)).collect(),
        (1, values.len()),
    )
}

fn normal<E: Real>(mean: f64, log_var: f64) -> Normal<usize, E> {
    Normal {
        mean: batch(&[mean]),
        log_var: batch(&[log_var]),
    }
}

fn log_density(mean: f64, log_var: f64) -> impl Fn(f64) -> f64 {
    move |x| -0.5 * ((x - mean).powi(2) / log_var.exp() + log_var + TAU.ln())
}

fn value<E: Real>(t: dfdx::prelude::Tensor<(usize,), E, Cpu>) -> f64 {
    as_slice(&t)[0].as_f64()
}

proptest! {
    #[test]
    fn normal_density(mean in -5.0..5.0, log_var in -4.0..4.0, x in -20.0..20.0) {
        let density = normal::<f64>(mean, log_var).log_prob(&batch(&[x]));
        assert_close(value(density), log_density(mean, log_var)(x), 1e-13);
        assert_close(value(StandardNormal.log_prob(&batch::<f64>(&[x]))), log_density(0.0, 0.0)(x), 1e-13);
    }

    #[test]
    fn kl_of_normals_is_its_integral(m1 in -3.0..3.0, v1 in -2.0..2.0, m2 in -3.0..3.0, v2 in -2.0..2.0) {
        let kl = value(normal::<f64>(m1, v1).kl_to(&normal(m2, v2)));
        let width = 12.0 * (0.5 * v1).exp();
        assert_kl(kl, log_density(m1, v1), log_density(m2, v2), m1 - width..m1 + width);
        let standard = value(normal::<f64>(m1, v1).kl_to(&StandardNormal));
        assert_kl(standard, log_density(m1, v1), log_density(0.0, 0.0), m1 - width..m1 + width);
        assert_close(standard, value(normal::<f64>(m1, v1).kl_to(&normal(0.0, 0.0))), 1e-14);
    }

    #[test]
    fn kl_vanishes_only_at_equality_and_is_never_negative(
        mean in -50.0..50.0, log_var in -50.0..50.0, step in -1e-3..1e-3,
    ) {
        let p = normal::<f32>(mean, log_var);
        prop_assert_eq!(value(p.kl_to(&p)), 0.0);
        prop_assert!(value(p.kl_to(&normal(mean, log_var + step))) >= 0.0);
        prop_assert!(value(normal::<f32>(step, step).kl_to(&StandardNormal)) >= 0.0);
    }

    #[test]
    fn single_precision_follows_double(mean in -5.0..5.0, log_var in -20.0..20.0) {
        let (single, double) = (normal::<f32>(mean, log_var), normal::<f64>(mean, log_var));
        assert_close(value(single.kl_to(&StandardNormal)), value(double.kl_to(&StandardNormal)), 2e-5);
        assert_close(value(single.entropy()), value(double.entropy()), 1e-6);
    }

    #[test]
    fn gradients_of_the_kl_are_finite_far_out(mean in -50.0..50.0, log_var in -50.0..50.0) {
        let p = normal::<f32>(mean, log_var);
        let tape = GradTape::new();
        let traced = Normal { mean: p.mean.clone().put_tape(tape.clone()), log_var: p.log_var.clone().put_tape(tape) };
        let gradients = backward(batch_mean(traced.kl_to(&StandardNormal)), 1.0);
        prop_assert!(gradients.get(&p.mean).as_vec()[0].is_finite());
        prop_assert!(gradients.get(&p.log_var).as_vec()[0].is_finite());
    }

    #[test]
    fn bernoulli_probabilities_sum_to_one(logit in -700.0..700.0) {
        let p = Bernoulli { logits: batch::<f64>(&[logit]) };
        let mass: f64 = [0.0, 1.0].iter().map(|x| value(p.log_prob(&batch(&[*x]))).exp()).sum();
        assert_close(mass, 1.0, 1e-14);
        assert_close(as_slice(&p.mean())[0], value(p.log_prob(&batch(&[1.0]))).exp(), 1e-14);
    }
}

#[test]
fn known_divergences() {
    // The values that torch.distributions and distrax hold their own tests against.
    let sigma = [
        (1.0, 0.5),
        (2.0, 1.0),
        (3.0, 1.5),
        (1.5, 2.0),
        (2.5, 2.5),
        (3.5, 3.0),
    ];
    let expected = [72.80685, 18.80685, 8.80685, 4.56893, 2.88, 2.02640];
    for ((a, b), expected) in sigma.into_iter().zip(expected) {
        let kl = normal::<f64>(3.0, 2.0 * f64::ln(a)).kl_to(&normal(-3.0, 2.0 * f64::ln(b)));
        assert!((value(kl) - expected).abs() < 1e-5);
    }
    let kl = normal::<f64>(1.0, 2.0 * 2f64.ln()).kl_to(&normal(2.0, 0.0));
    assert_close(value(kl), 0.5f64.ln() + 2.0, 1e-14);
}

#[test]
fn entropy_is_minus_the_expected_log_density() {
    // E[ln p] of N(μ, σ²) is ln p at one standard deviation from the mean.
    let p = normal::<f64>(0.3, 1.2);
    assert_close(
        value(p.entropy()),
        -log_density(0.3, 1.2)(0.3 + 0.6f64.exp()),
        1e-14,
    );
}

#[test]
fn gradients() {
    assert_grad(-2.0..2.0, |[x, mean, log_var]| {
        Normal { mean, log_var }.log_prob(&x)
    });
    assert_grad(-2.0..2.0, |[mean, log_var]| {
        let x = batch(&vec![0.7; mean.shape().num_elements()]).reshape_like(mean.shape());
        Normal { mean, log_var }.log_prob(&x.put_tape(GradTape::for_data()))
    });
    assert_grad(-2.0..2.0, |[m1, v1, m2, v2]| {
        Normal {
            mean: m1,
            log_var: v1,
        }
        .kl_to(&Normal {
            mean: m2,
            log_var: v2,
        })
    });
    assert_grad(-2.0..2.0, |[mean, log_var]| {
        Normal { mean, log_var }.kl_to(&StandardNormal)
    });
    assert_grad(-2.0..2.0, |[log_var]| {
        Normal {
            mean: log_var.clone(),
            log_var,
        }
        .entropy()
    });
    assert_grad(-2.0..2.0, |[x]| StandardNormal.log_prob(&x));
    assert_grad(-5.0..5.0, |[logits]| {
        let x = batch(&vec![1.0; logits.shape().num_elements()]).reshape_like(logits.shape());
        Bernoulli { logits }.log_prob(&x.put_tape(GradTape::for_data()))
    });
    assert_grad(-5.0..5.0, |[logits]| Bernoulli { logits }.mean());
}
