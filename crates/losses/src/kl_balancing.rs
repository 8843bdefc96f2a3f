use crate::groups::{by_group, group_means, weighted_sum};
use crate::pass::Pass;
use crate::{Groups, Objective, Terms, WHOLE_BATCH};
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record, batch_mean, formula};
use vae_reparam::Noise;

/// −E\[ln p(x|z)\] + β Σ_g γ_g E\[KL_g\] with γ_g in proportion to E\[KL_g\]/n_g, the nats that a group of n_g dimensions carries in
/// each, and of mean 1 (Vahdat & Kautz 2020, appendix A): groups that are used too much are held back, groups that are
/// used too little are let go. γ gets no gradient.
///
/// For the warm-up of β, where the paper uses it; a training ends with [`Elbo`](crate::Elbo). The paper has n_g on the other side of the fraction; its
/// authors and their program divide by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KlBalancing {
    /// The weight of the whole KL term.
    pub beta: f64,
    /// What is balanced.
    pub groups: Groups,
}

/// Added to a group's nats, so that none is given up.
const LEAST: f64 = 0.01;

impl<E: Real> Objective<E> for KlBalancing {
    fn shard(&self) -> usize {
        WHOLE_BATCH
    }

    /// # Panics
    /// With groups smaller than the whole code, if the divergence is not one of
    /// [dimensions](vae_priors::Posterior::kl_by_dimension).
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let beta = self.beta;
        let pass = Pass::through(model, x, noise);
        let (kl, widths) = by_group(&pass, model, self.groups);
        let means = group_means(&kl, &widths);
        let density = |(kl, width): (&f64, &usize)| (kl.abs() + LEAST) / *width as f64;
        let densities: Vec<f64> = means.iter().zip(&widths).map(density).collect();
        let mean = densities.iter().sum::<f64>() / densities.len() as f64;
        let weights: Vec<f64> = densities.iter().map(|d| d / mean).collect();
        let rate = weighted_sum(kl, &widths, &weights);
        let loss = formula([pass.log_likelihood.clone(), rate], move |[l, rate]| {
            beta * rate - l
        });
        Terms {
            extras: vec![("beta", beta)],
            ..pass.terms(batch_mean(loss))
        }
    }
}
