use super::soft_clamp::soft_clamp;
use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, ElementHead, Layer, MatrixHead, Width};
use dfdx::prelude::{Const, Cpu, Dim, HasShape, ReshapeTo, Tensor};
use vae_distributions::{DiscretizedLogistic, DiscretizedLogisticMixture, ElementMixture};
use vae_ops::{Batch, Real, Record, columns, formula};

/// p(x|z) of 256 grey levels k/255, each a mixture of K [`DiscretizedLogistic`] variables, `K` = `Const<10>`, say (Salimans et
/// al. 2017, without what ties colours together): a body, then a linear head for each of the 3K numbers of an element.
pub type DiscretizedLogisticMixtureDecoder<Body, X, K, E = f32> =
    ConditionalDiscretizedLogisticMixture<Body, MatrixHead<<Body as Layer<E>>::Output, X, K, E>>;

/// Mixtures of discretized logistic variables whose parameters are a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalDiscretizedLogisticMixture<Body, Head> {
    /// What all heads look at.
    pub body: Body,
    /// To the logits of the weights.
    pub logits: Head,
    /// To μₖ − (k + ½)/K for k = 0, …, K − 1: components start spread over \[0, 1\], and so become different ones.
    pub loc: Head,
    /// To ln s, kept within ±14.
    pub log_scale: Head,
}

collection!(ConditionalDiscretizedLogisticMixture<Body, Head> { body, logits, loc, log_scale });

impl<E, Body, Head> Decoder<E> for ConditionalDiscretizedLogisticMixture<Body, Head>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: ElementHead<E, Input = Body::Output>,
{
    type Latent = Body::Input;
    type Output = Head::Elements;
    type Likelihood<T: Record<E>> = DiscretizedLogisticMixture<Self::Output, E, T>;

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        let features = self.body.forward(z);
        let of_each = |head: &Head| per_component(head.forward(features.clone()));
        let (locs, log_scales) = (of_each(&self.loc), of_each(&self.log_scale));
        let components = locs.len() as f64;
        let component = |(k, (loc, log_scale))| DiscretizedLogistic {
            levels: 256,
            loc: formula([loc], |[loc]| loc + (k as f64 + 0.5) / components),
            log_scale: soft_clamp(log_scale),
        };
        let parameters = locs.into_iter().zip(log_scales).enumerate();
        ElementMixture {
            logits: of_each(&self.logits),
            components: parameters.map(component).collect(),
        }
    }

    summarize!(body, logits, loc, log_scale);
}

/// (B, N, K) as K of (B, N).
fn per_component<N: Dim, K: Dim, E: Real, T: Record<E>>(
    x: Tensor<(usize, N, K), E, Cpu, T>,
) -> Vec<Batch<N, E, T>> {
    let (batch, n, k) = *x.shape();
    let rows = x.reshape_like(&(batch * n.size(), k));
    let component = |i| columns(rows.clone(), i, Const::<1>).reshape_like(&(batch, n));
    (0..k.size()).map(component).collect()
}
