use super::{BatchStatistics, batch_norm, batch_norm_with};
use crate::gradients::address;
use crate::{Extent, Gradients, Images, Real, Record, as_mut_slice, as_slice};
use dfdx::prelude::{Cpu, HasShape, PutTape, Shape, SplitTape, Tensor, Unit};
use std::collections::BTreeMap;

/// [`batch_norm`] under a tape, for training, and [`batch_norm_with`] the `running` statistics without one.
///
/// In training, the statistics of the batch are left in the [`Gradients`], and
/// [`Optimizer::update`](crate::Optimizer::update) moves the running ones to them: r ← (1 − m) r + m Σ w s / Σ w, with the
/// `momentum` m, over the shards of the batch, whose statistics are s and whose losses weigh w. If the layer is applied
/// several times in one forward pass, r moves as often, in this order. The running tensors have to be part of the model
/// that is updated, as ones without gradient (`TensorOptions::detached` of `dfdx`).
///
/// Each shard of a batch is normalized by itself, "ghost batch normalization" (Hoffer et al. 2017, algorithm 1, but for
/// the weights in place of a decaying sum). One value per channel has no variance: a shard of a single row is normalized
/// with the running statistics, and leaves none.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{batch_norm_running, BatchStatistics, GradTape};
///
/// let device = Cpu::default();
/// let x = device.tensor_from_vec(vec![1.0f32, 3.0], (2, Const::<1>, Const::<1>, Const::<1>));
/// let running = BatchStatistics { mean: device.tensor([0.0]), variance: device.tensor([4.0]) };
/// let (scale, shift) = (device.tensor([1.0]), device.tensor([5.0]));
/// let y = batch_norm_running(x.clone(), &running, scale.clone(), shift.clone(), 0.0, 0.1);
/// assert_eq!(y.as_vec(), [5.5, 6.5]);
/// let [scale, shift] = [scale, shift].map(|t| t.put_tape(GradTape::new()));
/// let y = batch_norm_running(x.put_tape(GradTape::for_data()), &running, scale, shift, 0.0, 0.1);
/// assert_eq!(y.as_vec(), [4.0, 6.0]);
/// ```
pub fn batch_norm_running<C: Extent, H: Extent, W: Extent, E: Real, T: Record<E>>(
    x: Images<C, H, W, E, T>,
    running: &BatchStatistics<C, E>,
    scale: Tensor<(C,), E, Cpu, T>,
    shift: Tensor<(C,), E, Cpu, T>,
    epsilon: f64,
    momentum: f64,
) -> Images<C, H, W, E, T> {
    let (batch, _, h, w) = *x.shape();
    if !T::OWNS_TAPE || batch * h.size() * w.size() < 2 {
        return batch_norm_with(x, running, scale, shift, epsilon);
    }
    let (y, seen) = batch_norm(x, scale, shift, epsilon);
    let (y, mut tape) = y.split_tape();
    let addresses = [&running.mean, &running.variance].map(address);
    tape.record(&[], move |gradients| {
        for (address, values) in addresses.into_iter().zip([seen.mean, seen.variance]) {
            let values = as_slice(&values).to_vec();
            gradients.observed.add(address, Call { momentum, values });
        }
        Ok(())
    });
    y.put_tape(tape)
}

/// What the layers of one shard saw.
#[derive(Clone, Debug)]
pub(crate) struct Observed<E: Unit> {
    /// Of the loss of the shard.
    weight: f64,
    /// By the address of the running tensor, in the order of the forward pass.
    calls: BTreeMap<usize, Vec<Call<E>>>,
}

/// One application of a layer.
#[derive(Clone, Debug)]
struct Call<E: Unit> {
    momentum: f64,
    values: Vec<E>,
}

impl<E: Unit> Observed<E> {
    pub(crate) fn new(weight: f64) -> Self {
        Self {
            weight: weight.abs(),
            calls: BTreeMap::new(),
        }
    }

    fn add(&mut self, running: usize, call: Call<E>) {
        // A tape runs backward.
        self.calls.entry(running).or_default().insert(0, call);
    }
}

/// r ← (1 − m) r + m Σ w s / Σ w, once for every call of the layer that r belongs to.
pub(crate) fn track<S: Shape, E: Real>(running: &mut Tensor<S, E, Cpu>, shards: &[Gradients<E>]) {
    let address = address(running);
    let shards = shards.iter().map(|shard| &shard.observed);
    let shards = shards.filter(|seen| seen.weight > 0.0);
    for i in 0.. {
        let calls = shards.clone();
        let calls = calls.filter_map(|seen| Some((seen.weight, seen.calls.get(&address)?.get(i)?)));
        let calls: Vec<_> = calls.collect();
        let Some((_, Call { momentum, .. })) = calls.first() else {
            break;
        };
        let total: f64 = calls.iter().map(|(weight, _)| weight).sum();
        for (j, r) in as_mut_slice(running).iter_mut().enumerate() {
            let terms = calls.iter().map(|(w, call)| w * call.values[j].as_f64());
            *r = E::of((1.0 - momentum) * r.as_f64() + momentum * terms.sum::<f64>() / total);
        }
    }
}
