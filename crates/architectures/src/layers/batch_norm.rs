use super::layer_norm::EPSILON;
use crate::{Event, EventBatch, Image, Layer};
use dfdx::prelude::{
    Const, ConstDim, Cpu, Device, Dtype, HasShape, ModuleVisitor, ReshapeTo, Shape, Tensor,
    TensorCollection, TensorOptions,
};
use vae_ops::{BatchStatistics, Extent, Real, Record, batch_norm_running};

/// An [`Event`] with channels: each number of a row, or those of an [`Image`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no channels",
    note = "`Const<N>` has N, `Image<C, H, W>` has C"
)]
pub trait Channels: Event {
    /// How many.
    type Count: ConstDim + Extent;
    /// The rows of a channel.
    type Rows: ConstDim + Extent;
    /// The columns of a channel.
    type Columns: ConstDim + Extent;
}

impl<const N: usize> Channels for Const<N> {
    type Count = Self;
    type Rows = Const<1>;
    type Columns = Const<1>;
}

impl<const C: usize, const H: usize, const W: usize> Channels for Image<C, H, W> {
    type Count = Const<C>;
    type Rows = Const<H>;
    type Columns = Const<W>;
}

/// y = γ·(x − μ) / √(σ² + ε) + β for every channel: of rows `Const<N>` each number, of an [`Image`] its channels (Ioffe &
/// Szegedy 2015).
///
/// In training, under a tape, μ and σ² are those of the values of the channel in the batch, and the running ones follow
/// them at every update of the optimizer: r ← 0.9 r + 0.1 s, where s is the mean or the unbiased variance. In evaluation,
/// without a tape, μ and σ² are the running ones. ε = 10⁻⁵; γ starts at 1 and β at 0, the running mean at 0 and the running
/// variance at 1. All as in PyTorch, but for what follows from shards:
///
/// A batch is normalized in shards of 64 examples, each by itself: "ghost batch normalization" (Hoffer et al. 2017), so
/// that the result does not depend on threads. The running statistics move to the mean of the shards', weighted by their
/// numbers of examples. A shard of a single row, which has no variance, is normalized with the running statistics.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{BatchNorm, Layer};
/// use vae_ops::{Adam, GradTape, backward, batch_mean, sum_event};
///
/// let device = Cpu::default();
/// let mut layer: BatchNorm<Const<1>> = BuildModule::build(&device);
/// let x = device.tensor([[1.0f32], [3.0]]).reshape_like(&(2, Const::<1>));
/// let y = layer.forward(x.clone().put_tape(GradTape::for_data()));
/// assert!((y.as_vec()[1] - 1.0).abs() < 1e-5);
///
/// let loss = batch_mean(sum_event([y], [], |[y], []| (y, [1.0])));
/// Adam::new(0.0).update(&mut layer, &mut [backward(loss, 1.0)]);
/// assert_eq!(layer.running_mean.as_vec(), [0.2]); // 0.9 · 0 + 0.1 · 2
/// assert_eq!(layer.running_var.as_vec(), [1.1]); // 0.9 · 1 + 0.1 · 2
/// let y = layer.forward(x);
/// assert!((y.as_vec()[1] - 2.8 / 1.1f32.sqrt()).abs() < 1e-4); // but for ε
/// ```
#[derive(Clone, Debug)]
pub struct BatchNorm<V: Channels, E: Dtype = f32, D: Device<E> = Cpu> {
    /// γ, shape (C,).
    pub scale: Tensor<(V::Count,), E, D>,
    /// β, shape (C,).
    pub shift: Tensor<(V::Count,), E, D>,
    /// The running mean, shape (C,): saved with the model, but not trained.
    pub running_mean: Tensor<(V::Count,), E, D>,
    /// The running variance, shape (C,), alike.
    pub running_var: Tensor<(V::Count,), E, D>,
}

const MOMENTUM: f64 = 0.1;

impl<V: Channels, E: Real> Layer<E> for BatchNorm<V, E>
where
    Cpu: Device<E>,
{
    type Input = V;
    type Output = V;

    fn forward<T: Record<E>>(&self, x: EventBatch<V, E, T>) -> EventBatch<V, E, T> {
        let batch = x.shape().concrete()[0];
        let shape = (
            batch,
            V::Count::default(),
            V::Rows::default(),
            V::Columns::default(),
        );
        let running = BatchStatistics {
            mean: self.running_mean.clone(),
            variance: self.running_var.clone(),
        };
        let y = batch_norm_running(
            x.reshape_like(&shape),
            &running,
            self.scale.retaped::<T>(),
            self.shift.retaped::<T>(),
            EPSILON,
            MOMENTUM,
        );
        y.reshape_like(&V::batched(batch))
    }
}

impl<V: Channels, E: Dtype, D: Device<E>> TensorCollection<E, D> for BatchNorm<V, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = BatchNorm<V, E2, D2>;

    fn iter_tensors<M: ModuleVisitor<Self, E, D>>(
        visitor: &mut M,
    ) -> Result<Option<Self::To<M::E2, M::D2>>, M::Err> {
        visitor.visit_fields(
            (
                Self::tensor(
                    "scale",
                    |s| &s.scale,
                    |s| &mut s.scale,
                    TensorOptions::reset_to_ones(),
                ),
                Self::tensor(
                    "shift",
                    |s| &s.shift,
                    |s| &mut s.shift,
                    TensorOptions::reset_to_zeros(),
                ),
                Self::tensor(
                    "running_mean",
                    |s| &s.running_mean,
                    |s| &mut s.running_mean,
                    TensorOptions::detached(|mean| mean.try_fill_with_zeros()),
                ),
                Self::tensor(
                    "running_var",
                    |s| &s.running_var,
                    |s| &mut s.running_var,
                    TensorOptions::detached(|variance| variance.try_fill_with_ones()),
                ),
            ),
            |(scale, shift, running_mean, running_var)| BatchNorm {
                scale,
                shift,
                running_mean,
                running_var,
            },
        )
    }
}
