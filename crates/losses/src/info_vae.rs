use crate::mmd::{Kernel, mmd};
use crate::pass::Pass;
use crate::{Objective, Terms, WHOLE_BATCH};
use dfdx::prelude::{Dim, HasShape};
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record, Scalar, as_slice, batch_mean, formula, scalar_of};
use vae_priors::Prior;
use vae_reparam::Noise;

/// −E\[ln p(x|z)\] + (1 − α) KL(q(z|x) ‖ p(z)) + (α + λ − 1) MMD²(q(z), p(z)): InfoVAE with the maximum mean discrepancy
/// (Zhao, Song & Ermon 2019, eq. 6), between the codes of a batch and as many samples of the prior.
///
/// With α = 0 and λ = 1 it is the negative evidence lower bound. With α = 1 the divergence is gone, and it is the Wasserstein
/// autoencoder WAE-MMD (Tolstikhin et al. 2018, eq. 4) with the likelihood for its cost: [`InfoVae::wasserstein`].
///
/// ```
/// use vae_losses::{InfoVae, Kernel};
///
/// let objective = InfoVae { alpha: 0.0, lambda: 1000.0, kernel: Kernel::Rbf { scale: 1.0 } };
/// let wae = InfoVae::wasserstein(10.0, Kernel::InverseMultiquadric { scale: 1.0 });
/// assert_eq!((wae.alpha, wae.lambda), (1.0, 10.0));
/// # let _ = objective;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InfoVae {
    /// α, how much mutual information is worth.
    pub alpha: f64,
    /// λ, the weight of the divergence of the aggregate posterior.
    pub lambda: f64,
    /// The discrepancy's kernel.
    pub kernel: Kernel,
}

impl InfoVae {
    /// WAE-MMD with λ as the weight of the discrepancy.
    pub fn wasserstein(lambda: f64, kernel: Kernel) -> Self {
        Self {
            alpha: 1.0,
            lambda,
            kernel,
        }
    }
}

impl<E: Real> Objective<E> for InfoVae {
    fn shard(&self) -> usize {
        WHOLE_BATCH
    }

    /// A batch of a single example has no distribution to compare with the prior: its discrepancy counts as 0.
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let (of_kl, of_mmd) = (1.0 - self.alpha, self.alpha + self.lambda - 1.0);
        let pass = Pass::through(model, x, noise);
        let (batch, dimensions) = (pass.z.shape().0, pass.z.shape().1.size());
        let prior = model.prior().sample(batch, noise.stream("prior"));
        let mut discrepancy = 0.0;
        let of_aggregate: Scalar<E, T> = scalar_of([pass.z.clone()], |[z]| {
            if batch < 2 {
                return (E::zero(), [vec![E::zero(); z.len()]]);
            }
            let (value, slopes) = mmd(z, as_slice(&prior), dimensions, self.kernel);
            discrepancy = value;
            let slopes = slopes.iter().map(|s| E::of(of_mmd) * *s).collect();
            (E::of(of_mmd * value), [slopes])
        });
        let terms = [pass.log_likelihood.clone(), pass.kl.clone()];
        let of_examples = batch_mean(formula(terms, move |[l, kl]| of_kl * kl - l));
        let loss = formula([of_examples, of_aggregate], |[a, b]| a + b);
        Terms {
            extras: vec![("MMD²", discrepancy)],
            ..pass.terms(loss)
        }
    }
}
