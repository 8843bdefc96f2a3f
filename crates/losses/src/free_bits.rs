use crate::groups::{by_group, group_means, weighted_sum};
use crate::pass::Pass;
use crate::{Groups, Objective, Terms, WHOLE_BATCH};
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record, batch_mean, formula};
use vae_reparam::Noise;

/// −E\[ln p(x|z)\] + Σ_g max(λ, E\[KL_g\]), means over the batch, for groups g of dimensions (Kingma et al. 2016, eq. 15): no
/// group gains anything from a divergence below λ nats.
///
/// With λ = 0 it is the negative evidence lower bound. With [`Groups::Whole`], λ is a minimum rate of the whole code.
///
/// ```
/// use vae_losses::{FreeBits, Groups};
///
/// let objective = FreeBits { nats: 0.1, groups: Groups::EachDimension };
/// # let _ = objective;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreeBits {
    /// λ, in nats for each group.
    pub nats: f64,
    /// What has λ nats free.
    pub groups: Groups,
}

impl<E: Real> Objective<E> for FreeBits {
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
        let pass = Pass::through(model, x, noise);
        let (kl, widths) = by_group(&pass, model, self.groups);
        let means = group_means(&kl, &widths);
        // max(λ, ·) is the divergence itself where it is above λ, and a constant below.
        let above: Vec<f64> = means.iter().map(|kl| f64::from(*kl > self.nats)).collect();
        let at_floor = above.iter().filter(|above| **above == 0.0).count() as f64;
        let floor = self.nats * at_floor;
        let rate = weighted_sum(kl, &widths, &above);
        let loss = formula([pass.log_likelihood.clone(), rate], move |[l, rate]| {
            rate + floor - l
        });
        Terms {
            extras: vec![("groups at the floor", at_floor)],
            ..pass.terms(batch_mean(loss))
        }
    }
}
