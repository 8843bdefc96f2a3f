use crate::{Examples, Objective, Terms};
use dfdx::prelude::{Cpu, Device, NoneTape, PutTape, TensorCollection, TensorFromVec};
use rayon::prelude::*;
use vae_architectures::LatentModel;
use vae_ops::{Batch, GradTape, Gradients, Real, backward};
use vae_reparam::Noise;

/// Examples in a [shard](Objective::shard), but for an objective that has it otherwise: a batch is cut into parts of this many,
/// whatever the number of threads, so that sums are always added up in the same order.
pub const SHARD: usize = 64;

/// The [shard](Objective::shard) of an objective that needs all examples of a batch at once.
pub const WHOLE_BATCH: usize = usize::MAX;

/// The terms of `objective` on a batch, one per [shard](Objective::shard), and gradients that add up to the gradient of the loss,
/// computed on the threads of the current `rayon` pool. Shard `i` uses part `i` of `noise`. What all shards need of the model
/// alone, such as the components of a VampPrior, is computed once.
///
/// `data_noise` is for what is random in the examples. Layers that are random in training, such as dropout, draw from the
/// stream `dropout` below `noise`, each of their calls in a forward pass from one of its own. So a step depends on its
/// address alone, and can be computed again by itself.
pub fn differentiate<E: Real, M, O>(
    objective: &O,
    model: &M,
    examples: &impl Examples<E>,
    batch: &[usize],
    [data_noise, noise]: [Noise; 2],
) -> (Vec<Terms<E, NoneTape>>, Vec<Gradients<E>>)
where
    M: LatentModel<E> + TensorCollection<E, Cpu> + Sync,
    O: Objective<E> + Sync,
    Cpu: Device<E>,
{
    let model = &model.prepared();
    let shard = |(i, rows): (usize, &[usize])| {
        let device = Cpu::default();
        let x: Batch<M::Input, E> = device.tensor_from_vec(
            examples.load(rows, data_noise.part(i)),
            (rows.len(), model.input()),
        );
        let model = &model.given(&examples.side(rows));
        let (noise, dropout) = (noise.part(i), noise.part(i).stream("dropout"));
        let tape = GradTape::for_data()
            .with_uniforms(move |call, u| dropout.stream(&call.to_string()).fill_uniform(u));
        let terms = objective.evaluate(model, x.put_tape(tape), noise);
        let share = E::of(rows.len() as f64 / batch.len() as f64);
        let value = terms.loss.retaped::<NoneTape>();
        let gradients = backward(terms.loss, share);
        let terms = Terms {
            loss: value,
            elbo: terms.elbo,
            reconstruction: terms.reconstruction,
            kl: terms.kl,
            extras: terms.extras,
        };
        (terms, gradients)
    };
    // Called through a pointer, as otherwise every model would have its own copy of what runs things side by side.
    let shard: &(dyn Fn((usize, &[usize])) -> (Terms<E, NoneTape>, Gradients<E>) + Sync) = &shard;
    let (terms, mut gradients): (Vec<_>, Vec<_>) = batch
        .par_chunks(objective.shard().clamp(1, batch.len().max(1)))
        .enumerate()
        .map(shard)
        .unzip();
    let of_prepared = model.pull_back(&mut gradients, noise.stream("pull back"));
    gradients.extend(of_prepared);
    (terms, gradients)
}
