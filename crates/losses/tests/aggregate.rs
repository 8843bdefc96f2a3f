//! What is estimated of the aggregate posterior, against what is known of it.

use dfdx::prelude::{Const, Cpu, TensorFromVec};
use vae_architectures::{ConditionalNormal, Linear, Unchanged, Vae};
use vae_losses::{BetaTc, Kernel, Objective, Weighting, mmd};
use vae_ops::{Batch, Identity};
use vae_priors::StandardNormal;
use vae_reparam::Noise;

type Z = Const<2>;

type Head = Linear<Z, Z, Identity, f64>;
type Copy = ConditionalNormal<Unchanged<Z>, Head>;

/// N(x, v I)
fn copy(variance: f64) -> Copy {
    let head = |weight: [f64; 4], bias: f64| Linear {
        weight: Cpu::default().tensor_from_vec(weight.to_vec(), (Const, Const)),
        bias: Cpu::default().tensor_from_vec(vec![bias; 2], (Const,)),
        activation: Identity,
    };
    ConditionalNormal {
        body: Unchanged::default(),
        mean: head([1.0, 0.0, 0.0, 1.0], 0.0),
        log_var: head([0.0; 4], variance.ln()),
    }
}

/// Data of a correlation, encoded with noise that leaves the codes variances of 1.
#[test]
fn total_correlation_is_that_of_a_correlated_gaussian() {
    const ROWS: usize = 2000;
    const VARIANCE: f64 = 0.2;
    let model = Vae {
        encoder: copy(VARIANCE),
        decoder: copy(1.0),
        prior: StandardNormal::<Z>::default(),
    };
    for correlation in [0.0, 0.5, 0.75] {
        let mut e = vec![0.0; 2 * ROWS];
        Noise::new(1, "data").fill_normal(&mut e);
        // Covariance ((1 − v, ρ), (ρ, 1 − v)), so that of the codes is ((1, ρ), (ρ, 1)).
        let variance = 1.0 - VARIANCE;
        let rest = (variance - correlation * correlation / variance).sqrt();
        let x = e.as_chunks::<2>().0.iter().flat_map(|[a, b]| {
            let first = variance.sqrt() * a;
            [first, correlation / variance * first + rest * b]
        });
        let x: Batch<Z, f64> = Cpu::default().tensor_from_vec(x.collect(), (ROWS, Const));
        let objective = BetaTc {
            alpha: 1.0,
            beta: 1.0,
            gamma: 1.0,
            examples: ROWS,
            weighting: Weighting::Stratified,
        };
        let terms = objective.evaluate(&model, x, Noise::new(2, "latent"));
        let found = |name: &str| {
            let mut named = terms.extras.iter().filter(|(n, _)| *n == name);
            named.next().unwrap().1
        };
        let tc = -0.5 * (1.0 - correlation * correlation).ln();
        let information = -(VARIANCE.ln()) - tc;
        // The standard error of a mean of 2000 densities is about 0.02.
        for (name, expected) in [
            ("total correlation", tc),
            ("mutual information", information),
            ("dimension-wise KL", 0.0),
        ] {
            let error = (found(name) - expected).abs();
            assert!(
                error < 0.06,
                "{name} at {correlation}: {}, not {expected}",
                found(name)
            );
        }
    }
}

fn normal(stream: &str, draw: u64, shift: f64) -> Vec<f64> {
    let mut values = vec![0.0; 3 * 40];
    Noise::new(3, stream).at(draw).fill_normal(&mut values);
    values.iter().map(|x| x + shift).collect()
}

#[test]
fn mmd_is_zero_in_expectation_for_equal_distributions_only() {
    for kernel in [
        Kernel::Rbf { scale: 1.0 },
        Kernel::InverseMultiquadric { scale: 1.0 },
    ] {
        let estimate = |shift: f64| {
            let draws: Vec<f64> = (0..400)
                .map(|i| mmd(&normal("z", i, shift), &normal("y", i, 0.0), 3, kernel).0)
                .collect();
            let mean = draws.iter().sum::<f64>() / 400.0;
            let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 399.0;
            (mean, (variance / 400.0).sqrt())
        };
        let (same, error) = estimate(0.0);
        assert!(same.abs() < 4.0 * error, "{kernel:?}: {same} ± {error}");
        let (other, error) = estimate(0.3);
        assert!(other > 8.0 * error, "{kernel:?}: {other} ± {error}");
    }
}
