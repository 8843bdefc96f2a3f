use crate::collection::collection;
use crate::{Decoder, Encoder, LatentModel, Rows};
use vae_ops::{Batch, Gradients, Real, Record};
use vae_priors::Prior;
use vae_reparam::Noise;

/// The variational autoencoder (Kingma & Welling 2014; Rezende et al. 2014) of an encoder, a decoder and a prior.
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu};
/// use vae_architectures::{BernoulliDecoder, GaussianEncoder, LatentModel, Mlp, Vae};
/// use vae_priors::StandardNormal;
/// use vae_reparam::Noise;
///
/// type X = Const<784>;
/// type H = Const<400>;
/// type Z = Const<20>;
/// type Encoder = GaussianEncoder<Mlp<X, H>, Z>;
/// type Decoder = BernoulliDecoder<Mlp<Z, H>, X>;
/// type Model = Vae<Encoder, Decoder, StandardNormal<Z>>;
///
/// let model = Model::build(&Cpu::seed_from_u64(0));
/// let images = model.sample(3, Noise::new(0, "prior"));
/// assert_eq!(images.as_vec().len(), 3 * 784);
/// ```
#[derive(Clone, Debug)]
pub struct Vae<Encoder, Decoder, Prior> {
    /// q(z|x)
    pub encoder: Encoder,
    /// p(x|z)
    pub decoder: Decoder,
    /// p(z)
    pub prior: Prior,
}

impl<E, Q, P, R> LatentModel<E> for Vae<Q, P, R>
where
    E: Real,
    Q: Encoder<E> + Clone + 'static,
    P: Decoder<E, Latent = Q::Latent, Output = Q::Input> + Clone,
    R: Prior<E, Latent = Q::Latent> + Clone,
{
    type Input = Q::Input;
    type Latent = Q::Latent;
    type Posterior<T: Record<E>> = Q::Posterior<T>;
    type Likelihood<T: Record<E>> = P::Likelihood<T>;
    type Prior = R;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        self.encoder.encode(x)
    }

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        self.decoder.decode(z)
    }

    fn prior(&self) -> R {
        self.prior.beside(&self.encoder)
    }

    fn prepared(&self) -> Self {
        Self {
            prior: self.prior().prepared(),
            ..self.clone()
        }
    }

    fn pull_back(&self, shards: &mut [Gradients<E>], noise: Noise) -> Vec<Gradients<E>> {
        self.prior.pull_back(shards, noise)
    }

    fn input(&self) -> Self::Input {
        self.encoder.input()
    }

    fn summarize(&self, rows: &mut Rows) {
        self.encoder.summarize("encoder", rows);
        self.decoder.summarize("decoder", rows);
    }
}

collection!(Vae<Encoder, Decoder, Prior> { encoder, decoder, prior });
