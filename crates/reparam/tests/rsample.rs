//! Every distribution with a reparameterized sample is named in one of the lists below: the gradients of samples are
//! those of the expectations.

use dfdx::prelude::*;
use vae_distributions::*;
use vae_ops::{Batch, GradTape, PerExample, as_slice, backward, batch_mean, formula, sum_event};
use vae_ops::{repeat, sum_formula};
use vae_reparam::{Noise, Parameters, Rsample, Temperature, harden};
use vae_testkit::{assert_close, assert_grad, assert_ks};

type Taped = Batch<usize, f64, GradTape<f64>>;

fn filled(rows: usize, value: f64) -> Batch<usize, f64> {
    Cpu::default().tensor_from_vec(vec![value; rows], (rows, 1))
}

/// The others are held to their distributions by the laws of `vae-distributions`.
mod samples_follow {
    use super::*;

    /// The first of two outcomes is a relaxed Bernoulli variable.
    #[test]
    fn concrete() {
        let (rows, temperature) = (200_000, 0.6);
        let logits: Batch<Const<2>, f64> =
            Cpu::default().tensor_from_vec([0.9, 0.2].repeat(rows), (rows, Const));
        let z = Concrete {
            temperature,
            logits,
        }
        .rsample(Noise::new(1, "concrete"));
        let first = as_slice(&z).iter().step_by(2).copied().collect();
        let first: Batch<usize, f64> = Cpu::default().tensor_from_vec(first, (rows, 1));
        let logits = filled(rows, 0.7);
        let u = RelaxedBernoulli {
            temperature,
            logits,
        }
        .cdf(&first);
        assert_ks(as_slice(&u), |u| u);
    }

    #[test]
    fn mixture() {
        let component = |mean, log_var| Normal {
            mean: filled(200_000, mean),
            log_var: filled(200_000, log_var),
        };
        let q = ElementMixture {
            logits: vec![filled(200_000, 0.3), filled(200_000, -0.5)],
            components: vec![component(-1.0, 0.0), component(2.0, -1.0)],
        };
        let z = q.rsample(Noise::new(1, "mixture"));
        let w = 1.0 / (1.0 + (-0.8f64).exp());
        let [a, b] = [0, 1].map(|k| q.components[k].cdf(&z));
        let u = formula([a, b], |[a, b]| w * a + (1.0 - w) * b);
        assert_ks(as_slice(&u), |u| u);
    }
}

/// For explicit transformations of noise that stays.
#[test]
fn explicit_samples_have_their_gradients() {
    let noise = Noise::new(2, "gradients");
    macro_rules! gradients {
        ($($D:ident { $($field:ident),* })*) => {$(
            assert_grad(0.5..1.5, |[$($field),*]| $D { $($field),* }.rsample(noise));
        )*};
    }
    gradients! {
        Normal { mean, log_var }
        LogNormal { mean, log_var }
        HalfNormal { scale }
        Laplace { loc, scale }
        Logistic { loc, scale }
        Gumbel { loc, scale }
        Uniform { low, high }
        Exponential { rate }
        Weibull { scale, concentration }
        Pareto { scale, alpha }
        Kumaraswamy { concentration1, concentration0 }
    }
    // Its samples are so large that differences lose more digits.
    assert_grad(0.5..1.5, |[loc, scale]| {
        formula([Cauchy { loc, scale }.rsample(noise)], |[z]| 1e-2 * z)
    });
    let temperature = 0.8;
    assert_grad(-1.0..1.0, |[logits]| {
        RelaxedBernoulli {
            temperature,
            logits,
        }
        .rsample(noise)
    });
    assert_grad(-1.0..1.0, |[logits]| {
        Concrete {
            temperature,
            logits,
        }
        .rsample(noise)
    });
    assert_grad(-1.0..1.0, |[mean, column]| {
        let (batch, n) = *mean.shape();
        let scale_tril = column.broadcast_like::<_, Axis<1>>(&(batch, n, n));
        MultivariateNormal { mean, scale_tril }.rsample(noise)
    });
    assert_grad(-1.0..1.0, |[mean, factor, log_diagonal]| {
        let (batch, n) = *mean.shape();
        let factor = factor.broadcast_like::<_, Axis<2>>(&(batch, n, 2));
        LowRankNormal {
            mean,
            factor,
            log_diagonal,
        }
        .rsample(noise)
    });
}

/// The gradients of E\[z\] and E\[z²\], as averages over samples and from the moments in closed form.
fn unbiased<const K: usize, D>(name: &str, parameters: [f64; K], build: impl Fn([Taped; K]) -> D)
where
    D: Rsample<usize, f64, GradTape<f64>> + Moments<usize, f64, GradTape<f64>>,
{
    let rows = 100_000;
    let leaves = parameters.map(|p| filled(rows, p));
    let q = || build(leaves.each_ref().map(|p| p.retaped()));
    let gradients = |f: Taped| {
        let sum = sum_event([f], [], |[f], []| (f, [1.0]));
        let gradients = backward(batch_mean(sum), rows as f64);
        leaves.each_ref().map(|leaf| gradients.get(leaf).as_vec())
    };
    for power in [1, 2] {
        let z = q().rsample(Noise::new(3, name));
        let samples = gradients(formula([z], |[z]| if power == 1 { z } else { z.square() }));
        let moments = [q().mean(), q().variance()];
        let exact = gradients(formula(moments, |[mean, variance]| {
            if power == 1 {
                mean
            } else {
                variance + mean.square()
            }
        }));
        for (k, (samples, exact)) in samples.iter().zip(&exact).enumerate() {
            let n = rows as f64;
            let mean = samples.iter().sum::<f64>() / n;
            let variance = samples.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let error = (variance / n).sqrt();
            assert!(
                (mean - exact[0]).abs() <= 4.0 * error + 1e-12,
                "{name}: d E[z^{power}]/dθ{k} is {}, estimated as {mean} ± {error}",
                exact[0]
            );
        }
    }
}

#[test]
fn gradients_of_expectations_are_unbiased() {
    macro_rules! unbiased {
        ($($D:ident { $($field:ident: $value:expr),* })*) => {$(
            unbiased(stringify!($D), [$($value),*], |[$($field),*]| $D { $($field),* });
        )*};
    }
    unbiased! {
        Normal { mean: 0.7, log_var: 0.2 }
        LogNormal { mean: 0.2, log_var: -1.5 }
        HalfNormal { scale: 2.5 }
        Laplace { loc: -1.0, scale: 0.3 }
        Logistic { loc: 2.0, scale: 0.6 }
        Gumbel { loc: 0.5, scale: 2.0 }
        Uniform { low: -1.0, high: 3.0 }
        Exponential { rate: 2.5 }
        Weibull { scale: 2.0, concentration: 1.4 }
        Pareto { scale: 0.5, alpha: 12.0 }
        Kumaraswamy { concentration1: 0.6, concentration0: 2.5 }
        Gamma { concentration: 2.5, rate: 0.5 }
        Gamma { concentration: 0.2, rate: 3.0 }
        Beta { concentration1: 0.5, concentration0: 2.5 }
        StudentT { df: 12.0, loc: 1.0, scale: 2.0 }
    }
    unbiased("mixture", [0.3, -0.5, -1.0, 0.0, 2.0, -1.0], |parameters| {
        let [l1, l2, m1, v1, m2, v2] = parameters;
        let component = |mean, log_var| Normal { mean, log_var };
        ElementMixture {
            logits: vec![l1, l2],
            components: vec![component(m1, v1), component(m2, v2)],
        }
    });
}

/// E\[z₁ z₂\] = α₁ α₂ / (α₀ (α₀ + 1)) for α₀ = Σ αᵢ.
#[test]
fn dirichlet_samples_move_with_all_concentrations() {
    let (rows, alpha) = (200_000, [0.4, 1.5, 3.0]);
    let values = alpha.repeat(rows);
    let leaf: Batch<Const<3>, f64> = Cpu::default().tensor_from_vec(values, (rows, Const));
    let z = Dirichlet {
        concentration: leaf.retaped::<GradTape<f64>>(),
    }
    .rsample(Noise::new(4, "z"));
    assert!(
        z.as_vec()
            .chunks(3)
            .all(|z| (z.iter().sum::<f64>() - 1.0).abs() < 1e-12)
    );
    // z₁ z₂ = ½ ((z₁ + z₂)² − z₁² − z₂²) with z₁ + z₂ = 1 − z₃
    let weights: Vec<f64> = [-0.5, -0.5, 0.5].repeat(rows);
    let weights: Batch<Const<3>, f64> = Cpu::default().tensor_from_vec(weights, (rows, Const));
    let product = sum_event([z], [weights], |[z], [w]| {
        let shift = if w > 0.0 { z - 1.0 } else { z };
        (w * shift * shift, [2.0 * w * shift])
    });
    let gradients = backward(batch_mean(product), rows as f64)
        .get(&leaf)
        .as_vec();
    let exact = |a: [f64; 3]| {
        let total: f64 = a.iter().sum();
        a[0] * a[1] / (total * (total + 1.0))
    };
    for k in 0..3 {
        let g: Vec<f64> = gradients.iter().skip(k).step_by(3).copied().collect();
        let n = rows as f64;
        let mean = g.iter().sum::<f64>() / n;
        let error = (g.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / n / n).sqrt();
        let moved = |h: f64| {
            exact(std::array::from_fn(|j| {
                alpha[j] + if j == k { h } else { 0.0 }
            }))
        };
        let derivative = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!(
            (mean - derivative).abs() < 4.0 * error,
            "α{k}: {derivative}, estimated as {mean} ± {error}"
        );
    }
}

/// E\[z\] = A(κ) μ, along the sphere and in κ.
#[test]
fn von_mises_fisher_samples_move_with_location_and_concentration() {
    let (rows, mu, kappa, c) = (100_000, [0.6, 0.0, 0.8], 4.0, [0.3, -1.0, 0.5]);
    let device = Cpu::default();
    let batch = |x: [f64; 3]| -> Batch<Const<3>, f64> {
        device.tensor_from_vec(x.repeat(rows), (rows, Const))
    };
    let (loc, direction) = (batch(mu), batch(c));
    let concentration: PerExample<f64> = device.tensor_from_vec(vec![kappa; rows], (rows,));
    let sample = || {
        let q = VonMisesFisher {
            loc: loc.retaped::<GradTape<f64>>(),
            concentration: concentration.retaped(),
        };
        q.rsample(Noise::new(5, "z"))
    };
    // No sample leaves the sphere: Σ z² = 1, and stays so along the sphere and in κ.
    let square = sum_formula([sample()], |[z]| z.square());
    assert!(square.as_vec().iter().all(|s| (s - 1.0).abs() < 1e-12));
    let of_square = backward(batch_mean(square), rows as f64);
    let product = sum_event([sample()], [direction], |[z], [c]| (z * c, [c]));
    let gradients = backward(batch_mean(product), rows as f64);
    let of_kappa = of_square.get(&concentration).as_vec();
    assert!(of_kappa.iter().all(|g| g.abs() < 1e-12));

    let (n, langevin) = (rows as f64, 1.0 / kappa.tanh() - 1.0 / kappa);
    let along: f64 = mu.iter().zip(c).map(|(m, c)| m * c).sum();
    let check = |name: &str, samples: Vec<f64>, exact: f64| {
        let mean = samples.iter().sum::<f64>() / n;
        let error = (samples.iter().map(|g| (g - mean).powi(2)).sum::<f64>()).sqrt() / n;
        assert!(
            (mean - exact).abs() < 4.0 * error,
            "{name}: {exact}, estimated as {mean} ± {error}"
        );
    };
    let slope = 1.0 / kappa.powi(2) - kappa.sinh().powi(-2);
    check("κ", gradients.get(&concentration).as_vec(), slope * along);
    // Two directions along the sphere.
    for tangent in [[0.8, 0.0, -0.6], [0.0, 1.0, 0.0]] {
        let gradients = gradients.get(&loc).as_vec();
        let samples = gradients
            .chunks(3)
            .map(|g| g.iter().zip(tangent).map(|(g, t)| g * t).sum());
        let exact: f64 = c.iter().zip(tangent).map(|(c, t)| langevin * c * t).sum();
        check("μ", samples.collect(), exact);
        let of_square = of_square.get(&loc).as_vec();
        for g in of_square.chunks(3) {
            assert!(g.iter().zip(tangent).map(|(g, t)| g * t).sum::<f64>().abs() < 1e-12);
        }
    }
}

#[test]
fn covariances_of_multivariate_samples() {
    let rows = 200_000;
    let device = Cpu::default();
    let mean: Batch<Const<2>, f64> =
        device.tensor_from_vec([1.0, -1.0].repeat(rows), (rows, Const));
    let full = MultivariateNormal {
        mean: mean.clone(),
        scale_tril: device
            .tensor_from_vec([1.0, 9.0, -0.5, 0.8].repeat(rows), (rows, Const, Const)),
    };
    let low_rank = LowRankNormal {
        mean: mean.clone(),
        factor: device.tensor_from_vec([0.5, -1.0].repeat(rows), (rows, Const, Const::<1>)),
        log_diagonal: device.tensor_from_vec([0.0, -1.0].repeat(rows), (rows, Const)),
    };
    let covariances = [full.covariance().as_vec(), low_rank.covariance().as_vec()];
    let noise = Noise::new(6, "z");
    for (z, exact) in [full.rsample(noise), low_rank.rsample(noise)]
        .iter()
        .zip(covariances)
    {
        for (i, j) in [(0, 0), (0, 1), (1, 1)] {
            let product = |z: &[f64]| (z[i] - [1.0, -1.0][i]) * (z[j] - [1.0, -1.0][j]);
            let products: Vec<f64> = as_slice(z).chunks(2).map(product).collect();
            let mean = products.iter().sum::<f64>() / rows as f64;
            let square = products.iter().map(|p| (p - mean).powi(2)).sum::<f64>();
            let error = square.sqrt() / rows as f64;
            let exact = exact[2 * i + j];
            assert!(
                (mean - exact).abs() < 4.0 * error,
                "({i}, {j}): {exact}, {mean} ± {error}"
            );
        }
    }
}

#[test]
fn hard_samples_pass_the_soft_gradient() {
    let logits: Batch<Const<3>, f64> =
        Cpu::default().tensor_from_vec(vec![0.1, 0.9, -0.3, 1.0, 0.0, 0.5], (2, Const));
    let run = |hard: bool| {
        let q = Concrete {
            temperature: 0.5,
            logits: logits.retaped::<GradTape<f64>>(),
        };
        let soft = q.rsample(Noise::new(7, "z"));
        let z = if hard { harden(soft) } else { soft };
        let values = z.as_vec();
        let gradients = backward(batch_mean(sum_formula([z], |[z]| 3.0 * z + 1.0)), 1.0);
        (values, gradients.get(&logits).as_vec())
    };
    let ((hard, of_hard), (_, of_soft)) = (run(true), run(false));
    assert_eq!(of_hard, of_soft);
    assert!(hard.chunks(3).all(|row| row.iter().sum::<f64>() == 1.0));
    assert!(hard.iter().all(|x| [0.0, 1.0].contains(x)));
    let linear = Temperature::Linear {
        from: 2.0,
        to: 1.0,
        steps: 10,
    };
    assert_eq!([0, 5, 10, 99].map(|t| linear.at(t)), [2.0, 1.5, 1.0, 1.0]);
    assert_eq!(Temperature::Constant(0.3).at(5), 0.3);
}

#[test]
fn repeated_parameters_collect_the_gradients_of_all_copies() {
    assert_grad(-1.0..1.0, |[x]| {
        let copies = repeat(x.clone(), 3);
        formula([copies, repeat(x, 3)], |[a, b]| a * b.exp())
    });
    let mean: Batch<usize, f64> = Cpu::default().tensor_from_vec(vec![1.0, 2.0], (2, 1));
    let q = Normal {
        mean,
        log_var: filled(2, -80.0),
    };
    let z = q.repeat(3).rsample(Noise::new(8, "z"));
    assert_eq!(z.shape(), &(6, 1));
    for (z, mean) in z.as_vec().iter().zip([1.0, 1.0, 1.0, 2.0, 2.0, 2.0]) {
        assert!((z - mean).abs() < 1e-15);
    }
}

/// Relaxed variables and those on a bounded support stay inside, whatever rounding does.
#[test]
fn extreme_parameters_stay_in_the_support() {
    let noise = Noise::new(9, "z");
    let single =
        |x: f32| -> Batch<usize> { Cpu::default().tensor_from_vec(vec![x; 999], (333, 3)) };
    for logits in [-200.0, 0.0, 200.0] {
        let logits = single(logits);
        let z = RelaxedBernoulli {
            temperature: 0.01,
            logits: logits.clone(),
        }
        .rsample(noise);
        assert!(as_slice(&z).iter().all(|z| *z > 0.0 && *z < 1.0));
        let z = Concrete {
            temperature: 0.01,
            logits,
        }
        .rsample(noise);
        assert!(as_slice(&z).iter().all(|z| *z > 0.0 && *z <= 1.0));
    }
    for (a, b) in [(1e-3, 1e-3), (1e-3, 1e3), (1e3, 1e-3), (1e6, 1e6)] {
        let (a, b) = (single(a), single(b));
        let z = Beta {
            concentration1: a.clone(),
            concentration0: b.clone(),
        }
        .rsample(noise);
        assert!(as_slice(&z).iter().all(|z| *z > 0.0 && *z < 1.0));
        let z = Gamma {
            concentration: a.clone(),
            rate: b,
        }
        .rsample(noise);
        assert!(as_slice(&z).iter().all(|z| *z > 0.0 && z.is_finite()));
        let z = Dirichlet { concentration: a }.rsample(noise);
        assert!(as_slice(&z).iter().all(|z| *z > 0.0 && *z <= 1.0));
    }
    let q = Normal {
        mean: single(1.0),
        log_var: single(-100.0),
    };
    assert_close(f64::from(as_slice(&q.rsample(noise))[0]), 1.0, 0.0);
}
