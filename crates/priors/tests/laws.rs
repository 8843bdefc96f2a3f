//! What every prior has to keep: its samples follow its density, and its KL agrees with its density.

use dfdx::prelude::*;
use vae_distributions::{Density, Normal};
use vae_flows::{Affine, Planar};
use vae_ops::{Batch, GradTape, as_slice, backward, batch_mean};
use vae_priors::{
    FlowPrior, GaussianMixture, LearnedNormal, Mixture, Posterior, Prior, StandardNormal,
};
use vae_reparam::{Noise, Rsample};
use vae_testkit::{assert_close, assert_grad, assert_ks, edit_parameters, spread};

type One = Const<1>;

fn column(values: Vec<f64>) -> Batch<One, f64> {
    let rows = values.len();
    Cpu::default().tensor_from_vec(values, (rows, Const))
}

fn learned() -> LearnedNormal<One, f64> {
    let device = Cpu::default();
    LearnedNormal {
        mean: device.tensor([0.7]),
        log_var: device.tensor([-0.4]),
    }
}

fn mixture() -> Mixture<3, One, f64> {
    let device = Cpu::default();
    Mixture {
        logits: device.tensor([0.3, -0.5, 1.0]),
        means: device.tensor([[-3.0], [0.5], [2.0]]),
        log_vars: device.tensor([[0.0], [-2.0], [0.5]]),
    }
}

/// Mass, distribution function and samples of a one-dimensional prior agree with each other.
fn samples_follow_the_density<P: Prior<f64, Latent = One>>(prior: &P) {
    let (start, step, points) = (-12.0, 24.0 / 48_000.0, 48_001);
    let grid = column((0..points).map(|i| start + step * f64::from(i)).collect());
    let log_density = prior.log_prob(&grid);
    let mut mass = 0.0;
    let cumulative: Vec<f64> = as_slice(&log_density)
        .iter()
        .map(|log_p| {
            mass += log_p.exp() * step;
            mass
        })
        .collect();
    assert_close(mass, 1.0, 1e-9);
    let samples = prior.sample(100_000, Noise::new(1, "prior"));
    assert_ks(as_slice(&samples), |z| {
        cumulative[((z - start) / step) as usize]
    });
}

/// The mean of ln q − ln p over samples of q is what `kl` says, within four standard errors.
fn kl_agrees_with_the_density<P: Prior<f64, Latent = One>>(prior: &P) {
    let n = 200_000;
    let q = Normal {
        mean: column(vec![0.4; n]),
        log_var: column(vec![-0.8; n]),
    };
    let z = q.rsample(Noise::new(2, "latent"));
    let (log_q, log_p) = (q.log_prob(&z), prior.log_prob(&z));
    let terms: Vec<f64> = as_slice(&log_q)
        .iter()
        .zip(as_slice(&log_p))
        .map(|(q, p)| q - p)
        .collect();
    let mean = terms.iter().sum::<f64>() / n as f64;
    let variance = terms.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / n as f64;
    let kl = as_slice(&q.kl(prior, &z)).iter().sum::<f64>() / n as f64;
    assert!(
        (kl - mean).abs() <= 4.0 * (variance / n as f64).sqrt(),
        "{kl} against {mean}"
    );
}

#[test]
fn standard_normal() {
    samples_follow_the_density(&StandardNormal::<One>::default());
    kl_agrees_with_the_density(&StandardNormal::<One>::default());
}

#[test]
fn learned_normal() {
    samples_follow_the_density(&learned());
    kl_agrees_with_the_density(&learned());
}

#[test]
fn mixture_of_gaussians() {
    samples_follow_the_density(&mixture());
    kl_agrees_with_the_density(&mixture());
}

fn fitted() -> GaussianMixture<3, One, f64> {
    let device = Cpu::default();
    GaussianMixture {
        logits: device.tensor([0.3, -0.5, 1.0]),
        means: device.tensor([[-3.0], [0.5], [2.0]]),
        scale_trils: device.tensor([[[1.0]], [[0.4]], [[1.3]]]),
    }
}

#[test]
fn gaussian_mixture() {
    samples_follow_the_density(&fitted());
    kl_agrees_with_the_density(&fitted());
}

/// From noise to code.
fn bent() -> FlowPrior<(Planar<One, Const<0>, f64>, Affine<One, Const<0>, f64>)> {
    let mut prior = BuildModule::build(&Cpu::seed_from_u64(0));
    edit_parameters(&mut prior, |_, values| {
        let values = values.iter_mut().zip(spread::<f64>(1, 1000));
        values.for_each(|(value, number)| *value = number);
    });
    prior
}

#[test]
fn flow() {
    samples_follow_the_density(&bent());
    kl_agrees_with_the_density(&bent());
}

#[test]
fn gradients_with_respect_to_the_code() {
    let narrow = |m: vae_testkit::Matrix| {
        let rows = m.shape().num_elements();
        m.contiguous().reshape_like(&(rows, Const::<1>))
    };
    assert_grad(-2.0..2.0, |[z]| learned().log_prob(&narrow(z)));
    assert_grad(-2.0..2.0, |[z]| mixture().log_prob(&narrow(z)));
    assert_grad(-2.0..2.0, |[z]| fitted().log_prob(&narrow(z)));
}

/// Every parameter's gradient against a central difference.
#[test]
fn gradients_with_respect_to_the_parameters() {
    let z = column(vec![-1.0, 0.3, 2.5]);
    let loss = |prior: &Mixture<3, One, f64>| {
        batch_mean(prior.log_prob(&z.clone().put_tape(GradTape::for_data())))
    };
    let prior = mixture();
    let gradients = backward(loss(&prior), 1.0);
    let compare = |k: usize, gradient: f64, moved: fn(&mut Mixture<3, One, f64>, usize, f64)| {
        let at = |step| {
            let mut prior = mixture();
            moved(&mut prior, k, step);
            loss(&prior).array()
        };
        let (up, down) = (at(1e-5), at(-1e-5));
        assert_close(gradient, (up - down) / 2e-5, 1e-8);
    };
    for k in 0..3 {
        compare(k, gradients.get(&prior.logits)[[k]], |p, k, step| {
            p.logits[[k]] += step
        });
        compare(k, gradients.get(&prior.means)[[k, 0]], |p, k, step| {
            p.means[[k, 0]] += step
        });
        compare(k, gradients.get(&prior.log_vars)[[k, 0]], |p, k, step| {
            p.log_vars[[k, 0]] += step
        });
    }
}
