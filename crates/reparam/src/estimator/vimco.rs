use super::{log_weights, weigh};
use crate::{Iwae, Noise, Parameters};
use dfdx::prelude::{Dim, NoneTape, PutTape, SplitTape};
use vae_distributions::{Density, Sample};
use vae_ops::{Batch, PerExample, Real, Record, as_slice, log_mean_exp, surrogate};

/// The score-function estimator with a baseline for each sample made of the others (VIMCO; Mnih & Rezende 2016, eq. 9),
/// for what has no reparameterization, such as discrete variables: Σₖ (L − L₋ₖ) ∇ ln q(zₖ|x) + w̃ₖ ∇ ln wₖ, where L₋ₖ is L with
/// the geometric mean of the other weights in the place of wₖ. Unbiased; no gradient goes through z.
///
/// Takes two samples at least, and a model that gives none of them probability 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vimco;

impl Vimco {
    /// As [`Estimator::bound`](crate::Estimator::bound) of [`Iwae`].
    ///
    /// # Panics
    /// With fewer than 2 samples.
    pub fn bound<N: Dim, E: Real, T: Record<E>, Q>(
        &self,
        q: &Q,
        samples: usize,
        noise: Noise,
        log_joint: impl FnOnce(&Batch<N, E, T>) -> PerExample<E, T>,
    ) -> PerExample<E, T>
    where
        Q: Parameters + Sample<N, E> + Density<N, E, T>,
    {
        assert!(
            samples >= 2,
            "a sample's baseline is made of the other samples"
        );
        let q = q.repeat(samples);
        let z = q.sample(&mut noise.rng());
        let log_q = q.log_prob(&z.clone().put_tape(T::for_data()));
        let (_, tape) = log_q.clone().split_tape();
        let z = z.put_tape(tape.as_data());
        let log_w = log_weights(log_joint(&z), log_q.clone());
        let (bound, weighed) = weigh(&Iwae, &log_w, samples);
        let weights = weighed.iter().flat_map(|w| &w.model).map(|w| E::of(*w));
        let weights = weights.collect();
        let signals = signals(&log_w, &bound, samples);
        surrogate(bound, [(log_w, weights), (log_q, signals)])
    }
}

/// L − L₋ₖ, (B·K,).
fn signals<E: Real, T: Record<E>>(
    log_w: &PerExample<E, T>,
    bound: &PerExample<E>,
    samples: usize,
) -> Vec<E> {
    let log_w = log_w.retaped::<NoneTape>();
    let of_examples = as_slice(&log_w).chunks(samples).zip(as_slice(bound));
    let signals = of_examples.flat_map(|(log_w, bound)| {
        (0..samples).map(move |k| {
            let mut others = log_w.to_vec();
            let of_others = log_w.iter().enumerate().filter(|(i, _)| *i != k);
            let sum: f64 = of_others.map(|(_, l)| l.as_f64()).sum();
            others[k] = E::of(sum / (samples - 1) as f64);
            *bound - log_mean_exp(&others)
        })
    });
    signals.collect()
}
