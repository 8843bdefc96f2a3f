use crate::pass::Pass;
use crate::{Objective, Terms};
use dfdx::prelude::{PutTape, SplitTape};
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record, batch_mean, formula};
use vae_priors::Prior;
use vae_reparam::Noise;

/// The cross entropy −E_q\[ln p(z)\] from the codes of a trained encoder to the prior: the part of the negative evidence lower
/// bound that depends on the prior, which alone learns. Its minimum is at p(z) = E_x\[q(z|x)\], the aggregate posterior
/// (Hoffman & Johnson 2016).
///
/// So a model that was trained with a simple prior gets a sampler that knows where its codes are: a second stage (Dai & Wipf
/// 2019; Ghosh et al. 2020). [`GaussianMixture::fit`](vae_priors::GaussianMixture::fit) needs no training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriorFit;

impl<E: Real> Objective<E> for PriorFit {
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        // Encoder and decoder are off the tape.
        let (x, tape) = x.split_tape();
        let pass = Pass::through(model, x, noise);
        let log_prior = model.prior().log_prob(&pass.z.clone().put_tape(tape));
        let loss = batch_mean(formula([log_prior], |[l]| -l));
        let Terms {
            elbo,
            reconstruction,
            kl,
            extras,
            ..
        } = pass.terms(batch_mean(pass.kl.clone()));
        Terms {
            loss,
            elbo,
            reconstruction,
            kl,
            extras,
        }
    }
}
