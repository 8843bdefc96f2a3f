use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Width};
use dfdx::prelude::{Cpu, Device};
use vae_distributions::AutoregressiveBernoulli;
use vae_ops::{Batch, Identity, Real, Record};

/// p(x|z) = Π p(xᵢ | x₁ … xᵢ₋₁, z), for binary x: a body, then a linear head for logits, to which each pixel adds what those
/// before it say by a [linear](Linear) layer of which what lies below the diagonal counts.
///
/// It models images well without any code, so a model with it tends to ignore z (Chen et al. 2017, "Variational lossy
/// autoencoder").
pub type AutoregressiveDecoder<Body, X, E = f32> = ConditionalAutoregressive<
    Body,
    Linear<<Body as Layer<E>>::Output, X, Identity, E>,
    Linear<X, X, Identity, E>,
>;

/// Binary variables one after the other, whose logits are a function of the input and of those before.
#[derive(Clone, Debug)]
pub struct ConditionalAutoregressive<Body, Head, Context> {
    /// What the head looks at.
    pub body: Body,
    /// To the logits.
    pub logits: Head,
    /// From the pixels before.
    pub before: Context,
}

impl<E, Body, Head, X> Decoder<E>
    for ConditionalAutoregressive<Body, Head, Linear<X, X, Identity, E>>
where
    E: Real,
    X: Width,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output = X>,
    Cpu: Device<E>,
{
    type Latent = Body::Input;
    type Output = X;
    type Likelihood<T: Record<E>> = AutoregressiveBernoulli<X, E, T>;

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        AutoregressiveBernoulli {
            logits: self.logits.forward(self.body.forward(z)),
            bias: self.before.bias.retaped(),
            weight: self.before.weight.retaped(),
        }
    }

    summarize!(body, logits, before);
}

collection!(ConditionalAutoregressive<Body, Head, Context> { body, logits, before });
