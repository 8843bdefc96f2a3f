use super::planes::{Over, normalize};
use crate::{Extent, Images, Real, Record, as_slice};
use dfdx::prelude::{Cpu, HasShape, Tensor, TensorFromVec};

/// Mean and variance of every channel, (C,): of a batch, or running averages over batches. They carry no gradient.
#[derive(Clone, Debug)]
pub struct BatchStatistics<C: Extent, E: Real = f32> {
    /// μ.
    pub mean: Tensor<(C,), E, Cpu>,
    /// σ². As returned by [`batch_norm`] it is the unbiased estimate, n/(n − 1) of the variance of the n = B·H·W values
    /// of the channel (or 0 for n = 1): what running averages are made of.
    pub variance: Tensor<(C,), E, Cpu>,
}

/// Normalizes every channel over batch, rows and columns, for training: y = γ·(x − μ) / √(σ² + ε) + β.
///
/// μ and σ² = ⟨(x − μ)²⟩ are those of the B·H·W values of the channel in this batch; they are returned as well. Where a
/// batch is split into shards, each shard is normalized by itself. Rows (B, N) are images (B, N, 1, 1). Shapes: `x`
/// (B, C, H, W), `scale` γ and `shift` β (C,), result (B, C, H, W). Ioffe and Szegedy (2015), "Batch Normalization",
/// algorithm 1.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{batch_norm, batch_norm_with};
///
/// let device = Cpu::default();
/// let x = device.tensor_from_vec(vec![1.0f64, 3.0], (2, Const::<1>, Const::<1>, Const::<1>));
/// let (scale, shift) = (device.tensor([1.0]), device.tensor([5.0]));
/// let (y, statistics) = batch_norm(x.clone(), scale.clone(), shift.clone(), 0.0);
/// assert_eq!(y.as_vec(), [4.0, 6.0]);
/// assert_eq!((statistics.mean.array(), statistics.variance.array()), ([2.0], [2.0]));
/// let y = batch_norm_with(x, &statistics, scale, shift, 2.0); // for evaluation
/// assert_eq!(y.as_vec(), [4.5, 5.5]);
/// ```
pub fn batch_norm<C: Extent, H: Extent, W: Extent, E: Real, T: Record<E>>(
    x: Images<C, H, W, E, T>,
    scale: Tensor<(C,), E, Cpu, T>,
    shift: Tensor<(C,), E, Cpu, T>,
    epsilon: f64,
) -> (Images<C, H, W, E, T>, BatchStatistics<C, E>) {
    let (batch, c, h, w) = *x.shape();
    let n = (batch * h.size() * w.size()) as f64;
    let device = x.device().clone();
    let (y, moments) = normalize(x, scale, shift, epsilon, Over::Batch, None);
    let unbiased = if n > 1.0 { n / (n - 1.0) } else { 0.0 };
    let column = |values: Vec<E>| device.tensor_from_vec(values, (c,));
    let statistics = BatchStatistics {
        mean: column(moments.iter().map(|[mean, _]| E::of(*mean)).collect()),
        variance: column(moments.iter().map(|[_, v]| E::of(v * unbiased)).collect()),
    };
    (y, statistics)
}

/// [`batch_norm`] with given statistics, for evaluation: an affine map of every channel.
pub fn batch_norm_with<C: Extent, H: Extent, W: Extent, E: Real, T: Record<E>>(
    x: Images<C, H, W, E, T>,
    statistics: &BatchStatistics<C, E>,
    scale: Tensor<(C,), E, Cpu, T>,
    shift: Tensor<(C,), E, Cpu, T>,
    epsilon: f64,
) -> Images<C, H, W, E, T> {
    let (mean, variance) = (as_slice(&statistics.mean), as_slice(&statistics.variance));
    let moments = mean.iter().zip(variance);
    let moments = moments.map(|(m, v)| [m.as_f64(), v.as_f64()]).collect();
    normalize(x, scale, shift, epsilon, Over::Batch, Some(moments)).0
}
