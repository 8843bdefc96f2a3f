use crate::{Decoder, Encoder, LatentModel};
use dfdx::prelude::{Device, Dtype, ModuleVisitor, TensorCollection};
use vae_distributions::Normal;
use vae_ops::{Batch, Real, Record};
use vae_priors::Prior;

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
    Q: Encoder<E>,
    P: Decoder<E, Latent = Q::Latent, Output = Q::Input>,
    R: Prior<E, Latent = Q::Latent>,
{
    type Input = Q::Input;
    type Latent = Q::Latent;
    type Likelihood<T: Record<E>> = P::Likelihood<T>;
    type Prior = R;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Normal<Self::Latent, E, T> {
        self.encoder.encode(x)
    }

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        self.decoder.decode(z)
    }

    fn prior(&self) -> &R {
        &self.prior
    }
}

impl<E, D, Q, P, R> TensorCollection<E, D> for Vae<Q, P, R>
where
    E: Dtype,
    D: Device<E>,
    Q: TensorCollection<E, D>,
    P: TensorCollection<E, D>,
    R: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = Vae<Q::To<E2, D2>, P::To<E2, D2>, R::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("encoder", |s| &s.encoder, |s| &mut s.encoder),
                Self::module("decoder", |s| &s.decoder, |s| &mut s.decoder),
                Self::module("prior", |s| &s.prior, |s| &mut s.prior),
            ),
            |(encoder, decoder, prior)| Vae {
                encoder,
                decoder,
                prior,
            },
        )
    }
}
