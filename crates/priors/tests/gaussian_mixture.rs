//! The mixture of Gaussians that is fitted to codes.

use dfdx::prelude::*;
use vae_distributions::{Density, MultivariateNormal};
use vae_ops::{Batch, PerExample, as_slice};
use vae_priors::{FitError, GaussianMixture, Prior};
use vae_reparam::Noise;
use vae_testkit::{assert_close, spread};

type Z = Const<3>;
type Fit = GaussianMixture<2, Z, f64>;

fn codes(values: Vec<f64>) -> Batch<Z, f64> {
    let rows = values.len() / 3;
    Cpu::default().tensor_from_vec(values, (rows, Const))
}

/// A long component and a round one, apart.
fn truth() -> Fit {
    let device = Cpu::default();
    Fit {
        logits: device.tensor([0.3f64.ln(), 0.7f64.ln()]),
        means: device.tensor([[-2.0, 0.0, 1.0], [2.0, 1.0, -1.0]]),
        scale_trils: device.tensor([
            [[1.0, 0.0, 0.0], [0.8, 0.3, 0.0], [-0.5, 0.2, 0.4]],
            [[0.7, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 0.0, 0.7]],
        ]),
    }
}

fn mean(values: &PerExample<f64>) -> f64 {
    as_slice(values).iter().sum::<f64>() / as_slice(values).len() as f64
}

#[test]
fn its_density_is_that_of_its_components() {
    let (prior, z) = (truth(), codes(spread(7, 15)));
    let log_p = prior.log_prob(&z);
    let components = [0, 1].map(|k| {
        let repeated = |values: &[f64], size: usize| values[k * size..][..size].repeat(5);
        let device = Cpu::default();
        let l = repeated(as_slice(&prior.scale_trils), 9);
        let l = device.tensor_from_vec(l, (5, Const, Const));
        let mean = codes(repeated(as_slice(&prior.means), 3));
        MultivariateNormal::new(mean, l).unwrap().log_prob(&z)
    });
    for (i, log_p) in as_slice(&log_p).iter().enumerate() {
        let [a, b] = components.each_ref().map(|c| as_slice(c)[i].exp());
        assert_close(*log_p, (0.3 * a + 0.7 * b).ln(), 1e-12);
    }
}

/// Whatever the most likely mixture is, no sample is less likely under it than under the truth, and the law of large numbers
/// brings its moments to those of the truth.
#[test]
fn it_finds_the_mixture_that_codes_come_from() {
    let truth = truth();
    let z = truth.sample(20_000, Noise::new(3, "codes"));
    let fit = Fit::fit(&z, Noise::new(4, "fit")).unwrap();
    let gain = mean(&fit.log_prob(&z)) - mean(&truth.log_prob(&z));
    // Half a nat for each of 19 parameters, over 20 000 codes; what is missing is where the iterations end.
    assert!((-1e-4..19.0 / 20_000.0).contains(&gain), "{gain}");

    // The components come in any order.
    let first = usize::from(as_slice(&fit.means)[0] > 0.0);
    let of = |fit: &Fit, k: usize| -> Vec<f64> {
        let means = &as_slice(&fit.means)[3 * k..][..3];
        [means, &as_slice(&fit.scale_trils)[9 * k..][..9]].concat()
    };
    for k in 0..2 {
        for (fitted, true_value) in of(&fit, k ^ first).iter().zip(of(&truth, k)) {
            // Standard errors are below 1/√6000 = 0.013.
            assert_close(*fitted, true_value, 0.05);
        }
    }
}

#[test]
fn codes_that_do_not_vary_are_no_harm() {
    let same = codes([1.0, 2.0, 3.0].repeat(10));
    let fit = Fit::fit(&same, Noise::new(0, "fit")).unwrap();
    assert!(as_slice(&fit.log_prob(&same)).iter().all(|l| l.is_finite()));

    let same = Cpu::default().tensor_from_vec([1.0f32, 2.0, 3.0].repeat(10), (10, Const));
    let fit = GaussianMixture::<2, Z>::fit(&same, Noise::new(0, "fit")).unwrap();
    let log_probs = fit.log_prob(&same);
    assert!(as_slice(&log_probs).iter().all(|l| l.is_finite()));

    // Nor is a plane, across which nothing varies: a millionth of the mean variance does.
    let plane = spread::<f64>(5, 40);
    let plane: Vec<f64> = plane
        .chunks(2)
        .flat_map(|p| [p[0], p[1], p[0] + p[1]])
        .collect();
    let mean_square = plane.iter().map(|x| x * x).sum::<f64>() / plane.len() as f64;
    let fit = Fit::fit(&codes(plane), Noise::new(0, "fit")).unwrap();
    for narrowest in as_slice(&fit.scale_trils).chunks(9).map(|l| l[8]) {
        assert!(
            (0.5e-3..2e-3).contains(&(narrowest / mean_square.sqrt())),
            "{narrowest}"
        );
    }
}

#[test]
fn what_cannot_be_fitted_is_named() {
    let few = Fit::fit(&codes(vec![0.0; 3]), Noise::new(0, "fit")).unwrap_err();
    assert_eq!(
        few,
        FitError::TooFew {
            codes: 1,
            components: 2
        }
    );
    assert_eq!(few.to_string(), "2 components cannot be fitted to 1 codes");
    let mut values = vec![0.0; 12];
    values[7] = f64::NAN;
    let bad = Fit::fit(&codes(values), Noise::new(0, "fit")).unwrap_err();
    assert_eq!(bad, FitError::NotFinite { code: 2 });
}
