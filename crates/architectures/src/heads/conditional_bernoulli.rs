use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Width};
use vae_distributions::Bernoulli;
use vae_ops::{Batch, Identity, Real, Record};

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
