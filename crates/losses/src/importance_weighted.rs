use crate::{Objective, Terms};
use dfdx::prelude::{HasShape, NoneTape, TensorFromVec};
use vae_architectures::LatentModel;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record, batch_mean, formula, mean, repeat};
use vae_priors::Prior;
use vae_reparam::{Estimator, Noise, Pathwise};

/// The negative importance-weighted bound (Burda, Grosse & Salakhutdinov 2016, eq. 8), −ln (1/K) Σₖ p(x, zₖ)/q(zₖ|x) with K
/// samples of z per example; its gradient by any [`Estimator`].
///
/// `elbo` of its [`Terms`] is this bound, which is tighter than the evidence lower bound; `reconstruction` is the mean of
/// −ln p(x|zₖ), and `kl` the difference, what the bound charges for the code.
///
/// ```
/// use vae_losses::ImportanceWeighted;
/// use vae_reparam::DoublyReparameterized;
///
/// let objective = ImportanceWeighted { samples: 5, estimator: DoublyReparameterized };
/// # let _ = objective;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImportanceWeighted<G = Pathwise> {
    /// K
    pub samples: usize,
    /// How the gradient gets through the samples.
    pub estimator: G,
}

impl<E: Real, G: Estimator> Objective<E> for ImportanceWeighted<G> {
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let (samples, batch) = (self.samples, x.shape().0);
        let q = model.encode(x.clone());
        let mut log_likelihoods = None;
        let bound = self.estimator.bound(&q, samples, noise, |z| {
            let log_likelihood = model.decode(z.clone()).log_prob(&repeat(x, samples));
            log_likelihoods = Some(log_likelihood.retaped::<NoneTape>().as_vec());
            formula([model.prior().log_prob(z), log_likelihood], |[p, l]| p + l)
        });

        let log_likelihoods = log_likelihoods.unwrap_or_default();
        let of_examples = log_likelihoods.chunks(samples);
        let reconstruction = of_examples.map(|l| -mean(l)).collect();
        let elbo: PerExample<E> = bound.retaped();
        let reconstruction =
            PerExample::<E>::device(&elbo).tensor_from_vec(reconstruction, (batch,));
        Terms {
            kl: formula([elbo.clone(), reconstruction.clone()], |[l, r]| -l - r),
            elbo,
            reconstruction,
            loss: batch_mean(formula([bound], |[l]| -l)),
        }
    }
}
