use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Width};
use vae_distributions::{OptimalNormal, SharedBy};
use vae_ops::{Batch, Identity, Real, Record};

/// p(x|z) = N(μ(z), σ*² I) with the σ* that fits best, σ*² = mean (x − μ)², for real-valued x (Rybkin, Daniilidis & Levine 2021,
/// "optimal σ-VAE"): a body, then a linear head for μ. See [`OptimalNormal`] for what its values may be compared to.
pub type OptimalVarianceDecoder<Body, X, E = f32> =
    OptimalVariance<Body, Linear<<Body as Layer<E>>::Output, X, Identity, E>>;

/// A normal distribution of the best variance whose mean is a function of the input.
#[derive(Clone, Debug)]
pub struct OptimalVariance<Body, Head> {
    /// What the head looks at.
    pub body: Body,
    /// To μ.
    pub mean: Head,
    /// Whose mean square σ*² is: the batch's, unless changed.
    pub shared_by: SharedBy,
    /// What is added to σ*, so that it stays above: e⁻⁶ as in the paper's code, unless changed.
    pub min_scale: f64,
}

impl<E, Body, Head> Decoder<E> for OptimalVariance<Body, Head>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
{
    type Latent = Body::Input;
    type Output = Head::Output;
    type Likelihood<T: Record<E>> = OptimalNormal<Self::Output, E, T>;

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        OptimalNormal {
            mean: self.mean.forward(self.body.forward(z)),
            shared_by: self.shared_by,
            min_scale: self.min_scale,
        }
    }

    summarize!(body, mean);
}

collection!(OptimalVariance<Body, Head> {
    body, mean; shared_by: SharedBy::Batch, min_scale: (-6f64).exp()
});
