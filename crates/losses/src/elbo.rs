use crate::{Objective, Terms};
use dfdx::prelude::NoneTape;
use vae_architectures::LatentModel;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record, batch_mean, formula};
use vae_priors::Posterior;
use vae_reparam::Noise;

/// The negative evidence lower bound (Kingma & Welling 2014, eq. 7) with one sample of z per example, its KL term
/// weighted by β (Higgins et al. 2017).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elbo {
    /// The weight of the KL term. 1 gives the bound itself.
    pub beta: f64,
}

impl<E: Real> Objective<E> for Elbo {
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let q = model.encode(x.clone());
        let (z, kl) = q.rsample_and_kl(model.prior(), noise);
        let log_likelihood = model.decode(z.clone()).log_prob(&x);

        let value = |t: &PerExample<E, T>| t.retaped::<NoneTape>();
        let beta = self.beta;
        Terms {
            elbo: formula([value(&log_likelihood), value(&kl)], |[l, kl]| l - kl),
            reconstruction: formula([value(&log_likelihood)], |[l]| -l),
            kl: value(&kl),
            loss: batch_mean(formula([log_likelihood, kl], move |[l, kl]| beta * kl - l)),
        }
    }
}
