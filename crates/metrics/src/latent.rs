use crate::evaluate::for_each_part;
use dfdx::prelude::ReshapeTo;
use vae_architectures::LatentModel;
use vae_losses::Examples;
use vae_ops::{Real, as_slice};
use vae_priors::Posterior;
use vae_reparam::Noise;

/// The [center](Posterior::center) of q(z|x), E\[z|x\] where there is such a mean, of every example: n · Z numbers, row after row. `noise` is for what is random in the examples.
pub fn latent_means<E: Real, M: LatentModel<E> + Sync>(
    model: &M,
    examples: &impl Examples<E>,
    noise: Noise,
) -> Vec<E> {
    for_each_part(model, examples, noise, |model, x, _| {
        as_slice(&model.encode(x).center().contiguous()).to_vec()
    })
    .concat()
}

/// A sample of q(z|x) for every example: n · Z numbers, row after row, such as a prior is fitted to.
pub fn latent_samples<E: Real, M: LatentModel<E> + Sync>(
    model: &M,
    examples: &impl Examples<E>,
    noise: Noise,
) -> Vec<E> {
    for_each_part(model, examples, noise, |model, x, noise| {
        as_slice(
            &model
                .encode(x)
                .rsample_and_kl(&model.prior(), noise)
                .0
                .contiguous(),
        )
        .to_vec()
    })
    .concat()
}
