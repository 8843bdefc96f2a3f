use crate::collection::collection;
use crate::summary::summarize;
use crate::{Decoder, ElementHead, Layer, MatrixHead, Width};
use vae_distributions::PixelCategorical;
use vae_ops::{Batch, Real, Record};

/// p(x|z) of L levels k/(L − 1), each element a [`PixelCategorical`] variable, `L` = `Const<256>` for 8-bit images: a body, then a
/// linear head for L logits of each element. The head has L times the weights of another decoder's; for images, a
/// [`ChannelHead`](crate::ChannelHead) has few.
pub type PixelCategoricalDecoder<Body, X, L, E = f32> =
    ConditionalPixelCategorical<Body, MatrixHead<<Body as Layer<E>>::Output, X, L, E>>;

/// Categorical variables over levels, their logits a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalPixelCategorical<Body, Head> {
    /// What the head looks at.
    pub body: Body,
    /// To the logits.
    pub logits: Head,
}

collection!(ConditionalPixelCategorical<Body, Head> { body, logits });

impl<E, Body, Head> Decoder<E> for ConditionalPixelCategorical<Body, Head>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: ElementHead<E, Input = Body::Output>,
{
    type Latent = Body::Input;
    type Output = Head::Elements;
    type Likelihood<T: Record<E>> = PixelCategorical<Self::Output, Head::Numbers, E, T>;

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        PixelCategorical {
            logits: self.logits.forward(self.body.forward(z)),
        }
    }

    summarize!(body, logits);
}
