use super::soft_clamp::soft_clamp;
use crate::collection::collection;
use crate::summary::summarize;
use crate::{ElementHead, Encoder, Layer, Linear, MatrixHead, Width};
use dfdx::prelude::{Cpu, Device};
use vae_distributions::LowRankNormal;
use vae_ops::{Batch, Identity, Real, Record};

/// q(z|x) = N(μ(x), W(x) W(x)ᵀ + diag d(x)) with W of `R` columns: a body, then linear heads for μ, ln d and W (Rezende,
/// Mohamed & Wierstra 2014, §4.3, for R = 1). O(Z R²) operations for each example.
pub type LowRankEncoder<Body, Z, R, E = f32> = ConditionalLowRankNormal<
    Body,
    Linear<<Body as Layer<E>>::Output, Z, Identity, E>,
    MatrixHead<<Body as Layer<E>>::Output, Z, R, E>,
>;

/// A normal distribution with a covariance of low rank besides its diagonal, its parameters a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalLowRankNormal<Body, Head, Factor> {
    /// What all heads look at.
    pub body: Body,
    /// To μ.
    pub mean: Head,
    /// To ln d, kept within ±14 as the variance of a [`ConditionalNormal`](crate::ConditionalNormal) is.
    pub log_diagonal: Head,
    /// To W.
    pub factor: Factor,
}

collection!(ConditionalLowRankNormal<Body, Head, Factor> { body, mean, log_diagonal, factor });

impl<E, Body, Head, R> Encoder<E>
    for ConditionalLowRankNormal<Body, Head, MatrixHead<Body::Output, Head::Output, R, E>>
where
    E: Real,
    Body: Layer<E, Input: Width, Output: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
    R: Width,
    Cpu: Device<E>,
{
    type Input = Body::Input;
    type Latent = Head::Output;
    type Posterior<T: Record<E>> = LowRankNormal<Self::Latent, R, E, T>;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        let features = self.body.forward(x);
        LowRankNormal {
            mean: self.mean.forward(features.clone()),
            log_diagonal: soft_clamp(self.log_diagonal.forward(features.clone())),
            factor: self.factor.forward(features),
        }
    }

    fn input(&self) -> Self::Input {
        self.body.input()
    }

    summarize!(body, mean, log_diagonal, factor);
}
