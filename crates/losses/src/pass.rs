use crate::Terms;
use dfdx::prelude::NoneTape;
use vae_architectures::LatentModel;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record, Scalar, formula};
use vae_priors::Posterior;
use vae_reparam::Noise;

/// Through the model with one sample of z per example: what most objectives start from.
pub(crate) struct Pass<M: LatentModel<E>, E: Real, T: Record<E>> {
    /// q(z|x)
    pub q: M::Posterior<T>,
    /// z ~ q(z|x)
    pub z: Batch<M::Latent, E, T>,
    /// ln p(x|z)
    pub log_likelihood: PerExample<E, T>,
    /// KL(q(z|x) ‖ p(z))
    pub kl: PerExample<E, T>,
}

impl<M: LatentModel<E>, E: Real, T: Record<E>> Pass<M, E, T> {
    pub fn through(model: &M, x: Batch<M::Input, E, T>, noise: Noise) -> Self {
        let q = model.encode(x.clone());
        let (z, kl) = q.rsample_and_kl(&model.prior(), noise);
        Self {
            log_likelihood: model.decode(z.clone()).log_prob(&x),
            q,
            z,
            kl,
        }
    }

    /// With a loss made of it.
    pub fn terms(&self, loss: Scalar<E, T>) -> Terms<E, T> {
        let [log_likelihood, kl] =
            [&self.log_likelihood, &self.kl].map(|t| t.retaped::<NoneTape>());
        Terms {
            loss,
            elbo: formula([log_likelihood.clone(), kl.clone()], |[l, kl]| l - kl),
            reconstruction: formula([log_likelihood], |[l]| -l),
            kl,
            extras: Vec::new(),
        }
    }
}
