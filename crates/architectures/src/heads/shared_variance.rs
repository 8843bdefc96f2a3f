use super::soft_clamp::soft_clamp;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Width};
use dfdx::prelude::{BroadcastTo, Const, Cpu, Device, Dtype, HasShape, ModuleVisitor, ReshapeTo};
use dfdx::prelude::{Tensor, TensorCollection, TensorOptions};
use vae_distributions::IsotropicNormal;
use vae_ops::{Batch, Identity, Real, Record};

/// p(x|z) = N(μ(z), σ² I) with one σ for all elements of all examples, learned with the model, for real-valued x (Rybkin,
/// Daniilidis & Levine 2021, "shared σ-VAE"): a body, then a linear head for μ.
pub type SharedVarianceDecoder<Body, X, E = f32> =
    SharedVariance<Body, Linear<<Body as Layer<E>>::Output, X, Identity, E>, E>;

/// A normal distribution of one learned variance whose mean is a function of the input.
#[derive(Clone, Debug)]
pub struct SharedVariance<Body, Head, E: Dtype = f32, D: Device<E> = Cpu> {
    /// What the head looks at.
    pub body: Body,
    /// To μ.
    pub mean: Head,
    /// ln σ², shape (1,), which starts at 0; it is used within ±14 as that of a [`ConditionalNormal`](crate::ConditionalNormal)
    /// is.
    pub log_var: Tensor<(Const<1>,), E, D>,
}

impl<E, Body, Head> Decoder<E> for SharedVariance<Body, Head, E>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
    Cpu: Device<E>,
{
    type Latent = Body::Input;
    type Output = Head::Output;
    type Likelihood<T: Record<E>> = IsotropicNormal<Self::Output, E, T>;

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        let mean = self.mean.forward(self.body.forward(z));
        let log_var = soft_clamp(self.log_var.retaped::<T>()).reshape_like(&());
        IsotropicNormal {
            log_var: log_var.broadcast_like(&(mean.shape().0,)),
            mean,
        }
    }

    summarize!(body, mean);
}

impl<E, D, Body, Head> TensorCollection<E, D> for SharedVariance<Body, Head, E, D>
where
    E: Dtype,
    D: Device<E>,
    Body: TensorCollection<E, D>,
    Head: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = SharedVariance<Body::To<E2, D2>, Head::To<E2, D2>, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let zero = TensorOptions::reset_to_zeros();
        visitor.visit_fields(
            (
                Self::module("body", |s| &s.body, |s| &mut s.body),
                Self::module("mean", |s| &s.mean, |s| &mut s.mean),
                Self::tensor("log_var", |s| &s.log_var, |s| &mut s.log_var, zero),
            ),
            |(body, mean, log_var)| SharedVariance {
                body,
                mean,
                log_var,
            },
        )
    }
}
