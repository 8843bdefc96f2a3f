//! Estimators of the gradient of a bound, against gradients worked out without any sample.
//!
//! The model is p(z) = N(0, 1), p(x|z) = N(a z + b, s²) with x = 0.7, a = 1.3, b = −0.2, s = 0.8, for scalars; every row of a
//! batch is one draw of the gradient.

use dfdx::prelude::*;
use vae_distributions::{Bernoulli, Density, Normal, StandardNormal};
use vae_ops::{Batch, GradTape, PerExample, Record, backward, batch_mean};
use vae_ops::{formula, repeat, sum_formula};
use vae_reparam::{
    Bound, DoublyReparameterized, Estimator, Iwae, Noise, Parameters, Pathwise, Resampled,
    StickingTheLanding, Vimco,
};
use vae_testkit::assert_close;

const X: f64 = 0.7;
const B: f64 = -0.2;
const S: f64 = 0.8;
const SLOPE: f64 = 1.3;

fn filled(rows: usize, value: f64) -> Batch<Const<1>, f64> {
    Cpu::default().tensor_from_vec(vec![value; rows], (rows, Const))
}

fn log_normal_density(x: f64, mean: f64, variance: f64) -> f64 {
    -0.5 * ((x - mean).powi(2) / variance + (std::f64::consts::TAU * variance).ln())
}

/// Values, and the gradients in the mean and the log-variance of q and in the slope a: one of each a row.
fn draw(
    estimator: impl Estimator,
    [mean, log_var, slope]: [f64; 3],
    samples: usize,
    rows: usize,
) -> (Vec<f64>, [Vec<f64>; 3]) {
    let leaves = [mean, log_var, slope].map(|p| filled(rows, p));
    let [mean, log_var, slope] = leaves.each_ref().map(|p| p.retaped::<GradTape<f64>>());
    let bound = estimator.bound(
        &Iwae,
        &Normal { mean, log_var },
        samples,
        Noise::new(1, "z"),
        |z| {
            let likelihood = sum_formula([z.clone(), repeat(slope, samples)], |[z, a]| {
                let e = X - (a * z + B);
                -0.5 * ((e / S).square() + (std::f64::consts::TAU * S * S).ln())
            });
            formula([StandardNormal.log_prob(z), likelihood], |[p, l]| p + l)
        },
    );
    let values = bound.as_vec();
    let gradients = backward(batch_mean(bound), rows as f64);
    (
        values,
        leaves.each_ref().map(|leaf| gradients.get(leaf).as_vec()),
    )
}

fn mean_and_error(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let square = samples.iter().map(|g| (g - mean).powi(2)).sum::<f64>();
    (mean, (square / (n - 1.0) / n).sqrt())
}

#[track_caller]
fn assert_unbiased(name: &str, samples: &[f64], exact: f64) {
    let (mean, error) = mean_and_error(samples);
    assert!(
        (mean - exact).abs() < 4.0 * error,
        "{name}: {exact}, estimated as {mean} ± {error}"
    );
}

fn derivative(f: impl Fn([f64; 3]) -> f64, at: [f64; 3], k: usize) -> f64 {
    let moved = |h: f64| {
        f(std::array::from_fn(|j| {
            at[j] + if j == k { h } else { 0.0 }
        }))
    };
    (moved(1e-4) - moved(-1e-4)) / 2e-4
}

/// ½ Σ over pairs: E\[ln ½(w₁ + w₂)\] by the trapezoidal rule over both ε, which for such integrands is exact to all digits.
fn bound_of_two([mean, log_var, slope]: [f64; 3]) -> f64 {
    let (step, sigma) = (0.1, (0.5 * log_var).exp());
    let points: Vec<(f64, f64)> = (-80..=80)
        .map(|i| {
            let e = f64::from(i) * step;
            let z = mean + sigma * e;
            let joint =
                log_normal_density(z, 0.0, 1.0) + log_normal_density(X, slope * z + B, S * S);
            let log_w = joint - log_normal_density(z, mean, sigma * sigma);
            (step * log_normal_density(e, 0.0, 1.0).exp(), log_w)
        })
        .collect();
    let pair = |(p1, l1): (f64, f64), (p2, l2): (f64, f64)| {
        let max = l1.max(l2);
        p1 * p2 * (max + (0.5 * ((l1 - max).exp() + (l2 - max).exp())).ln())
    };
    points
        .iter()
        .flat_map(|a| points.iter().map(move |b| pair(*a, *b)))
        .sum()
}

/// The evidence lower bound in closed form.
fn bound_of_one([mean, log_var, slope]: [f64; 3]) -> f64 {
    let variance = log_var.exp();
    let tau = std::f64::consts::TAU;
    let prior = -0.5 * (mean * mean + variance + tau.ln());
    let square = (X - slope * mean - B).powi(2) + slope * slope * variance;
    let likelihood = -0.5 * (square / (S * S) + (tau * S * S).ln());
    prior + likelihood + 0.5 * (log_var + (tau * std::f64::consts::E).ln())
}

const PARAMETERS: [f64; 3] = [-0.3, -0.4, SLOPE];

#[test]
fn one_sample_estimates_the_gradient_of_the_evidence_lower_bound() {
    let check = |name: &str, (values, gradients): (Vec<f64>, [Vec<f64>; 3])| {
        assert_unbiased(name, &values, bound_of_one(PARAMETERS));
        for (k, samples) in gradients.iter().enumerate() {
            assert_unbiased(
                &format!("{name} {k}"),
                samples,
                derivative(bound_of_one, PARAMETERS, k),
            );
        }
    };
    check("pathwise", draw(Pathwise, PARAMETERS, 1, 100_000));
    check(
        "sticking the landing",
        draw(StickingTheLanding, PARAMETERS, 1, 100_000),
    );
    check(
        "doubly reparameterized",
        draw(DoublyReparameterized, PARAMETERS, 1, 100_000),
    );
}

#[test]
fn two_samples_estimate_the_gradient_of_the_importance_weighted_bound() {
    let check = |name: &str, (values, gradients): (Vec<f64>, [Vec<f64>; 3])| {
        assert_unbiased(name, &values, bound_of_two(PARAMETERS));
        for (k, samples) in gradients.iter().enumerate() {
            assert_unbiased(
                &format!("{name} {k}"),
                samples,
                derivative(bound_of_two, PARAMETERS, k),
            );
        }
    };
    check("pathwise", draw(Pathwise, PARAMETERS, 2, 200_000));
    check(
        "doubly reparameterized",
        draw(DoublyReparameterized, PARAMETERS, 2, 200_000),
    );
    check("one of two", draw(one_of(Pathwise), PARAMETERS, 2, 200_000));
    check(
        "one of two, doubly reparameterized",
        draw(one_of(DoublyReparameterized), PARAMETERS, 2, 200_000),
    );
    // The model's own gradient is right with any of them; that of q is what sticking the landing gets wrong here.
    let (values, gradients) = draw(StickingTheLanding, PARAMETERS, 2, 200_000);
    assert_unbiased("sticking the landing", &values, bound_of_two(PARAMETERS));
    assert_unbiased(
        "slope",
        &gradients[2],
        derivative(bound_of_two, PARAMETERS, 2),
    );
    let (mean, error) = mean_and_error(&gradients[0]);
    assert!((mean - derivative(bound_of_two, PARAMETERS, 0)).abs() > 10.0 * error);
}

fn one_of<G>(estimator: G) -> Resampled<G> {
    Resampled { estimator, kept: 1 }
}

#[test]
fn resampling_keeps_a_few_samples_in_proportion_to_their_weights() {
    let resampled = Resampled {
        estimator: Pathwise,
        kept: 3,
    };
    let log_weights: Vec<f64> = (0..10).map(|k| -0.4 * f64::from(k * k % 7)).collect();
    let weighed = Iwae.weigh(&log_weights);
    let thinned = |u: f64| {
        let mut thinned = weighed.clone();
        Estimator::thin(&resampled, &mut thinned, u);
        thinned
    };
    let mut means = [[0.0; 10]; 3];
    for i in 0..10_000 {
        let thinned = thinned((f64::from(i) + 0.5) / 10_000.0);
        assert_eq!(thinned.value, weighed.value);
        let kept = thinned.model.iter().filter(|w| **w != 0.0).count();
        assert!((1..=3).contains(&kept), "{kept}");
        let of_draw = [&thinned.model, &thinned.encoder, &thinned.doubly];
        for (mean, weights) in means.iter_mut().zip(of_draw) {
            let terms = mean.iter_mut().zip(weights);
            terms.for_each(|(mean, w)| *mean += w / 10_000.0);
        }
    }
    let exact = [&weighed.model, &weighed.encoder, &weighed.doubly];
    for (mean, exact) in means.iter().flatten().zip(exact.into_iter().flatten()) {
        assert_close(*mean, *exact, 1e-3);
    }
    // As many as there are: all of them.
    let mut all = weighed.clone();
    Estimator::thin(
        &Resampled {
            kept: 10,
            ..resampled
        },
        &mut all,
        0.3,
    );
    assert_eq!(all, weighed);
}

#[test]
fn an_estimator_leaves_the_value_as_it_is() {
    for samples in [1, 3] {
        let (values, _) = draw(Pathwise, PARAMETERS, samples, 100);
        assert_eq!(values, draw(StickingTheLanding, PARAMETERS, samples, 100).0);
        assert_eq!(values, draw(one_of(Pathwise), PARAMETERS, samples, 100).0);
        assert_eq!(
            values,
            draw(DoublyReparameterized, PARAMETERS, samples, 100).0
        );
    }
}

/// N(μ, σ²) = p(z|x)
fn posterior() -> [f64; 3] {
    let variance = 1.0 / (1.0 + SLOPE * SLOPE / (S * S));
    [variance * SLOPE * (X - B) / (S * S), variance.ln(), SLOPE]
}

#[test]
fn at_the_posterior_only_the_pathwise_gradient_is_noisy() {
    let evidence = log_normal_density(X, B, SLOPE * SLOPE + S * S);
    for samples in [1, 4] {
        let (values, [of_mean, of_log_var, _]) = draw(Pathwise, posterior(), samples, 1000);
        assert!(values.iter().all(|v| (v - evidence).abs() < 1e-12));
        // The score has a mean of 0, and is not 0.
        assert!(mean_and_error(&of_mean).1 > 1e-3 && mean_and_error(&of_log_var).1 > 1e-3);
        for (_, [of_mean, of_log_var, _]) in [
            draw(StickingTheLanding, posterior(), samples, 1000),
            draw(DoublyReparameterized, posterior(), samples, 1000),
        ] {
            assert!(of_mean.iter().chain(&of_log_var).all(|g| g.abs() < 1e-12));
        }
    }
}

/// Tucker et al. 2019: near the optimum. Far from it, no order is promised.
#[test]
fn double_reparameterization_is_less_noisy_near_the_optimum() {
    let [mean, log_var, slope] = posterior();
    let near = [mean + 0.05, log_var - 0.05, slope];
    let (_, pathwise) = draw(Pathwise, near, 16, 20_000);
    let (_, double) = draw(DoublyReparameterized, near, 16, 20_000);
    for k in 0..2 {
        assert!(mean_and_error(&double[k]).1 < 0.5 * mean_and_error(&pathwise[k]).1);
    }
}

/// ln p(x, z) of two binary variables, any four numbers.
const JOINT: [f64; 4] = [-1.0, -2.5, -0.3, -4.0];

/// E\[ln ½(w₁ + w₂)\], by enumeration.
fn bound_of_binary(logits: [f64; 2]) -> f64 {
    let log_q = |z: usize| {
        let bit = |i: usize| {
            if z >> i & 1 == 1 {
                logits[i]
            } else {
                -logits[i]
            }
        };
        -(0..2).map(|i| (-bit(i)).exp().ln_1p()).sum::<f64>()
    };
    let pair = |(a, b): (usize, usize)| {
        let w = |z: usize| (JOINT[z] - log_q(z)).exp();
        (log_q(a) + log_q(b)).exp() * (0.5 * (w(a) + w(b))).ln()
    };
    (0..16).map(|ab| pair((ab / 4, ab % 4))).sum()
}

#[test]
fn vimco_estimates_the_gradient_for_discrete_variables() {
    let (rows, logits) = (200_000, [0.4, -0.9]);
    let device = Cpu::default();
    let leaf: Batch<Const<2>, f64> = device.tensor_from_vec(logits.repeat(rows), (rows, Const));
    let q = Bernoulli {
        logits: leaf.retaped::<GradTape<f64>>(),
    };
    let bound = Vimco.bound(&q, 2, Noise::new(2, "z"), |z| {
        let joint = z
            .as_vec()
            .chunks(2)
            .map(|z| JOINT[(z[0] + 2.0 * z[1]) as usize])
            .collect();
        let joint: PerExample<f64> = device.tensor_from_vec(joint, (2 * rows,));
        joint.put_tape(GradTape::for_data())
    });
    assert_unbiased("bound", &bound.as_vec(), bound_of_binary(logits));
    let gradients = backward(batch_mean(bound), rows as f64).get(&leaf).as_vec();
    for k in 0..2 {
        let samples: Vec<f64> = gradients.iter().skip(k).step_by(2).copied().collect();
        let moved = |h: f64| {
            bound_of_binary(std::array::from_fn(|j| {
                logits[j] + if j == k { h } else { 0.0 }
            }))
        };
        assert_unbiased(
            &format!("logit {k}"),
            &samples,
            (moved(1e-5) - moved(-1e-5)) / 2e-5,
        );
    }
}

/// Layers that are random in training, of a decoder that takes z, find their source on its tape.
#[test]
fn samples_are_of_the_same_forward_pass() {
    let tape = GradTape::for_data().with_uniforms(|_, u: &mut [f64]| u.fill(0.5));
    let q = Normal {
        mean: filled(2, 0.3).put_tape(tape),
        log_var: filled(2, -1.0).retaped(),
    };
    let log_joint = |z: &Batch<Const<1>, f64, GradTape<f64>>| {
        let (_, tape) = z.clone().split_tape();
        assert_eq!(tape.uniforms(1), Some(vec![0.5]));
        growing(&q, z)
    };
    let noise = Noise::new(4, "z");
    Pathwise.bound(&Iwae, &q, 3, noise, log_joint);
    StickingTheLanding.bound(&Iwae, &q, 3, noise, log_joint);
    DoublyReparameterized.bound(&Iwae, &q, 3, noise, log_joint);
    Vimco.bound(&q, 3, noise, log_joint);
}

#[test]
fn what_is_known_of_the_model() {
    assert_close(
        bound_of_one(posterior()),
        log_normal_density(X, B, SLOPE * SLOPE + S * S),
        1e-12,
    );
    assert!(bound_of_one(PARAMETERS) < bound_of_two(PARAMETERS));
    assert_close(bound_of_two(posterior()), bound_of_one(posterior()), 1e-9);
}

/// Sample k of example b is row b·K + k, in values and in gradients.
#[test]
fn examples_keep_apart() {
    let device = Cpu::default();
    let leaf: Batch<Const<1>, f64> = device.tensor_from_vec(vec![0.3, -2.0], (2, Const));
    let q = Normal {
        mean: leaf.retaped::<GradTape<f64>>(),
        log_var: leaf.retaped(),
    };
    for pick in [0, 1] {
        let noise = Noise::new(3, "z");
        let bounds = [
            Pathwise.bound(&Iwae, &q, 3, noise, |z| growing(&q, z)),
            DoublyReparameterized.bound(&Iwae, &q, 3, noise, |z| growing(&q, z)),
        ];
        for bound in bounds {
            for (bound, first) in bound.as_vec().iter().zip([0.0, 3.0]) {
                let terms = [first, first + 1.0, first + 2.0];
                assert_close(*bound, vae_ops::log_mean_exp(&terms), 1e-12);
            }
            let one: PerExample<f64> =
                device.tensor_from_vec((0..2).map(|b| f64::from(b == pick)).collect(), (2,));
            let picked = vae_ops::elementwise([bound], [one], |[x], [w]| (w * x, [w]));
            let gradient = backward(batch_mean(picked), 1.0).get(&leaf).as_vec();
            assert!(gradient[pick as usize] != 0.0 && gradient[1 - pick as usize] == 0.0);
        }
    }
}

/// ln p(x, z) that makes ln w the number of the row, with a gradient all the same.
fn growing(
    q: &Normal<Const<1>, f64, GradTape<f64>>,
    z: &Batch<Const<1>, f64, GradTape<f64>>,
) -> PerExample<f64, GradTape<f64>> {
    let log_q = q.repeat(3).detach().log_prob(&vae_ops::stop_gradient(z));
    let rows = (0..6).map(f64::from).collect();
    let row: PerExample<f64> = Cpu::default().tensor_from_vec(rows, (6,));
    let z = sum_formula([z.clone()], |[z]| z);
    vae_ops::elementwise([log_q, z], [row], |[l, _], [row]| {
        (l + row, [0.0, 1.0 + row])
    })
}
