use crate::without_parameters::without_parameters;
use crate::{Event, EventBatch, Layer};
use std::marker::PhantomData;
use vae_ops::{Real, Record};

/// y = x: the body of an encoder or a decoder that is linear, as in probabilistic PCA (Tipping & Bishop 1999).
///
/// ```
/// use dfdx::prelude::Const;
/// use vae_architectures::{GaussianDecoder, GaussianEncoder, Unchanged, Vae};
/// use vae_priors::StandardNormal;
///
/// type X = Const<10>;
/// type Z = Const<2>;
/// type LinearVae =
///     Vae<GaussianEncoder<Unchanged<X>, Z>, GaussianDecoder<Unchanged<Z>, X>, StandardNormal<Z>>;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Unchanged<V>(PhantomData<V>);

impl<V: Event, E: Real> Layer<E> for Unchanged<V> {
    type Input = V;
    type Output = V;

    fn forward<T: Record<E>>(&self, x: EventBatch<V, E, T>) -> EventBatch<V, E, T> {
        x
    }
}

without_parameters!([V: Event] Unchanged<V>);
