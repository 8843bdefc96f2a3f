use super::Estimator;
use super::importance::{importance, log_weights};
use crate::{Noise, Parameters, Rsample};
use dfdx::prelude::Dim;
use std::cell::OnceCell;
use std::rc::Rc;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record, scale_gradient, surrogate};

/// Σₖ w̃ₖ² ∂ln wₖ/∂zₖ ∇zₖ for the parameters of q, with w̃ₖ = wₖ/Σⱼ wⱼ, and the usual Σₖ w̃ₖ ∇ ln wₖ for those of the model
/// (DReG; Tucker et al. 2019, eq. 8): unbiased for any K, and [sticking the landing](crate::StickingTheLanding) for K = 1. Of lower
/// variance than [`Pathwise`](crate::Pathwise) close to the optimum; far from it, it need not be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DoublyReparameterized;

impl Estimator for DoublyReparameterized {
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
        // The gradient that gets to zₖ has one factor w̃ₖ; on the way to q's parameters it gets the other.
        let factors = Rc::new(OnceCell::new());
        let z = scale_gradient(q.rsample(noise), factors.clone());
        let log_w = log_weights(log_joint(&z), q.detach().log_prob(&z));
        let (bound, weights) = importance(&log_w, samples);
        factors.set(weights.clone()).expect("set once");
        surrogate(bound, [(log_w, weights)])
    }
}
