use crate::{Objective, Terms};
use dfdx::prelude::{NoneTape, PutTape, SplitTape};
use vae_architectures::LatentModel;
use vae_distributions::Likelihood;
use vae_ops::{Batch, PerExample, Real, Record, batch_mean, elementwise};
use vae_priors::Prior;
use vae_reparam::{Noise, rsample};

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
        let (data, tape) = x.split_tape();
        let q = model.encode(data.clone().put_tape(tape));
        let z = rsample(&q, noise);
        let log_likelihood = model.decode(z.clone()).log_prob(&data);
        let kl = model.prior().kl(&q, &z);

        let value = |t: &PerExample<E, T>| t.retaped::<NoneTape>();
        let (log_likelihood_value, kl_value) = (value(&log_likelihood), value(&kl));
        let beta = E::of(self.beta);
        Terms {
            elbo: combine(
                log_likelihood_value.clone(),
                kl_value.clone(),
                [E::one(), -E::one()],
            ),
            reconstruction: elementwise(
                [log_likelihood_value],
                [],
                |[l], []| -l,
                |_, _| [-E::one()],
            ),
            kl: kl_value,
            loss: batch_mean(combine(log_likelihood, kl, [-E::one(), beta])),
        }
    }
}

/// a·x + b·y.
fn combine<E: Real, T: Record<E>>(
    x: PerExample<E, T>,
    y: PerExample<E, T>,
    [a, b]: [E; 2],
) -> PerExample<E, T> {
    elementwise(
        [x, y],
        [],
        move |[x, y], []| a * x + b * y,
        move |_, _| [a, b],
    )
}
