use super::Estimator;
use super::importance::{importance, log_weights};
use crate::{Noise, Parameters, Rsample};
use dfdx::prelude::Dim;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record, surrogate};

/// The gradient of ln (1/K) Σₖ wₖ itself, through the samples (Kingma & Welling 2014; Burda, Grosse & Salakhutdinov 2016):
/// unbiased for any K. As K grows, the gradient of q's parameters drowns in its noise (Rainforth et al. 2018).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pathwise;

impl Estimator for Pathwise {
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
        let log_w = log_weights(log_joint(&z), q.log_prob(&z));
        let (bound, weights) = importance(&log_w, samples);
        surrogate(bound, [(log_w, weights)])
    }
}
