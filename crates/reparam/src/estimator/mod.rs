//! How the gradient of a bound on ln p(x) gets through the sampling of z: one file for each estimator.

mod doubly_reparameterized;
mod pathwise;
mod resampled;
mod sticking_the_landing;
mod vimco;

pub use doubly_reparameterized::DoublyReparameterized;
pub use pathwise::Pathwise;
pub use resampled::Resampled;
pub use sticking_the_landing::StickingTheLanding;
pub use vimco::Vimco;

use crate::{Bound, Noise, Parameters, Rsample, Weighed};
use dfdx::prelude::{Dim, NoneTape, Tensor, TensorFromVec};
use std::cell::OnceCell;
use std::rc::Rc;
use vae_distributions::Density;
use vae_ops::{Batch, PerExample, Real, Record};
use vae_ops::{as_slice, formula, scale_gradient, stop_gradient, surrogate};

/// An estimator of the gradient of a [`Bound`] on ln p(x), through samples of q(z|x): a short file.
///
/// The gradient of the model's parameters is the same for all. The value is, too, to the bit.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Normal, StandardNormal};
/// use vae_ops::{backward, batch_mean, GradTape};
/// use vae_reparam::{Estimator, Iwae, Noise, StickingTheLanding};
///
/// // Where q(z|x) is p(z|x), here N(0, 1), there is nothing left to learn, whatever the samples.
/// let mean = Cpu::default().tensor_from_vec(vec![0.0; 3], (3, Const::<1>));
/// let q = Normal { mean: mean.retaped::<GradTape<f64>>(), log_var: mean.retaped() };
/// let noise = Noise::new(0, "latent");
/// let bound = StickingTheLanding.bound(&Iwae, &q, 1, noise, |z| StandardNormal.log_prob(z));
/// assert_eq!(bound.as_vec(), [0.0; 3]);
/// assert_eq!(backward(batch_mean(bound), 1.0).get(&mean).as_vec(), [0.0; 3]);
/// ```
///
/// For what has no reparameterization, there is [`Vimco`].
pub trait Estimator {
    /// Whether the score ∇ ln q(zₖ|x) at fixed zₖ is part of the gradient of q's parameters, weighted with
    /// [`Weighed::encoder`].
    const SCORE: bool;

    /// How much each sample counts in the gradient of q's parameters through zₖ.
    fn through_samples(weighed: &Weighed) -> &[f64];

    /// Leaves a few of the samples of an example their weights, at random by a number `u` that is uniform on (0, 1): what has
    /// weight 0 costs less on the way back. See [`Resampled`].
    fn thin(&self, _weighed: &mut Weighed, _u: f64) {}

    /// One draw of the bound `of` the weights of K samples for each example of `q`, in nats, (B,), with the randomness at
    /// `noise`.
    ///
    /// `log_joint` maps the samples z (B·K, N), sample k of example b in row b·K + k, to ln p(x, z), (B·K,): it has to
    /// [`repeat`](vae_ops::repeat()) x.
    fn bound<N: Dim, E: Real, T: Record<E>, Q>(
        &self,
        of: &impl Bound,
        q: &Q,
        samples: usize,
        noise: Noise,
        log_joint: impl FnOnce(&Batch<N, E, T>) -> PerExample<E, T>,
    ) -> PerExample<E, T>
    where
        Q: Parameters + Rsample<N, E, T> + Density<N, E, T>,
    {
        let q = q.repeat(samples);
        // The gradient that gets to zₖ has the model's weight; on the way to q's parameters it gets its own.
        let factors = Rc::new(OnceCell::new());
        let z = scale_gradient(q.rsample(noise), factors.clone());
        let log_w = log_weights(log_joint(&z), q.detach().log_prob(&z));
        let (bounds, mut weighed) = weigh(of, &log_w, samples);
        let mut uniform = vec![0.0; weighed.len()];
        noise.stream("thin").fill_uniform(&mut uniform);
        for (weighed, u) in weighed.iter_mut().zip(uniform) {
            self.thin(weighed, u);
        }
        let concat = |weights: &dyn Fn(&Weighed, usize) -> f64| {
            let of_example = |w| (0..samples).map(move |k| E::of(weights(w, k)));
            weighed.iter().flat_map(of_example).collect::<Vec<E>>()
        };
        let model = |w: &Weighed, k: usize| match Self::through_samples(w)[k] {
            0.0 => w.model[k],
            _ => w.model[k].max(NEGLIGIBLE),
        };
        let factor = concat(&|w, k| match Self::through_samples(w)[k] {
            0.0 => 0.0,
            weight => weight / model(w, k),
        });
        factors.set(factor).expect("set once");
        let model = concat(&model);
        if Self::SCORE {
            let log_q = q.log_prob(&stop_gradient(&z));
            surrogate(
                bounds,
                [(log_w, model), (log_q, concat(&|w, k| -w.encoder[k]))],
            )
        } else {
            surrogate(bounds, [(log_w, model)])
        }
    }
}

/// The least weight of a sample, so that one that counts for q alone passes a gradient on.
const NEGLIGIBLE: f64 = 1e-30;

/// ln wₖ = ln p(x, zₖ) − ln q(zₖ|x).
fn log_weights<E: Real, T: Record<E>>(
    log_joint: PerExample<E, T>,
    log_q: PerExample<E, T>,
) -> PerExample<E, T> {
    formula([log_joint, log_q], |[p, q]| p - q)
}

/// The bound of each example, (B,), and its weights.
fn weigh<E: Real, T: Record<E>>(
    of: &impl Bound,
    log_weights: &PerExample<E, T>,
    samples: usize,
) -> (PerExample<E>, Vec<Weighed>) {
    let log_w = log_weights.retaped::<NoneTape>();
    let of_examples = as_slice(&log_w).chunks(samples);
    let weighed: Vec<Weighed> = of_examples
        .map(|log_w| of.weigh(&log_w.iter().map(|l| l.as_f64()).collect::<Vec<_>>()))
        .collect();
    let bounds = weighed.iter().map(|w| E::of(w.value)).collect();
    let bounds = Tensor::device(&log_w).tensor_from_vec(bounds, (weighed.len(),));
    (bounds, weighed)
}
