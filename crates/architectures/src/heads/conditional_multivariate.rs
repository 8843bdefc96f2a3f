use super::soft_clamp::soft_clamp;
use crate::collection::collection;
use crate::summary::summarize;
use crate::{ElementHead, Encoder, Layer, Linear, MatrixHead, Width};
use dfdx::prelude::{Cpu, Device, HasShape};
use vae_distributions::MultivariateNormal;
use vae_ops::linalg::matrix_formula;
use vae_ops::{Batch, Identity, Real, Record};

/// q(z|x) = N(μ(x), L(x) L(x)ᵀ), with any covariance: a body, then linear heads for μ, for 2 ln Lᵢᵢ, and for what is below the
/// diagonal (Kingma & Welling 2019, §2.5.1). O(Z²) numbers and operations for each example.
pub type FullCovarianceEncoder<Body, Z, E = f32> = ConditionalMultivariateNormal<
    Body,
    Linear<<Body as Layer<E>>::Output, Z, Identity, E>,
    MatrixHead<<Body as Layer<E>>::Output, Z, Z, E>,
>;

/// A normal distribution with a full covariance, its parameters a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalMultivariateNormal<Body, Head, Below> {
    /// What all heads look at.
    pub body: Body,
    /// To μ.
    pub mean: Head,
    /// To 2 ln Lᵢᵢ, kept within ±14 as that of a [`ConditionalNormal`](crate::ConditionalNormal) is.
    pub log_var: Head,
    /// To Lᵢⱼ for i > j; the rest of the matrix is not read.
    pub below: Below,
}

collection!(ConditionalMultivariateNormal<Body, Head, Below> { body, mean, log_var, below });

impl<E, Body, Head> Encoder<E>
    for ConditionalMultivariateNormal<
        Body,
        Head,
        MatrixHead<Body::Output, Head::Output, Head::Output, E>,
    >
where
    E: Real,
    Body: Layer<E, Input: Width, Output: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
    Cpu: Device<E>,
{
    type Input = Body::Input;
    type Latent = Head::Output;
    type Posterior<T: Record<E>> = MultivariateNormal<Self::Latent, E, T>;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        let features = self.body.forward(x);
        let mean = self.mean.forward(features.clone());
        let log_var = soft_clamp(self.log_var.forward(features.clone()));
        let below = self.below.forward(features);
        let shape = *below.shape();
        MultivariateNormal {
            mean,
            scale_tril: matrix_formula(
                [below.into(), log_var.into()],
                shape,
                |[below, log_var]| {
                    let deviation = log_var.map(|x| (0.5 * x).exp());
                    let [_, width] = below.shape();
                    let rows = deviation * below.constant([1, width], 1.0);
                    below.masked(|i, j| i > j) + rows.masked(|i, j| i == j)
                },
            ),
        }
    }

    fn input(&self) -> Self::Input {
        self.body.input()
    }

    summarize!(body, mean, log_var, below);
}
