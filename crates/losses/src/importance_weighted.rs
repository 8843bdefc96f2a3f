use crate::{Objective, SHARD, Terms};
use dfdx::prelude::{HasShape, NoneTape, TensorFromVec};
use vae_architectures::LatentModel;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record, batch_mean, formula, mean, repeat};
use vae_priors::Prior;
use vae_reparam::{Bound, Estimator, Iwae, Noise, Pathwise};

/// A negative bound on ln p(x) from K weighted samples of z per example: any [`Bound`], such as [`Iwae`], its gradient by any
/// [`Estimator`].
///
/// `elbo` of its [`Terms`] is this bound; `reconstruction` is the mean of −ln p(x|zₖ), and `kl` the difference, what the bound
/// charges for the code. With [`Miwae`](vae_reparam::Miwae) in as many groups as samples, it is the evidence lower bound with
/// the divergence estimated from the samples too.
///
/// ```
/// use vae_losses::ImportanceWeighted;
/// use vae_reparam::{DoublyReparameterized, Iwae};
///
/// let objective = ImportanceWeighted { bound: Iwae, samples: 5, estimator: DoublyReparameterized };
/// # let _ = objective;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImportanceWeighted<B = Iwae, G = Pathwise> {
    /// What is made of the weights.
    pub bound: B,
    /// K
    pub samples: usize,
    /// How the gradient gets through the samples.
    pub estimator: G,
}

/// Samples that are computed at once: few enough for the caches, many enough to share the cost of the weights.
const AT_ONCE: usize = 512;

impl<E: Real, B: Bound, G: Estimator> Objective<E> for ImportanceWeighted<B, G> {
    fn shard(&self) -> usize {
        (AT_ONCE / self.samples.max(1)).clamp(1, SHARD)
    }

    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let (samples, batch) = (self.samples, x.shape().0);
        let q = model.encode(x.clone());
        let mut log_likelihoods = None;
        let estimator = &self.estimator;
        let bound = estimator.bound(&self.bound, &q, samples, noise, |z| {
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
            extras: Vec::new(),
        }
    }
}
