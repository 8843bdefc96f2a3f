use crate::{Decoder, Encoder, Layer, Linear, Width};
use dfdx::prelude::{Device, Dtype, ModuleVisitor, TensorCollection};
use vae_distributions::Normal;
use vae_ops::{Batch, Identity, Real, Record};

/// q(z|x) = N(μ(x), diag σ²(x)): a body, then a linear head each for μ and ln σ².
pub type GaussianEncoder<Body, Z, E = f32> =
    ConditionalNormal<Body, Linear<<Body as Layer<E>>::Output, Z, Identity, E>>;

/// p(x|z) = N(μ(z), diag σ²(z)), for real-valued x with a variance per element.
pub type GaussianDecoder<Body, X, E = f32> = GaussianEncoder<Body, X, E>;

/// A normal distribution whose mean and log-variance are functions of the input: one `body`, two heads.
#[derive(Clone, Debug)]
pub struct ConditionalNormal<Body, Head> {
    /// What both heads look at.
    pub body: Body,
    /// To μ.
    pub mean: Head,
    /// To ln σ².
    pub log_var: Head,
}

impl<Body, Head> ConditionalNormal<Body, Head> {
    fn at<E: Real, T: Record<E>>(&self, x: Batch<Body::Input, E, T>) -> Normal<Head::Output, E, T>
    where
        Body: Layer<E, Input: Width>,
        Head: Layer<E, Input = Body::Output, Output: Width>,
    {
        let features = self.body.forward(x);
        Normal {
            mean: self.mean.forward(features.clone()),
            log_var: self.log_var.forward(features),
        }
    }
}

impl<E, Body, Head> Encoder<E> for ConditionalNormal<Body, Head>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
{
    type Input = Body::Input;
    type Latent = Head::Output;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Normal<Self::Latent, E, T> {
        self.at(x)
    }
}

impl<E, Body, Head> Decoder<E> for ConditionalNormal<Body, Head>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
{
    type Latent = Body::Input;
    type Output = Head::Output;
    type Likelihood<T: Record<E>> = Normal<Self::Output, E, T>;

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        self.at(z)
    }
}

impl<E: Dtype, D: Device<E>, Body: TensorCollection<E, D>, Head: TensorCollection<E, D>>
    TensorCollection<E, D> for ConditionalNormal<Body, Head>
{
    type To<E2: Dtype, D2: Device<E2>> = ConditionalNormal<Body::To<E2, D2>, Head::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("body", |s| &s.body, |s| &mut s.body),
                Self::module("mean", |s| &s.mean, |s| &mut s.mean),
                Self::module("log_var", |s| &s.log_var, |s| &mut s.log_var),
            ),
            |(body, mean, log_var)| ConditionalNormal {
                body,
                mean,
                log_var,
            },
        )
    }
}
