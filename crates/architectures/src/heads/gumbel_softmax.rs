use crate::summary::summarize;
use crate::{Encoder, Layer, Linear, Width};
use dfdx::prelude::{Device, Dtype, ModuleVisitor, TensorCollection};
use vae_ops::{Batch, Identity, Real, Record};
use vae_priors::RelaxedCategoricals;

/// q(z|x) of Z/K categorical variables with `K` classes each, relaxed to the simplex (Jang, Gu & Poole 2017; Maddison, Mnih &
/// Teh 2017): a body, then a linear head for the logits. The prior to go with it is
/// [`UniformCategoricals`](vae_priors::UniformCategoricals).
pub type GumbelSoftmaxEncoder<Body, Z, const K: usize, E = f32> =
    ConditionalCategoricals<Body, Linear<<Body as Layer<E>>::Output, Z, Identity, E>, K>;

/// Relaxed categorical variables whose logits are a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalCategoricals<Body, Head, const K: usize> {
    /// What the head looks at.
    pub body: Body,
    /// To the logits.
    pub logits: Head,
    /// τ, ⅔ unless changed; a [`Temperature`](vae_reparam::Temperature) says how it may fall.
    pub temperature: f64,
}

impl<E, Body, Head, const K: usize> Encoder<E> for ConditionalCategoricals<Body, Head, K>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
{
    type Input = Body::Input;
    type Latent = Head::Output;
    type Posterior<T: Record<E>> = RelaxedCategoricals<Self::Latent, K, E, T>;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        RelaxedCategoricals {
            temperature: self.temperature,
            logits: self.logits.forward(self.body.forward(x)),
        }
    }

    fn input(&self) -> Self::Input {
        self.body.input()
    }

    summarize!(body, logits);
}

impl<E, D, Body, Head, const K: usize> TensorCollection<E, D>
    for ConditionalCategoricals<Body, Head, K>
where
    E: Dtype,
    D: Device<E>,
    Body: TensorCollection<E, D>,
    Head: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> =
        ConditionalCategoricals<Body::To<E2, D2>, Head::To<E2, D2>, K>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("body", |s| &s.body, |s| &mut s.body),
                Self::module("logits", |s| &s.logits, |s| &mut s.logits),
            ),
            |(body, logits)| ConditionalCategoricals {
                body,
                logits,
                temperature: 2.0 / 3.0,
            },
        )
    }
}
