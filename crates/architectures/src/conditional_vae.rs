use crate::collection::collection;
use crate::{Conditioning, Decoder, Encoder, LatentModel, Rows};
use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, TensorFromVec};
use vae_ops::{Batch, Real, Record, repeat};
use vae_priors::Prior;

/// An encoder or decoder that also sees a side input, brought in by `join`.
#[derive(Clone, Debug)]
pub struct Conditioned<Join, Coder> {
    /// (x, c) ↦ what the coder takes.
    pub join: Join,
    /// The encoder or decoder.
    pub coder: Coder,
}

collection!(Conditioned<Join, Coder> { join, coder });

/// The conditional VAE (Sohn, Lee & Yan 2015; Kingma et al. 2014, M2 with labels): p(x, z|c) = p(z) p(x|z, c) and q(z|x, c) for
/// a class, or any other side input c of an example.
///
/// It is a [`LatentModel`] of a batch once it is [`given`](LatentModel::given) the side input of its examples, one row for each. In a batch of codes
/// with K rows for each row of side input, row b·K + k belongs to side input b.
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu, HasShape};
/// use vae_architectures::*;
/// use vae_priors::StandardNormal;
/// use vae_reparam::Noise;
///
/// type X = Const<784>;
/// type C = Const<10>; // a digit, one-hot
/// type Z = Const<8>;
/// type H = Const<64>;
/// type Encoder = Conditioned<Concat<X, C, Const<794>>, GaussianEncoder<Mlp<Const<794>, H>, Z>>;
/// type Decoder = Conditioned<Film<Mlp<Z, H>, Linear<C, H>>, BernoulliDecoder<Mlp<H, H>, X>>;
///
/// let model = ConditionalVae::<Encoder, Decoder, StandardNormal<Z>>::build(&Cpu::seed_from_u64(0));
/// let mut three = [0.0; 10];
/// three[3] = 1.0;
/// let threes = model.given(&three).sample(5, Noise::new(0, "prior"));
/// assert_eq!(threes.shape(), &(5, Const));
/// ```
#[derive(Clone, Debug)]
pub struct ConditionalVae<Encoder, Decoder, Prior> {
    /// q(z|x, c)
    pub encoder: Encoder,
    /// p(x|z, c)
    pub decoder: Decoder,
    /// p(z)
    pub prior: Prior,
    /// c of each example, exact in `f64`.
    side: Vec<f64>,
}

collection!(ConditionalVae<Encoder, Decoder, Prior> { encoder, decoder, prior; side: Vec::new() });

impl<Q, P, R> ConditionalVae<Q, P, R> {
    /// c of as many examples.
    fn side<C: crate::Width, E: Real, T: Record<E>>(&self, examples: usize) -> Batch<C, E, T> {
        assert!(
            !self.side.is_empty(),
            "a conditional model is given its side input before use"
        );
        let width = C::default();
        let rows = self.side.len() / width.size();
        assert!(
            examples.is_multiple_of(rows),
            "{examples} examples with the side input of {rows}"
        );
        let side = self.side.iter().map(|c| E::of(*c)).collect();
        let side: Batch<C, E> = Cpu::default().tensor_from_vec(side, (rows, width));
        repeat(side, examples / rows).put_tape(T::for_data())
    }
}

impl<E, Q, P, R, J, K> LatentModel<E> for ConditionalVae<Conditioned<J, Q>, Conditioned<K, P>, R>
where
    E: Real,
    J: Conditioning<E> + Clone,
    Q: Encoder<E, Input = J::Output> + Clone,
    K: Conditioning<E, Input = Q::Latent, Side = J::Side> + Clone,
    P: Decoder<E, Latent = K::Output, Output = J::Input> + Clone,
    R: Prior<E, Latent = Q::Latent> + Clone,
{
    type Input = J::Input;
    type Latent = Q::Latent;
    type Posterior<T: Record<E>> = Q::Posterior<T>;
    type Likelihood<T: Record<E>> = P::Likelihood<T>;
    type Prior = R;

    fn encode<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Self::Posterior<T> {
        let side = self.side(x.shape().0);
        self.encoder.coder.encode(self.encoder.join.join(x, side))
    }

    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        let side = self.side(z.shape().0);
        self.decoder.coder.decode(self.decoder.join.join(z, side))
    }

    fn prior(&self) -> R {
        self.prior.clone()
    }

    fn summarize(&self, rows: &mut Rows) {
        self.encoder.join.summarize("encoder.join", rows);
        self.encoder.coder.summarize("encoder.coder", rows);
        self.decoder.join.summarize("decoder.join", rows);
        self.decoder.coder.summarize("decoder.coder", rows);
    }

    fn side_width(&self) -> usize {
        J::Side::default().size()
    }

    fn given(&self, side: &[E]) -> Self {
        let width = self.side_width();
        assert!(
            side.len().is_multiple_of(width),
            "a side input of {} numbers in rows of {width}",
            side.len()
        );
        Self {
            side: side.iter().map(|c| c.as_f64()).collect(),
            ..self.clone()
        }
    }
}
