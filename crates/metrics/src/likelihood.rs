use crate::evaluate::{as_f64, for_each_part};
use dfdx::prelude::HasShape;
use vae_architectures::LatentModel;
use vae_distributions::Density;
use vae_losses::Examples;
use vae_ops::{Real, log_mean_exp};
use vae_priors::{Posterior, Prior};
use vae_reparam::Noise;

/// −ln p(x) of every example in nats, estimated with `samples` draws each from q(z|x) (Burda et al. 2016, eq. 8):
/// −ln 1/K Σₖ p(x|zₖ) p(zₖ) / q(zₖ|x).
///
/// An upper bound in expectation, which falls to −ln p(x) as K grows. Compare only values with the same K.
///
/// Sample k is drawn at step k of `noise`.
pub fn negative_log_likelihood<E: Real, M: LatentModel<E> + Sync>(
    model: &M,
    examples: &impl Examples<E>,
    samples: usize,
    noise: Noise,
) -> Vec<f64> {
    let parts = for_each_part(model, examples, noise, |model, x, noise| {
        let (q, prior) = (model.encode(x.clone()), model.prior());
        let mut log_weights = vec![Vec::with_capacity(samples); x.shape().0];
        for k in 0..samples {
            let (z, log_q) = q.rsample_and_log_prob(noise.at(k as u64));
            let log_likelihood = model.decode(z.clone()).log_prob(&x);
            let [l, p, q] = [log_likelihood, prior.log_prob(&z), log_q].map(|t| as_f64(&t));
            for (weights, ((l, p), q)) in log_weights.iter_mut().zip(l.iter().zip(p).zip(q)) {
                weights.push(l + p - q);
            }
        }
        log_weights
            .iter()
            .map(|weights| -log_mean_exp(weights))
            .collect::<Vec<f64>>()
    });
    parts.concat()
}
