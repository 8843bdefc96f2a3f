use crate::Columns;
use dfdx::prelude::{BuildModule, Cpu};
use std::cell::RefCell;
use std::sync::Arc;
use vae_distributions::Column;

/// What the columns of a table hold, known when the program runs. A [`TableDecoder`](crate::TableDecoder) gets it when its model
/// is built, by [`build`](Self::build).
///
/// ```
/// use dfdx::prelude::{Const, Cpu, TensorFromVec};
/// use vae_architectures::{Columns, GaussianEncoder, LatentModel, Mlp, Schema, TableDecoder, Vae};
/// use vae_distributions::Column;
/// use vae_priors::StandardNormal;
///
/// type Encoder = GaussianEncoder<Mlp<Columns, Const<8>>, Const<2>>;
/// type Decoder = TableDecoder<Mlp<Const<2>, Const<8>>, Columns>;
/// type Model = Vae<Encoder, Decoder, StandardNormal<Const<2>>>;
///
/// let schema = Schema::of([Column::Numeric, Column::Categorical(3), Column::Count]);
/// let model: Model = schema.build(&Cpu::seed_from_u64(0));
/// let row = vec![0.7, 0.0, 1.0, 0.0, 12.0];
/// let x = Cpu::default().tensor_from_vec(row, (1, Columns::of(schema.width())));
/// let classes: f32 = model.reconstruct(x).as_vec()[1..4].iter().sum();
/// assert!((classes - 1.0).abs() < 1e-6);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema(Arc<[Column]>);

thread_local! {
    /// That of the model being built.
    static BUILDING: RefCell<Option<Schema>> = const { RefCell::new(None) };
}

impl Schema {
    /// Of these columns, in order.
    pub fn of(columns: impl Into<Arc<[Column]>>) -> Self {
        Self(columns.into())
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.0
    }

    /// How many numbers a row has.
    pub fn width(&self) -> usize {
        self.0.iter().map(|column| column.width()).sum()
    }

    /// Builds a model whose tables have these columns, and in whose type every [`Columns`] means their width.
    pub fn build<M: BuildModule<Cpu, f32>>(&self, device: &Cpu) -> M {
        let outer = BUILDING.replace(Some(self.clone()));
        let model = Columns::of(self.width()).build(device);
        BUILDING.set(outer);
        model
    }
}

impl Default for Schema {
    /// That of the model being built; of no columns, if there is none.
    fn default() -> Self {
        BUILDING.with_borrow(|schema| schema.clone().unwrap_or_else(|| Self::of([])))
    }
}
