//! How the gradient of a bound on ln p(x) gets through the sampling of z: one file for each estimator.

mod doubly_reparameterized;
mod importance;
mod pathwise;
mod sticking_the_landing;
mod vimco;

pub use doubly_reparameterized::DoublyReparameterized;
pub use pathwise::Pathwise;
pub use sticking_the_landing::StickingTheLanding;
pub use vimco::Vimco;

use crate::{Noise, Parameters, Rsample};
use dfdx::prelude::Dim;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record};

/// An estimator of the gradient of the importance-weighted bound (Burda, Grosse & Salakhutdinov 2016)
/// L_K = E\[ln (1/K) Σₖ wₖ\] ≤ ln p(x) with wₖ = p(x, zₖ)/q(zₖ|x), zₖ ~ q(z|x) independent; L₁ is the evidence lower bound.
///
/// The value is the same for all estimators that draw z in the same way, to the bit: only gradients differ.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Normal, StandardNormal};
/// use vae_ops::{backward, batch_mean, GradTape};
/// use vae_reparam::{Estimator, Noise, StickingTheLanding};
///
/// // Where q(z|x) is p(z|x), here N(0, 1), there is nothing left to learn, whatever the samples.
/// let mean = Cpu::default().tensor_from_vec(vec![0.0; 3], (3, Const::<1>));
/// let q = Normal { mean: mean.retaped::<GradTape<f64>>(), log_var: mean.retaped() };
/// let bound = StickingTheLanding.bound(&q, 1, Noise::new(0, "latent"), |z| StandardNormal.log_prob(z));
/// assert_eq!(bound.as_vec(), [0.0; 3]);
/// assert_eq!(backward(batch_mean(bound), 1.0).get(&mean).as_vec(), [0.0; 3]);
/// ```
///
/// For what has no reparameterization, there is [`Vimco`].
pub trait Estimator {
    /// One draw of L_K for each example of `q`, in nats, (B,), with the randomness at `noise`.
    ///
    /// `log_joint` maps the samples z (B·K, N), sample k of example b in row b·K + k, to ln p(x, z), (B·K,): it has to
    /// [`repeat`](vae_ops::repeat()) x.
    fn bound<N: Dim, E: Real, T: Record<E>, Q>(
        &self,
        q: &Q,
        samples: usize,
        noise: Noise,
        log_joint: impl FnOnce(&Batch<N, E, T>) -> PerExample<E, T>,
    ) -> PerExample<E, T>
    where
        Q: Parameters + Rsample<N, E, T> + Density<N, E, T>;
}
