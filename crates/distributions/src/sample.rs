use dfdx::prelude::{Dim, HasShape, NoneTape, ReshapeTo, Tensor, TensorFromVec};
use rand::Rng;
use vae_ops::{Batch, Real, Record, as_slice};

/// What can be drawn from.
pub trait Sample<N: Dim, E: Real> {
    /// One draw per example, shape (B, N), of which no gradient is taken. The same state of `rng` gives the same draw;
    /// a run takes it from an address, as `noise.rng()` of `vae-reparam`.
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E>;
}

/// One draw per element, from the `K` parameters of that element, in `f64`.
pub(crate) fn draw<const K: usize, N: Dim, E: Real, T: Record<E>>(
    parameters: [&Batch<N, E, T>; K],
    mut one: impl FnMut([f64; K]) -> f64,
) -> Batch<N, E> {
    let parameters = parameters.map(|p| p.retaped::<NoneTape>().contiguous());
    let (shape, device) = (*parameters[0].shape(), Tensor::device(&parameters[0]));
    let slices = parameters.each_ref().map(as_slice);
    let values = (0..slices[0].len()).map(|i| E::of(one(slices.map(|p| p[i].as_f64()))));
    device.tensor_from_vec(values.collect(), shape)
}

/// Uniform on the open interval (0, 1): quantile functions of it are finite.
pub(crate) fn uniform(rng: &mut impl Rng) -> f64 {
    rng.sample(rand::distributions::Open01)
}
