use crate::{Density, Sample};
use dfdx::prelude::{Cpu, Dim, NoneTape, ReshapeTo, TensorFromVec};
use rand::Rng;
use vae_ops::{PerExample, Real, as_slice};

/// A mean over samples and how far it may be off, one value per example.
#[derive(Clone, Debug)]
pub struct Estimate<E: Real = f32> {
    /// The mean, shape (B,).
    pub value: PerExample<E>,
    /// Its standard error, shape (B,). NaN from fewer than two samples.
    pub standard_error: PerExample<E>,
}

/// KL(q ‖ p) = E_q[ln q(x) − ln p(x)] from samples of q, for a pair without a [closed form](crate::KlTo). Unbiased; no
/// gradient is taken. Accumulated in `f64`.
///
/// An estimate may be negative, by its standard error. Once a sample falls where p has no density, the divergence is
/// infinite and the estimate is ∞ ± 0; where that is rare, a finite estimate does not show that it never happens.
///
/// ```
/// use dfdx::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
/// use vae_distributions::{Laplace, Normal, kl_monte_carlo};
///
/// let zero = Cpu::default().tensor_from_vec(vec![0.0f64], (1, Const::<1>));
/// let q = Laplace { loc: zero.clone(), scale: zero.clone() + 1.0 };
/// let p = Normal { mean: zero.clone(), log_var: zero };
/// let kl = kl_monte_carlo(&q, &p, &mut StdRng::seed_from_u64(0), 10_000);
/// // E x²/2 − E |x| − ln 2 + ½ ln 2π, with E x² = 2.
/// let exact = 0.5 * std::f64::consts::TAU.ln() - 2.0f64.ln();
/// assert!((kl.value.as_vec()[0] - exact).abs() < 4.0 * kl.standard_error.as_vec()[0]);
/// ```
pub fn kl_monte_carlo<N: Dim, E: Real>(
    q: &(impl Density<N, E, NoneTape> + Sample<N, E>),
    p: &impl Density<N, E, NoneTape>,
    rng: &mut impl Rng,
    samples: usize,
) -> Estimate<E> {
    // The mean and the sum of squared deviations of each example (Welford 1962).
    let mut moments: Vec<(f64, f64)> = Vec::new();
    for count in 1..=samples {
        let x = q.sample(rng);
        let densities = [q.log_prob(&x), p.log_prob(&x)].map(|d| d.contiguous());
        let [of_q, of_p] = densities.each_ref().map(as_slice);
        moments.resize(of_q.len(), (0.0, 0.0));
        for ((mean, squares), (q, p)) in moments.iter_mut().zip(of_q.iter().zip(of_p)) {
            let term = q.as_f64() - p.as_f64();
            if mean.is_infinite() || term.is_infinite() {
                (*mean, *squares) = (*mean + term, 0.0);
            } else {
                let deviation = term - *mean;
                *mean += deviation / count as f64;
                *squares += deviation * (term - *mean);
            }
        }
    }
    let variance_of_mean = |squares: f64| squares / (samples as f64 * (samples as f64 - 1.0));
    let tensor = |values: Vec<E>| {
        let batch = (values.len(),);
        Cpu::default().tensor_from_vec(values, batch)
    };
    Estimate {
        value: tensor(moments.iter().map(|(mean, _)| E::of(*mean)).collect()),
        standard_error: tensor(
            moments
                .iter()
                .map(|(_, squares)| E::of(variance_of_mean(*squares).sqrt()))
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KlTo, Normal, StandardNormal, Uniform};
    use rand::{SeedableRng, rngs::StdRng};
    use vae_ops::Batch;
    use vae_testkit::assert_close;

    fn rows(values: &[f64], width: usize) -> Batch<usize, f64> {
        Cpu::default().tensor_from_vec(values.to_vec(), (values.len() / width, width))
    }

    fn normal(mean: f64, log_var: f64) -> Normal<usize, f64> {
        Normal {
            mean: rows(&[mean], 1),
            log_var: rows(&[log_var], 1),
        }
    }

    fn numbers(estimate: &Estimate<f64>) -> (f64, f64) {
        (
            estimate.value.as_vec()[0],
            estimate.standard_error.as_vec()[0],
        )
    }

    #[test]
    fn the_standard_error_is_the_deviation_of_estimates() {
        let mut rng = StdRng::seed_from_u64(5);
        let (p, q) = (normal(0.3, 0.5), normal(-0.2, 0.1));
        let (value, error) = numbers(&kl_monte_carlo(&p, &q, &mut rng, 20_000));
        assert!((value - p.kl_to(&q).as_vec()[0]).abs() < 4.0 * error);
        let estimates: Vec<f64> = (0..400)
            .map(|_| numbers(&kl_monte_carlo(&p, &q, &mut rng, 50)).0)
            .collect();
        let mean = estimates.iter().sum::<f64>() / 400.0;
        let squares = estimates.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        assert_close((squares / 399.0).sqrt() / (error * 20.0), 1.0, 0.1);
        let (value, error) = numbers(&kl_monte_carlo(&p, &q, &mut rng, 1));
        assert!(value.is_finite() && error.is_nan());
    }

    #[test]
    fn where_p_has_no_density_it_is_infinite() {
        let mut rng = StdRng::seed_from_u64(5);
        let unit = Uniform {
            low: rows(&[0.0], 1),
            high: rows(&[1.0], 1),
        };
        let q = normal(-0.2, 0.1);
        let infinite = numbers(&kl_monte_carlo(&q, &unit, &mut rng, 100));
        assert_eq!(infinite, (f64::INFINITY, 0.0));
        let (value, error) = numbers(&kl_monte_carlo(&unit, &q, &mut rng, 100));
        assert!(value.is_finite() && error > 0.0);
    }

    #[test]
    fn every_example_is_on_its_own() {
        let two = Normal {
            mean: rows(&[0.0, 0.0, 5.0, 5.0], 2),
            log_var: rows(&[0.0; 4], 2),
        };
        let mut rng = StdRng::seed_from_u64(5);
        let estimate = kl_monte_carlo(&two, &StandardNormal, &mut rng, 1000);
        assert_eq!(estimate.value.as_vec()[0], 0.0);
        assert_close(estimate.value.as_vec()[1], 25.0, 0.02);
    }
}
