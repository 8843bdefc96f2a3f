use crate::{Estimate, PART};
use dfdx::prelude::{Cpu, TensorFromVec};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use vae_architectures::LatentModel;
use vae_losses::{Examples, Objective};
use vae_ops::{Batch, PerExample, Real, as_slice};
use vae_reparam::Noise;

/// The terms of an objective on a set of examples, in nats.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The evidence lower bound on ln p(x).
    pub elbo: Estimate,
    /// −E_q\[ln p(x|z)\].
    pub reconstruction: Estimate,
    /// KL(q(z|x) ‖ p(z)).
    pub kl: Estimate,
}

/// Evaluates an objective on every example once, without gradients, on the threads of the current `rayon` pool.
pub fn evaluate<E: Real, M: LatentModel<E> + Sync, O: Objective<E> + Sync>(
    objective: &O,
    model: &M,
    examples: &impl Examples<E>,
    noise: Noise,
) -> Evaluation {
    let parts = for_each_part(model, examples, noise, |model, x, noise| {
        let terms = objective.evaluate(model, x, noise);
        [terms.elbo, terms.reconstruction, terms.kl].map(|t| as_f64(&t))
    });
    let estimate = |term: usize| {
        let values: Vec<f64> = parts
            .iter()
            .flat_map(|part| part[term].iter().copied())
            .collect();
        Estimate::of(&values)
    };
    Evaluation {
        elbo: estimate(0),
        reconstruction: estimate(1),
        kl: estimate(2),
    }
}

/// Applies `f` to all examples in order, a part at a time, side by side.
pub(crate) fn for_each_part<E: Real, M: LatentModel<E> + Sync, R: Send>(
    model: &M,
    examples: &impl Examples<E>,
    noise: Noise,
    f: impl Fn(&M, Batch<M::Input, E>, Noise) -> R + Sync,
) -> Vec<R> {
    let rows: Vec<usize> = (0..examples.len()).collect();
    let model = model.prepared();
    let part = |(i, rows): (usize, &[usize])| {
        let noise = noise.part(i);
        let x = examples.load(rows, noise.stream("examples"));
        f(
            &model.given(&examples.side(rows)),
            Cpu::default().tensor_from_vec(x, (rows.len(), model.input())),
            noise,
        )
    };
    // Called through a pointer, so that what runs things side by side is compiled once, and not for every model.
    let part: &(dyn Fn((usize, &[usize])) -> R + Sync) = &part;
    rows.par_chunks(PART).enumerate().map(part).collect()
}

pub(crate) fn as_f64<E: Real>(values: &PerExample<E>) -> Vec<f64> {
    as_slice(values).iter().map(|x| x.as_f64()).collect()
}
