use crate::evaluate::for_each_part;
use vae_architectures::LatentModel;
use vae_losses::Examples;
use vae_ops::{Real, as_slice};
use vae_reparam::Noise;

/// E\[z|x\] of every example: n · Z numbers, row after row. `noise` is for what is random in the examples.
pub fn latent_means<E: Real, M: LatentModel<E> + Sync>(
    model: &M,
    examples: &impl Examples<E>,
    noise: Noise,
) -> Vec<E> {
    for_each_part(examples, noise, |x, _| {
        as_slice(&model.encode(x).mean).to_vec()
    })
    .concat()
}
