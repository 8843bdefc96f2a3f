use crate::collection::collection;
use crate::heads::soft_clamp::soft_clamp;
use crate::summary::summarize;
use crate::{Decoder, Encoder, EventBatch, Layer, Linear, Width};
use vae_distributions::Normal;
use vae_ops::{Batch, Identity, Real, Record};

/// q(z|x) = N(μ(x), diag σ²(x)): a body, then a linear head each for μ and ln σ².
pub type GaussianEncoder<Body, Z, E = f32> =
    ConditionalNormal<Body, Linear<<Body as Layer<E>>::Output, Z, Identity, E>>;

/// p(x|z) = N(μ(z), diag σ²(z)), for real-valued x with a variance per element.
pub type GaussianDecoder<Body, X, E = f32> = GaussianEncoder<Body, X, E>;

/// A normal distribution whose mean and log-variance are functions of the input: one `body`, two heads.
///
/// What the head gives for ln σ² is kept within ±14, so that no σ² underflows or overflows: x for |x| ≤ 10, and
/// ±(10 + 4 tanh((|x| − 10)/4)) beyond. So σ is between 9.1·10⁻⁴ and 1.1·10³.
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
    pub(crate) fn at<E: Real, T: Record<E>>(
        &self,
        x: EventBatch<Body::Input, E, T>,
    ) -> Normal<Head::Output, E, T>
    where
        Body: Layer<E>,
        Head: Layer<E, Input = Body::Output, Output: Width>,
    {
        let features = self.body.forward(x);
        Normal {
            mean: self.mean.forward(features.clone()),
            log_var: soft_clamp(self.log_var.forward(features)),
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
    type Posterior<T: Record<E>> = Normal<Self::Latent, E, T>;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        self.at(x)
    }

    fn input(&self) -> Self::Input {
        self.body.input()
    }

    summarize!(body, mean, log_var);
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

    summarize!(body, mean, log_var);
}

collection!(ConditionalNormal<Body, Head> { body, mean, log_var });
