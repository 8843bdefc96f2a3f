//! Decoders that differ in their likelihood alone: a body, and a linear head for each parameter.

use super::soft_clamp::soft_clamp;
use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Width};
use dfdx::prelude::Dim;
use vae_distributions::{Beta, Categorical, ContinuousBernoulli, DiscretizedLogistic, Laplace};
use vae_distributions::{NegativeBinomial, Poisson, StudentT, ZeroInflated};
use vae_ops::{Batch, Identity, Real, Record, formula};

/// `Alias, Struct: Distribution { its parameter: from what the head gives, …; what is no tensor: its value };`, and before
/// the brace closes, `=> field: Distribution { … }` for one that it is made of.
macro_rules! decoders {
    ($(
        $(#[$doc:meta])*
        $Alias:ident, $Struct:ident: $Distribution:ident {
            $($parameter:ident: $map:ident),* $(; $constant:ident: $value:expr)?
            $(=> $inner:ident: $Inner:ident { $($of_inner:ident: $map_inner:ident),* })?
        };
    )*) => {$(
        $(#[$doc])*
        pub type $Alias<Body, X, E = f32> =
            $Struct<Body, Linear<<Body as Layer<E>>::Output, X, Identity, E>>;

        #[doc = concat!("[`", stringify!($Distribution), "`] variables whose parameters are a function of the input.")]
        #[derive(Clone, Debug)]
        pub struct $Struct<Body, Head> {
            /// What all heads look at.
            pub body: Body,
            $(
                #[doc = concat!("To the parameter `", stringify!($parameter), "` of a [`", stringify!($Distribution), "`].")]
                pub $parameter: Head,
            )*
            $($(
                #[doc = concat!("To the parameter `", stringify!($of_inner), "` of a [`", stringify!($Inner), "`].")]
                pub $of_inner: Head,
            )*)?
        }

        collection!($Struct<Body, Head> { body, $($parameter),* $($(, $of_inner)*)? });

        impl<E, Body, Head> Decoder<E> for $Struct<Body, Head>
        where
            E: Real,
            Body: Layer<E, Input: Width>,
            Head: Layer<E, Input = Body::Output, Output: Width>,
        {
            type Latent = Body::Input;
            type Output = Head::Output;
            type Likelihood<T: Record<E>> =
                $Distribution<$($Inner<Self::Output, E, T>,)? Self::Output, E, T>;

            fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
                let features = self.body.forward(z);
                $Distribution {
                    $($parameter: $map(self.$parameter.forward(features.clone())),)*
                    $($constant: $value,)?
                    $($inner: $Inner {
                        $($of_inner: $map_inner(self.$of_inner.forward(features.clone())),)*
                    },)?
                }
            }

            summarize!(body, $($parameter),* $($(, $of_inner)*)?);
        }
    )*};
}

decoders! {
    /// p(x|z) of [`ContinuousBernoulli`] variables, for grey values in \[0, 1\].
    ContinuousBernoulliDecoder, ConditionalContinuousBernoulli:
        ContinuousBernoulli { logits: as_it_is };

    /// p(x|z) = Laplace(μ, b), for real x with outliers; ln b is kept within ±14 as in a [`GaussianDecoder`](crate::GaussianDecoder).
    LaplaceDecoder, ConditionalLaplace: Laplace { loc: as_it_is, scale: exponential };

    /// p(x|z) of [`StudentT`] variables, for real x with gross outliers; ν = 2 + eᵃ, so that there is a variance, ln s and a
    /// are kept within ±14.
    StudentTDecoder, ConditionalStudentT:
        StudentT { df: above_two, loc: as_it_is, scale: exponential };

    /// p(x|z) of [`Beta`] variables, for proportions 0 < x < 1; ln α and ln β are kept within ±14. At x = 0 and x = 1, which
    /// grey values may be, the density is 0: move these inside first, or use a [`ContinuousBernoulliDecoder`].
    BetaDecoder, ConditionalBeta:
        Beta { concentration1: exponential, concentration0: exponential };

    /// p(x|z) of 256 grey levels k/255, each a [`DiscretizedLogistic`] variable; ln s is kept within ±14.
    DiscretizedLogisticDecoder, ConditionalDiscretizedLogistic:
        DiscretizedLogistic { loc: as_it_is, log_scale: soft_clamp; levels: 256 };

    /// p(x|z) = Poisson(λ), for counts; ln λ is kept within ±14.
    PoissonDecoder, ConditionalPoisson: Poisson { rate: exponential };

    /// p(x|z) of [`NegativeBinomial`] variables, for counts of a variance above their mean; ln r is kept within ±14.
    NegativeBinomialDecoder, ConditionalNegativeBinomial:
        NegativeBinomial { total_count: exponential, logits: as_it_is };

    /// p(x|z) = Poisson(λ) with additional zeros: [`ZeroInflated`]; ln λ is kept within ±14.
    ZeroInflatedPoissonDecoder, ConditionalZeroInflatedPoisson:
        ZeroInflated { gate: as_it_is => counts: Poisson { rate: exponential } };

    /// p(x|z) of [`NegativeBinomial`] variables with additional zeros, as of gene expression (Lopez et al. 2018): [`ZeroInflated`];
    /// ln r is kept within ±14.
    ZeroInflatedNegativeBinomialDecoder, ConditionalZeroInflatedNegativeBinomial:
        ZeroInflated {
            gate: as_it_is => counts: NegativeBinomial { total_count: exponential, logits: as_it_is }
        };

    /// p(x|z) of one class out of as many as x is wide, one-hot: [`Categorical`].
    CategoricalDecoder, ConditionalCategorical: Categorical { logits: as_it_is };
}

fn as_it_is<N: Dim, E: Real, T: Record<E>>(x: Batch<N, E, T>) -> Batch<N, E, T> {
    x
}

/// eˣ, for parameters that have to be positive.
fn exponential<N: Dim, E: Real, T: Record<E>>(x: Batch<N, E, T>) -> Batch<N, E, T> {
    formula([soft_clamp(x)], |[x]| x.exp())
}

/// 2 + eˣ
fn above_two<N: Dim, E: Real, T: Record<E>>(x: Batch<N, E, T>) -> Batch<N, E, T> {
    formula([exponential(x)], |[x]| 2.0 + x)
}
