//! Samples that gradients flow through, one file for each way to get them.

mod concrete;
mod explicit;
mod implicit;
mod mixture;
mod multivariate;
mod normal;
mod von_mises_fisher;

pub use concrete::{Temperature, harden};
pub use normal::rsample_and_kl;

use crate::Noise;
use dfdx::prelude::{Dim, HasShape, PutTape, Tensor, TensorFromVec};
use vae_ops::{Batch, Dual, Real, Record};

/// What gives samples that gradients flow through: for fixed noise, the sample is a differentiable function of the
/// parameters (Kingma & Welling 2014, §2.4).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::Normal;
/// use vae_reparam::{Noise, Rsample};
///
/// let device = Cpu::default();
/// let mean = device.tensor_from_vec(vec![1.0f32, -1.0], (1, Const::<2>));
/// let q = Normal { log_var: mean.clone() * 0.0 - 200.0, mean: mean.clone() };
/// assert_eq!(q.rsample(Noise::new(0, "latent")).as_vec(), mean.as_vec());
/// ```
#[diagnostic::on_unimplemented(
    message = "no reparameterization is known for `{Self}`",
    note = "for discrete variables there are `Concrete` and `RelaxedBernoulli`, and the estimator `Vimco`"
)]
pub trait Rsample<N: Dim, E: Real, T: Record<E>> {
    /// One sample per example, (B, N), with the randomness at `noise`. For K of them, [`repeat`](crate::Parameters::repeat)
    /// the distribution.
    fn rsample(&self, noise: Noise) -> Batch<N, E, T>;
}

/// Noise of the shape of `like`, which nobody wants a gradient of; `fill` gets the width of a row.
fn noise_like<N: Dim, E: Real, T: Record<E>, U>(
    like: &Batch<N, E, U>,
    fill: impl FnOnce(usize, &mut [E]),
) -> Batch<N, E, T> {
    let shape = *like.shape();
    let width = shape.1.size();
    let mut values = vec![E::zero(); shape.0 * width];
    fill(width, &mut values);
    let noise = Tensor::device(like).tensor_from_vec(values, shape);
    noise.put_tape(T::for_data())
}

/// A positive number, where rounding may have made it 0.
#[inline(always)]
fn above_zero<E: Real, const K: usize>(x: Dual<E, K>) -> Dual<E, K> {
    between(E::min_positive_value(), x, E::infinity())
}

/// A number between 0 and 1, where rounding may have made it either.
#[inline(always)]
fn inside_unit<E: Real, const K: usize>(x: Dual<E, K>) -> Dual<E, K> {
    between(
        E::min_positive_value(),
        x,
        E::one() - E::epsilon() / E::of(2.0),
    )
}

#[inline(always)]
fn between<E: Real, const K: usize>(low: E, x: Dual<E, K>, high: E) -> Dual<E, K> {
    if x.value < low {
        Dual::constant(low.as_f64())
    } else if x.value > high {
        Dual::constant(high.as_f64())
    } else {
        x
    }
}
