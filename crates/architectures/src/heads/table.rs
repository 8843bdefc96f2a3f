use super::soft_clamp::soft_clamp;
use crate::summary::summarize;
use crate::{Decoder, Layer, Linear, Schema, Width};
use dfdx::prelude::{BroadcastTo, Cpu, Device, Dtype, HasShape, ModuleVisitor};
use dfdx::prelude::{Tensor, TensorCollection, TensorOptions};
use vae_distributions::TableRow;
use vae_ops::{Batch, Identity, Real, Record};

/// p(x|z) of the rows of a table whose columns are of different kinds, a [`TableRow`]: a body, then a linear head for what
/// locates each column, a mean, logits, or the logarithm of a mean. Its [`Schema`] says what the columns are.
///
/// How each numeric or count column spreads is learned, one number for all rows, as in the tables' VAE of Xu et al. (2019,
/// "Modeling tabular data using conditional GAN") and in the counts' of Lopez et al. (2018). A variance per row would
/// let the likelihood of a value that many rows share, such as 0, grow without bound.
pub type TableDecoder<Body, X, E = f32> =
    ConditionalTable<Body, Linear<<Body as Layer<E>>::Output, X, Identity, E>, X, E>;

/// Rows of a table whose parameters are a function of the input.
#[derive(Clone, Debug)]
pub struct ConditionalTable<Body, Head, X: Width, E: Dtype = f32, D: Device<E> = Cpu> {
    /// What the head looks at.
    pub body: Body,
    /// To η of a [`TableRow`].
    pub location: Head,
    /// ω of a [`TableRow`] for each column, shape (X,): ln σ², or −ln r. It starts at 0, and is used within ±14. That of a
    /// class does nothing.
    pub log_spread: Tensor<(X,), E, D>,
    /// What the columns are.
    pub schema: Schema,
}

impl<E, Body, Head, X> Decoder<E> for ConditionalTable<Body, Head, X, E>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output = X>,
    X: Width,
    Cpu: Device<E>,
{
    type Latent = Body::Input;
    type Output = X;
    type Likelihood<T: Record<E>> = TableRow<X, E, T>;

    /// # Panics
    /// If the schema is not of X numbers, or the model was not built by [`Schema::build`].
    fn decode<T: Record<E>>(&self, z: Batch<Self::Latent, E, T>) -> Self::Likelihood<T> {
        assert!(
            !self.schema.columns().is_empty(),
            "a model with a table is built by `Schema::of(columns).build(&device)`"
        );
        let location = self.location.forward(self.body.forward(z));
        let log_spread =
            soft_clamp(self.log_spread.retaped::<T>()).broadcast_like(location.shape());
        TableRow::new(self.schema.columns(), location, log_spread)
    }

    summarize!(body, location);
}

impl<E, D, Body, Head, X> TensorCollection<E, D> for ConditionalTable<Body, Head, X, E, D>
where
    E: Dtype,
    D: Device<E>,
    Body: TensorCollection<E, D>,
    Head: TensorCollection<E, D>,
    X: Width,
{
    type To<E2: Dtype, D2: Device<E2>> =
        ConditionalTable<Body::To<E2, D2>, Head::To<E2, D2>, X, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let zero = TensorOptions::reset_to_zeros();
        visitor.visit_fields(
            (
                Self::module("body", |s| &s.body, |s| &mut s.body),
                Self::module("location", |s| &s.location, |s| &mut s.location),
                Self::tensor("log_spread", |s| &s.log_spread, |s| &mut s.log_spread, zero),
            ),
            |(body, location, log_spread)| ConditionalTable {
                body,
                location,
                log_spread,
                schema: Schema::default(),
            },
        )
    }
}
