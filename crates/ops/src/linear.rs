use crate::gradients::address;
use crate::matmul::{Matrix, add_product, set_product};
use crate::{Activation, Batch, Gradients, Identity, Real, Record, activate, as_slice, fuse};
use dfdx::prelude::{
    Cpu, CpuError, Dim, HasShape, PutTape, ReshapeTo, SplitTape, Tensor, TensorFromVec,
};

/// y = f(x Wᵀ + b), with the activation `f` fused.
///
/// Shapes: `x` (B, I), `weight` (O, I), `bias` (O,), result (B, O). The gradient of `x` is computed only if its tape
/// [wants](Record::wants_gradient) it, so a first layer fed with data skips a whole matrix product.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{linear, Batch, Relu};
///
/// let device = Cpu::default();
/// let x: Batch<Const<2>> = device.tensor_from_vec(vec![1.0, 2.0], (1, Const));
/// let weight = device.tensor([[1.0, 1.0], [-1.0, 0.0], [0.0, 2.0]]);
/// let y: Batch<Const<3>> = linear(x, weight, device.tensor([0.5, 0.0, 0.0]), Relu);
/// assert_eq!(y.as_vec(), [3.5, 0.0, 4.0]);
/// ```
pub fn linear<I: Dim, O: Dim, E: Real, T: Record<E>, F: Activation>(
    x: Batch<I, E, T>,
    weight: Tensor<(O, I), E, Cpu, T>,
    bias: Tensor<(O,), E, Cpu, T>,
    activation: F,
) -> Batch<O, E, T> {
    if F::FROM_INPUT {
        return activate(linear(x, weight, bias, Identity), activation);
    }
    let (affine, mut tape) = Affine::new(x, weight, bias);
    let mut out = affine.value();
    fuse::activate::<E, F>(&mut out);
    let y = affine.tensor(out);

    if T::OWNS_TAPE {
        let (y_ghost, y_kept) = (y.ghost(), y.clone());
        tape.record(&affine.addresses(), move |gradients| {
            let mut grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            fuse::chain::<E, F>(&mut grad, as_slice(&y_kept));
            affine.back(gradients, grad)
        });
    }
    y.put_tape(tape)
}

/// From this many elements on, a gradient is too large for the second-level cache.
const DEFER: usize = 1 << 16;

/// x Wᵀ + b, off the tape.
pub(crate) struct Affine<I: Dim, O: Dim, E: Real> {
    x: Batch<I, E>,
    weight: Tensor<(O, I), E, Cpu>,
    bias: Tensor<(O,), E, Cpu>,
    wants_x: bool,
    /// Whether the gradient of the weight is left as a product: it is large, and a parameter's, so that nothing but an
    /// optimizer will look at it.
    deferred: bool,
}

impl<I: Dim, O: Dim, E: Real> Affine<I, O, E> {
    pub(crate) fn new<T: Record<E>>(
        x: Batch<I, E, T>,
        weight: Tensor<(O, I), E, Cpu, T>,
        bias: Tensor<(O,), E, Cpu, T>,
    ) -> (Self, T) {
        let (x, x_tape) = x.contiguous().split_tape();
        let (weight, weight_tape) = weight.contiguous().split_tape();
        let (bias, bias_tape) = bias.contiguous().split_tape();
        let deferred = weight_tape.is_leaf() && as_slice(&weight).len() >= DEFER;
        let affine = Self {
            x,
            weight,
            bias,
            wants_x: x_tape.wants_gradient(),
            deferred,
        };
        (affine, x_tape.merge(weight_tape).merge(bias_tape))
    }

    /// (batch, inputs, outputs)
    fn sizes(&self) -> (usize, usize, usize) {
        let (batch, inputs) = self.x.shape();
        (*batch, inputs.size(), self.weight.shape().0.size())
    }

    pub(crate) fn value(&self) -> Vec<E> {
        let (batch, inputs, outputs) = self.sizes();
        let mut out = as_slice(&self.bias).repeat(batch);
        add_product(
            &mut out,
            Matrix::new(as_slice(&self.x), batch, inputs),
            Matrix::new(as_slice(&self.weight), outputs, inputs).transposed(),
        );
        out
    }

    pub(crate) fn tensor(&self, value: Vec<E>) -> Batch<O, E> {
        let shape = (self.x.shape().0, self.weight.shape().0);
        self.x.device().tensor_from_vec(value, shape)
    }

    pub(crate) fn addresses(&self) -> Vec<usize> {
        let mut addresses = vec![address(&self.x), address(&self.bias)];
        if !self.deferred {
            addresses.push(address(&self.weight));
        }
        addresses
    }

    /// Adds its share to the gradients of x, W and b, given the gradient of x Wᵀ + b.
    pub(crate) fn back(&self, gradients: &mut Gradients<E>, grad: Vec<E>) -> Result<(), CpuError> {
        let (batch, inputs, outputs) = self.sizes();
        let few = few_rows(&grad, outputs);
        let (batch, x, grad) = match &few {
            None => (batch, self.x.clone(), grad),
            Some(rows) => (rows.len(), self.rows(rows), gather(&grad, outputs, rows)),
        };
        if batch == 0 {
            return Ok(());
        }
        let slots = &mut gradients.slots;
        add_columns(&mut slots.get_or_alloc_mut(&self.bias)?[..], &grad);
        let of_rows = Matrix::new(&grad, batch, outputs);
        if self.wants_x {
            let weight = Matrix::new(as_slice(&self.weight), outputs, inputs);
            let slot = slots.get_or_alloc_mut(&self.x)?;
            match &few {
                None => add_product(slot, of_rows, weight),
                Some(rows) => {
                    let mut part = vec![E::zero(); batch * inputs];
                    set_product(&mut part, of_rows, weight);
                    for (row, part) in rows.iter().zip(part.chunks(inputs.max(1))) {
                        add_columns(&mut slot[row * inputs..][..inputs], part);
                    }
                }
            }
        }
        if self.deferred {
            gradients.add_product(address(&self.weight), grad, x);
        } else {
            let x = Matrix::new(as_slice(&x), batch, inputs);
            let slot = slots.get_or_alloc_mut(&self.weight)?;
            add_product(slot, of_rows.transposed(), x);
        }
        Ok(())
    }

    /// Some of the rows of x.
    fn rows(&self, rows: &[usize]) -> Batch<I, E> {
        let width = self.x.shape().1;
        let x = gather(as_slice(&self.x), width.size(), rows);
        self.x.device().tensor_from_vec(x, (rows.len(), width))
    }
}

/// Which rows are not 0 all along, if most are: then those are worth leaving out, as the samples that a bound does not count.
fn few_rows<E: Real>(grad: &[E], width: usize) -> Option<Vec<usize>> {
    let batch = grad.len() / width.max(1);
    let rows = grad.chunks_exact(width.max(1)).enumerate();
    let mut rows = rows.filter(|(_, row)| row.iter().any(|g| *g != E::zero()));
    let few: Vec<usize> = rows.by_ref().map(|(i, _)| i).take(batch / 2 + 1).collect();
    (few.len() <= batch / 2).then_some(few)
}

/// Some of the rows.
fn gather<E: Real>(matrix: &[E], width: usize, rows: &[usize]) -> Vec<E> {
    let rows = rows.iter().map(|row| &matrix[row * width..][..width]);
    rows.flatten().copied().collect()
}

/// Adds every row of `rows` to `sum`.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_columns<E: Real>(sum: &mut [E], rows: &[E]) {
    for row in rows.chunks_exact(sum.len().max(1)) {
        sum.iter_mut().zip(row).for_each(|(s, x)| *s += *x);
    }
}
