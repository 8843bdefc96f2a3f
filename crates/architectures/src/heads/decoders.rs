//! Decoders that differ in their likelihood alone: a body, and a linear head for each parameter.

use super::soft_clamp::soft_clamp;
use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Width};
use dfdx::prelude::Dim;
use vae_distributions::{Categorical, ContinuousBernoulli, DiscretizedLogistic, Laplace};
use vae_distributions::{NegativeBinomial, Poisson};
use vae_ops::{Batch, Identity, Real, Record, formula};

/// `Alias, Struct: Distribution { its parameter: from what the head gives, …; what is no tensor: its value };`
macro_rules! decoders {
    ($(
        $(#[$doc:meta])*
        $Alias:ident, $Struct:ident: $Distribution:ident {
            $($parameter:ident: $map:ident),* $(; $constant:ident: $value:expr)?
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
        }

        collection!($Struct<Body, Head> { body, $($parameter),* });

        impl<E, Body, Head> Decoder<E> for $Struct<Body, Head>
        where
            E: Real,
            Body: Layer<E, Input: Width>,
            Head: Layer<E, Input = Body::Output, Output: Width>,
        {
            type Latent = Body::Input;
            type Output = Head::Output;
            type Likelihood<T: Record<E>> = $Distribution<Self::Output, E, T>;

            fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
                let features = self.body.forward(z);
                $Distribution {
                    $($parameter: $map(self.$parameter.forward(features.clone())),)*
                    $($constant: $value,)?
                }
            }

            summarize!(body, $($parameter),*);
        }
    )*};
}

decoders! {
    /// p(x|z) of [`ContinuousBernoulli`] variables, for grey values in \[0, 1\].
    ContinuousBernoulliDecoder, ConditionalContinuousBernoulli:
        ContinuousBernoulli { logits: as_it_is };

    /// p(x|z) = Laplace(μ, b), for real x with outliers; ln b is kept within ±14 as in a [`GaussianDecoder`](crate::GaussianDecoder).
    LaplaceDecoder, ConditionalLaplace: Laplace { loc: as_it_is, scale: exponential };

    /// p(x|z) of 256 grey levels k/255, each a [`DiscretizedLogistic`] variable; ln s is kept within ±14.
    DiscretizedLogisticDecoder, ConditionalDiscretizedLogistic:
        DiscretizedLogistic { loc: as_it_is, log_scale: soft_clamp; levels: 256 };

    /// p(x|z) = Poisson(λ), for counts; ln λ is kept within ±14.
    PoissonDecoder, ConditionalPoisson: Poisson { rate: exponential };

    /// p(x|z) of [`NegativeBinomial`] variables, for counts of a variance above their mean; ln r is kept within ±14.
    NegativeBinomialDecoder, ConditionalNegativeBinomial:
        NegativeBinomial { total_count: exponential, logits: as_it_is };

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
