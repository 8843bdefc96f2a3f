//! The aggregate posterior against its definition, summed up one term after the other, and its gradients against differences.

use vae_ops::{Aggregate, Real};
use vae_testkit::assert_close;

const D: usize = 3;
const CODES: usize = 35;
const COMPONENTS: usize = 21;

fn values(count: usize, scale: f64, phase: f64) -> Vec<f64> {
    (0..count)
        .map(|i| scale * (i as f64 * 1.7 + phase).sin())
        .collect()
}

struct Parts<E> {
    z: Vec<E>,
    mean: Vec<E>,
    log_var: Vec<E>,
}

impl<E: Real> Parts<E> {
    fn new() -> Self {
        let of = |values: Vec<f64>| values.into_iter().map(E::of).collect();
        Self {
            z: of(values(CODES * D, 2.0, 0.3)),
            mean: of(values(COMPONENTS * D, 1.5, 1.1)),
            log_var: of(values(COMPONENTS * D, 1.0, 2.0)),
        }
    }

    fn aggregate(&self) -> Aggregate<'_, E> {
        Aggregate {
            z: &self.z,
            mean: &self.mean,
            log_var: &self.log_var,
            dimensions: D,
        }
    }
}

fn log_weight(i: usize, j: usize) -> f64 {
    -((1 + (i + 2 * j) % 5) as f64)
}

fn expected(parts: &Parts<f64>, i: usize) -> [f64; 2] {
    let log_density = |j: usize, k: usize| {
        let (z, mean) = (parts.z[i * D + k], parts.mean[j * D + k]);
        let variance = parts.log_var[j * D + k].exp();
        -0.5 * ((z - mean).powi(2) / variance + (std::f64::consts::TAU * variance).ln())
    };
    let mix = |f: &dyn Fn(usize) -> f64| {
        let terms = (0..COMPONENTS).map(|j| (log_weight(i, j) + f(j)).exp());
        terms.sum::<f64>().ln()
    };
    let joint = mix(&|j| (0..D).map(|k| log_density(j, k)).sum());
    let marginals = (0..D).map(|k| mix(&|j| log_density(j, k))).sum();
    [joint, marginals]
}

fn is_as_defined<E: Real>(tolerance: f64) {
    let parts = Parts::<E>::new();
    let found = parts.aggregate().log_probs(log_weight);
    assert_eq!(found.len(), CODES);
    for (i, found) in found.iter().enumerate() {
        for (found, expected) in found.iter().zip(expected(&Parts::new(), i)) {
            assert_close(*found, expected, tolerance);
        }
    }
    let (with_gradients, _) = parts
        .aggregate()
        .log_probs_and_gradients(log_weight, [0.2, 0.7]);
    assert_eq!(with_gradients, found);
}

#[test]
fn log_probs_are_as_defined() {
    is_as_defined::<f64>(1e-12);
    is_as_defined::<f32>(1e-5);
}

#[test]
fn gradients_are_those_of_differences() {
    let weights = [0.6, -1.3];
    let loss = |parts: &Parts<f64>| -> f64 {
        let values = parts.aggregate().log_probs(log_weight);
        values
            .iter()
            .map(|[a, b]| weights[0] * a + weights[1] * b)
            .sum()
    };
    let (_, gradients) = Parts::<f64>::new()
        .aggregate()
        .log_probs_and_gradients(log_weight, weights);
    let fields: [fn(&mut Parts<f64>) -> &mut Vec<f64>; 3] =
        [|p| &mut p.z, |p| &mut p.mean, |p| &mut p.log_var];
    for (field, gradient) in fields.iter().zip(&gradients) {
        for (at, gradient) in gradient.iter().enumerate() {
            let moved = |h: f64| {
                let mut parts = Parts::new();
                field(&mut parts)[at] += h;
                loss(&parts)
            };
            let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!(
                (gradient - numeric).abs() < 1e-7 * (1.0 + numeric.abs()),
                "{gradient}, {numeric}"
            );
        }
    }
}

#[test]
fn codes_far_from_everything_have_a_density_and_a_gradient() {
    let q = Aggregate {
        z: &[60.0f32, -60.0],
        mean: &[0.0, 0.0, 1.0, 0.0],
        log_var: &[0.0; 4],
        dimensions: 2,
    };
    let (values, gradients) = q.log_probs_and_gradients(|_, _| -(2f64.ln()), [1.0, 1.0]);
    let far = |e: f64| -0.5 * (e * e + std::f64::consts::TAU.ln());
    // The nearer component has all of it.
    let [joint, marginals] = values[0];
    assert_close(joint, far(59.0) + far(60.0) - 2f64.ln(), 1e-6);
    assert_close(marginals, far(59.0) - 2f64.ln() + far(60.0), 1e-6);
    assert!(gradients.iter().flatten().all(|g| g.is_finite()));
    assert_close(gradients[0][0].into(), -2.0 * 59.0, 1e-5);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let parts = Parts::<f32>::new();
        pool.unwrap().install(|| {
            parts
                .aggregate()
                .log_probs_and_gradients(log_weight, [1.0, 2.0])
        })
    };
    let (values, gradients) = run(1);
    let (other_values, other_gradients) = run(3);
    assert_eq!(values, other_values);
    assert_eq!(gradients, other_gradients);
}
