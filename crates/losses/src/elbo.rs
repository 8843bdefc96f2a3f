use crate::pass::Pass;
use crate::{Objective, Terms};
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record, batch_mean, formula};
use vae_reparam::Noise;

/// The negative evidence lower bound (Kingma & Welling 2014, eq. 7) with one sample of z per example, its KL term
/// weighted by β (Higgins et al. 2017). A β other than 1 is shown among its terms.
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
        let beta = self.beta;
        let pass = Pass::through(model, x, noise);
        let terms = [pass.log_likelihood.clone(), pass.kl.clone()];
        let loss = batch_mean(formula(terms, move |[l, kl]| beta * kl - l));
        Terms {
            extras: Vec::from_iter((beta != 1.0).then_some(("beta", beta))),
            ..pass.terms(loss)
        }
    }
}
