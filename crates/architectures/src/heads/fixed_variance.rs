use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Width};
use dfdx::prelude::{Cpu, HasShape, PutTape, TensorFromVec};
use vae_distributions::IsotropicNormal;
use vae_ops::{Batch, Identity, Real, Record};

/// p(x|z) = N(μ(z), σ² I) with a σ that is not learned, for real-valued x: a body, then a linear head for μ.
///
/// With σ² = ½ it is the squared error, up to a constant; and N(μ, σ² I) with a divergence of weight 1 is what a squared error
/// with one of weight 2σ² is.
pub type FixedVarianceDecoder<Body, X, E = f32> =
    FixedVariance<Body, Linear<<Body as Layer<E>>::Output, X, Identity, E>>;

/// A normal distribution of given variance whose mean is a function of the input.
#[derive(Clone, Debug)]
pub struct FixedVariance<Body, Head> {
    /// What the head looks at.
    pub body: Body,
    /// To μ.
    pub mean: Head,
    /// σ, 1 unless changed where the model is made.
    pub scale: f64,
}

impl<E, Body, Head> Decoder<E> for FixedVariance<Body, Head>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
{
    type Latent = Body::Input;
    type Output = Head::Output;
    type Likelihood<T: Record<E>> = IsotropicNormal<Self::Output, E, T>;

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        let mean = self.mean.forward(self.body.forward(z));
        let batch = mean.shape().0;
        let log_var = vec![E::of(2.0 * self.scale.ln()); batch];
        let log_var = Cpu::default().tensor_from_vec(log_var, (batch,));
        IsotropicNormal {
            mean,
            log_var: log_var.put_tape(T::for_data()),
        }
    }

    summarize!(body, mean);
}

collection!(FixedVariance<Body, Head> { body, mean; scale: 1.0 });
