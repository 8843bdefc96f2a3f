use super::Estimator;
use super::importance::{importance, log_weights};
use crate::{Noise, Parameters, Rsample};
use dfdx::prelude::Dim;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record, surrogate};

/// The pathwise gradient without the score ∇ ln q(z|x) at fixed z, which is 0 in expectation (Roeder, Wu & Duvenaud 2017):
/// what is left is 0 for every single sample once q(z|x) is p(z|x). Unbiased for K = 1 only;
/// [`DoublyReparameterized`](crate::DoublyReparameterized) is for more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StickingTheLanding;

impl Estimator for StickingTheLanding {
    fn bound<N: Dim, E: Real, T: Record<E>, Q>(
        &self,
        q: &Q,
        samples: usize,
        noise: Noise,
        log_joint: impl FnOnce(&Batch<N, E, T>) -> PerExample<E, T>,
    ) -> PerExample<E, T>
    where
        Q: Parameters + Rsample<N, E, T> + Density<N, E, T>,
    {
        let q = q.repeat(samples);
        let z = q.rsample(noise);
        let log_w = log_weights(log_joint(&z), q.detach().log_prob(&z));
        let (bound, weights) = importance(&log_w, samples);
        surrogate(bound, [(log_w, weights)])
    }
}
