use crate::gradients::address;
use crate::{Batch, PerExample, Real, Record, as_slice};
use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, ReshapeTo, SplitTape, Tensor, TensorFromVec};

/// The row of a table that each example's class names: yₙ = table\[kₙ\], with the classes counted from 0.
///
/// Shapes: `index` k (B,), `table` (K, W), result (B, W). The gradient of a row is the sum of those of the examples that
/// name it; the index has none.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::embedding;
///
/// let device = Cpu::default();
/// let table = device.tensor([[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let y = embedding(device.tensor_from_vec(vec![2.0, 0.0], (2,)), table);
/// assert_eq!(y.as_vec(), [5.0, 6.0, 1.0, 2.0]);
/// ```
///
/// # Panics
/// If an index is none of 0, 1, …, K − 1.
pub fn embedding<K: Dim, W: Dim, E: Real, T: Record<E>>(
    index: PerExample<E, T>,
    table: Tensor<(K, W), E, Cpu, T>,
) -> Batch<W, E, T> {
    let (index, index_tape) = index.contiguous().split_tape();
    let (table, table_tape) = table.contiguous().split_tape();
    let mut tape = index_tape.merge(table_tape);
    let (k, w) = *table.shape();
    let rows = classes(as_slice(&index), k.size());
    let width = w.size();
    let mut out = Vec::with_capacity(rows.len() * width);
    for row in &rows {
        out.extend_from_slice(&as_slice(&table)[row * width..][..width]);
    }
    let y = table.device().tensor_from_vec(out, (rows.len(), w));

    if T::OWNS_TAPE {
        let (table_ghost, y_ghost) = (table.ghost(), y.ghost());
        tape.record(&[address(&table)], move |gradients| {
            let grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            let slot = gradients.slots.get_or_alloc_mut(&table_ghost)?;
            add_rows(slot, &grad, &rows, width);
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// 1 in the column that each example's class names, else 0: yₙⱼ = \[kₙ = j\], with the classes counted from 0.
///
/// Shapes: `index` k (B,), result (B, K). There is no gradient.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{one_hot, Batch};
///
/// let y: Batch<Const<3>> = one_hot(Cpu::default().tensor_from_vec(vec![2.0, 0.0], (2,)), Const);
/// assert_eq!(y.as_vec(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// ```
///
/// # Panics
/// If an index is none of 0, 1, …, K − 1.
pub fn one_hot<K: Dim, E: Real, T: Record<E>>(
    index: PerExample<E, T>,
    classes: K,
) -> Batch<K, E, T> {
    let (index, tape) = index.contiguous().split_tape();
    let columns = self::classes(as_slice(&index), classes.size());
    let mut out = vec![E::zero(); columns.len() * classes.size()];
    for (row, column) in columns.iter().enumerate() {
        out[row * classes.size() + column] = E::one();
    }
    let shape = (columns.len(), classes);
    index.device().tensor_from_vec(out, shape).put_tape(tape)
}

/// The indices as whole numbers.
fn classes<E: Real>(index: &[E], count: usize) -> Vec<usize> {
    let class = |(example, class): (usize, &E)| {
        let class = class.as_f64();
        assert!(
            class >= 0.0 && class < count as f64 && class.fract() == 0.0,
            "example {example} is of class {class}, but the {count} classes are 0, 1, 2, … in order"
        );
        class as usize
    };
    index.iter().enumerate().map(class).collect()
}

/// Adds row n of `grad` to row rowsₙ of `sum`.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_rows<E: Real>(sum: &mut [E], grad: &[E], rows: &[usize], width: usize) {
    for (grad, row) in grad.chunks_exact(width.max(1)).zip(rows) {
        let sum = &mut sum[row * width..][..width];
        sum.iter_mut().zip(grad).for_each(|(s, g)| *s += *g);
    }
}
