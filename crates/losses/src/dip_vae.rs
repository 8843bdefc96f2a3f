use crate::pass::Pass;
use crate::{Objective, Terms, WHOLE_BATCH};
use dfdx::prelude::{Dim, HasShape};
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record, Scalar, batch_mean, formula, scalar_of};
use vae_priors::Posterior;
use vae_reparam::Noise;

/// The negative evidence lower bound + λ_od Σ_{i≠j} C²ᵢⱼ + λ_d Σᵢ (Cᵢᵢ − 1)², for a covariance C of the codes that is to be I
/// (Kumar, Sattigeri & Balakrishnan 2018, eq. 6 and 7), estimated from a batch.
///
/// ```
/// use vae_losses::{Covariance, DipVae};
///
/// let objective = DipVae { covariance: Covariance::OfSamples, off_diagonal: 10.0, diagonal: 10.0 };
/// # let _ = objective;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DipVae {
    /// C
    pub covariance: Covariance,
    /// λ_od
    pub off_diagonal: f64,
    /// λ_d
    pub diagonal: f64,
}

/// Which covariance of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covariance {
    /// Cov\[μ(x)\]: DIP-VAE I.
    OfMeans,
    /// Cov\[z\] = E\[diag σ²(x)\] + Cov\[μ(x)\]: DIP-VAE II.
    OfSamples,
}

impl<E: Real> Objective<E> for DipVae {
    fn shard(&self) -> usize {
        WHOLE_BATCH
    }

    /// # Panics
    /// If the posterior is not [normal](Posterior::normal).
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let pass = Pass::through(model, x, noise);
        let q = pass
            .q
            .normal()
            .expect("a posterior of independent normal elements");
        let dimensions = q.mean.shape().1.size();
        let mut penalty = 0.0;
        let penalized: Scalar<E, T> = scalar_of([q.mean, q.log_var], |[mean, log_var]| {
            let (value, gradients) = self.penalty(mean, log_var, dimensions);
            penalty = value;
            (E::of(value), gradients)
        });
        let bound = formula([pass.log_likelihood.clone(), pass.kl.clone()], |[l, kl]| {
            kl - l
        });
        let loss = formula([batch_mean(bound), penalized], |[bound, penalty]| {
            bound + penalty
        });
        Terms {
            extras: vec![("covariance penalty", penalty)],
            ..pass.terms(loss)
        }
    }
}

impl DipVae {
    /// Its value, and its gradients in μ and ln σ².
    fn penalty<E: Real>(&self, mean: &[E], log_var: &[E], d: usize) -> (f64, [Vec<E>; 2]) {
        let batch = (mean.len() / d) as f64;
        let rows = || mean.chunks(d);
        let mut center = vec![0.0; d];
        for row in rows() {
            center
                .iter_mut()
                .zip(row)
                .for_each(|(c, x)| *c += x.as_f64() / batch);
        }
        let centred: Vec<f64> = rows()
            .flat_map(|row| row.iter().zip(&center).map(|(x, c)| x.as_f64() - c))
            .collect();
        let mut covariance = vec![0.0; d * d];
        for row in centred.chunks(d) {
            for (x, line) in row.iter().zip(covariance.chunks_mut(d)) {
                line.iter_mut()
                    .zip(row)
                    .for_each(|(c, y)| *c += x * y / batch);
            }
        }
        let of_samples = self.covariance == Covariance::OfSamples;
        if of_samples {
            for row in log_var.chunks(d) {
                for (i, v) in row.iter().enumerate() {
                    covariance[i * d + i] += v.as_f64().exp() / batch;
                }
            }
        }
        // Twice the penalty's derivative in C, which is symmetric.
        let mut value = 0.0;
        for (at, c) in covariance.iter_mut().enumerate() {
            let (weight, off) = match at / d == at % d {
                true => (self.diagonal, *c - 1.0),
                false => (self.off_diagonal, *c),
            };
            value += weight * off * off;
            *c = 2.0 * weight * off;
        }
        let slope = |row: &[f64], line: &[f64]| {
            let products = row.iter().zip(line).map(|(x, s)| x * s);
            E::of(2.0 * products.sum::<f64>() / batch)
        };
        let of_mean = centred
            .chunks(d)
            .flat_map(|row| covariance.chunks(d).map(move |line| slope(row, line)))
            .collect();
        let of_log_var = log_var.iter().enumerate().map(|(at, v)| match of_samples {
            true => E::of(covariance[at % d * (d + 1)] * v.as_f64().exp() / batch),
            false => E::zero(),
        });
        (value, [of_mean, of_log_var.collect()])
    }
}
