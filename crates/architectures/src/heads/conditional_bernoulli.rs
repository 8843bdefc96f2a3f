use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Width};
use dfdx::prelude::{Cpu, Device};
use vae_distributions::Bernoulli;
use vae_ops::{Batch, Identity, Real, Record, as_mut_slice};

/// p(x|z) = Bernoulli(σ(l(z))), for binary x: a body, then a linear head for the logits l.
pub type BernoulliDecoder<Body, X, E = f32> =
    ConditionalBernoulli<Body, Linear<<Body as Layer<E>>::Output, X, Identity, E>>;

/// Bernoulli variables whose logits are a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalBernoulli<Body, Head> {
    /// What the head looks at.
    pub body: Body,
    /// To the logits.
    pub logits: Head,
}

impl<Body, H: Width, X: Width, E: Real> ConditionalBernoulli<Body, Linear<H, X, Identity, E>>
where
    Cpu: Device<E>,
{
    /// Sets the bias of the logits to ln p/(1 − p) for p the mean of each pixel over the data, kept within 0.001 and 0.999: so an
    /// untrained decoder begins at the best that does not look at z.
    ///
    /// # Panics
    /// If there are not as many means as pixels.
    pub fn start_at(&mut self, means: &[E]) {
        let logit = |p: &E| {
            let p = p.as_f64().clamp(0.001, 0.999);
            E::of((p / (1.0 - p)).ln())
        };
        let logits: Vec<E> = means.iter().map(logit).collect();
        as_mut_slice(&mut self.logits.bias).copy_from_slice(&logits);
    }
}

impl<E, Body, Head> Decoder<E> for ConditionalBernoulli<Body, Head>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
{
    type Latent = Body::Input;
    type Output = Head::Output;
    type Likelihood<T: Record<E>> = Bernoulli<Self::Output, E, T>;

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        Bernoulli {
            logits: self.logits.forward(self.body.forward(z)),
        }
    }

    summarize!(body, logits);
}

collection!(ConditionalBernoulli<Body, Head> { body, logits });
