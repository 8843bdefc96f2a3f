use crate::matmul::{Matrix, add_product, set_product};
use crate::norm::Observed;
use crate::{Batch, Real, as_slice};
use dfdx::prelude::{Cpu, HasShape, ReshapeTo, Shape, Tensor, TensorFromVec, Unit};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The gradients of one loss: what [`backward`](crate::backward) returns and an [`Optimizer`](crate::Optimizer) takes.
///
/// The gradient of a weight matrix is a product of two much smaller matrices. It is kept as these, and multiplied out
/// where it is used: [`Optimizer::update`](crate::Optimizer::update) does so a few rows at a time, which go straight
/// into the step and never to memory.
///
/// Those of `dfdx` itself can be used as well: `loss.backward().into()`.
#[derive(Clone, Debug)]
pub struct Gradients<E: Unit = f32> {
    /// Gradients that are summed up element by element.
    pub(crate) slots: dfdx::prelude::Gradients<E, Cpu>,
    /// Which parameters may have a slot: `dfdx` does not tell.
    written: Written,
    /// Of parameters, by address. A parameter outlives the gradients of a step, so its address is its own.
    products: BTreeMap<usize, Vec<Product<E>>>,
    /// What running averages are updated with.
    pub(crate) observed: Observed<E>,
}

#[derive(Clone, Debug)]
enum Written {
    /// Those at these addresses.
    At(BTreeSet<usize>),
    /// An operation of `dfdx` was recorded, which does not say where it adds to.
    Anywhere,
}

/// The summand lhsᵀ · rhs of the gradient of a weight (O, I).
#[derive(Clone, Debug)]
struct Product<E: Unit> {
    /// (B, O)
    lhs: Vec<E>,
    /// (B, I)
    rhs: Batch<usize, E>,
}

/// Where a tensor lies.
pub(crate) fn address<S: Shape, E: Unit, T>(tensor: &Tensor<S, E, Cpu, T>) -> usize {
    as_slice(tensor).as_ptr().addr()
}

impl<E: Unit> Gradients<E> {
    /// None yet, of a loss with this weight; operations will add to the slots of the tensors at these addresses, or to
    /// any.
    pub(crate) fn new(addresses: Option<BTreeSet<usize>>, weight: f64) -> Self {
        Self {
            slots: dfdx::prelude::Gradients::leaky(),
            written: addresses.map_or(Written::Anywhere, Written::At),
            products: BTreeMap::new(),
            observed: Observed::new(weight),
        }
    }

    fn has_slot(&self, address: usize) -> bool {
        match &self.written {
            Written::At(addresses) => addresses.contains(&address),
            Written::Anywhere => true,
        }
    }
}

impl<E: Real> Gradients<E> {
    /// What running averages are updated with, and no gradient.
    pub(crate) fn observed_only(&self) -> Self {
        Self {
            observed: self.observed.clone(),
            ..Self::new(Some(BTreeSet::new()), 0.0)
        }
    }

    /// The gradient with respect to a parameter; 0 if the loss does not depend on it.
    pub fn get<S: Shape, T>(&self, parameter: &Tensor<S, E, Cpu, T>) -> Tensor<S, E, Cpu> {
        let parameter = parameter.retaped::<dfdx::prelude::NoneTape>();
        let sum = Self::sum(&mut [self.clone()], &parameter);
        Tensor::device(&parameter).tensor_from_vec(sum, *parameter.shape())
    }

    /// The gradient of a parameter in all `shards` together.
    pub fn sum<S: Shape>(shards: &mut [Self], parameter: &Tensor<S, E, Cpu>) -> Vec<E> {
        let mut sum = Vec::new();
        GradientSum::of(parameter, shards).fill(0..parameter.shape().num_elements(), &mut sum);
        sum
    }

    /// Adds to the gradient of a parameter, for one that was worked out elsewhere.
    ///
    /// # Panics
    /// If `gradient` is not of its size.
    pub fn add<S: Shape>(&mut self, parameter: &Tensor<S, E, Cpu>, gradient: &[E]) {
        if let Written::At(addresses) = &mut self.written {
            addresses.insert(address(parameter));
        }
        let slot = self.slots.get_or_alloc_mut(parameter);
        let slot = slot.expect("memory for gradients");
        assert_eq!(slot.len(), gradient.len(), "a gradient of another size");
        slot.iter_mut().zip(gradient).for_each(|(s, g)| *s += *g);
    }

    /// Adds lhsᵀ · rhs to the gradient of the weight at an address.
    pub(crate) fn add_product<I: dfdx::prelude::Dim>(
        &mut self,
        weight: usize,
        lhs: Vec<E>,
        rhs: Batch<I, E>,
    ) {
        let shape = (rhs.shape().0, rhs.shape().1.size());
        let rhs = rhs.reshape_like(&shape);
        let products = self.products.entry(weight).or_default();
        products.push(Product { lhs, rhs });
    }
}

impl<E: Unit> From<dfdx::prelude::Gradients<E, Cpu>> for Gradients<E> {
    fn from(slots: dfdx::prelude::Gradients<E, Cpu>) -> Self {
        Self {
            slots,
            written: Written::Anywhere,
            products: BTreeMap::new(),
            observed: Observed::new(1.0),
        }
    }
}

/// The gradient of one parameter, summed over the shards of a batch: the terms of that sum, in a fixed order.
pub(crate) struct GradientSum<'a, E: Unit> {
    pub(crate) dense: Vec<&'a mut [E]>,
    products: Vec<&'a mut Product<E>>,
}

impl<'a, E: Real> GradientSum<'a, E> {
    pub(crate) fn of<S: Shape>(
        parameter: &Tensor<S, E, Cpu>,
        shards: &'a mut [Gradients<E>],
    ) -> Self {
        let (mut dense, mut products) = (Vec::new(), Vec::new());
        let address = address(parameter);
        for shard in shards {
            if shard.has_slot(address) {
                let slot = shard.slots.get_or_alloc_mut(parameter);
                dense.push(&mut slot.expect("memory for gradients")[..]);
            }
            if let Some(of_shard) = shard.products.get_mut(&address) {
                products.extend(of_shard);
            }
        }
        Self { dense, products }
    }

    /// A number of elements to work on at a time: it fits the second-level cache, and holds whole rows of a product.
    pub(crate) fn chunk(&self) -> usize {
        const DENSE: usize = 16_384;
        const PRODUCT: usize = 24_576;
        const MANY: usize = 4;
        match self.products.first() {
            None => DENSE,
            Some(product) => {
                let columns = product.rhs.shape().1.max(1);
                // Every part of the product reads all of `rhs`: with many products, larger parts cost less than they gain.
                let many = self.products.len().div_ceil(2).min(MANY);
                // The rows that a matrix product takes at a time.
                let rows = many * PRODUCT / columns / 12 * 12;
                columns * rows.max(12)
            }
        }
    }

    /// `out` ← a part of the sum, made of whole chunks but for the last.
    pub(crate) fn fill(&self, range: Range<usize>, out: &mut Vec<E>) {
        out.resize(range.len(), E::zero());
        let mut products = self.products.iter().map(|p| p.rows(&range));
        let mut dense = self.dense.iter().map(|dense| &dense[range.clone()]);
        if let Some((lhs, rhs)) = products.next() {
            set_product(out, lhs, rhs);
        } else if let Some(dense) = dense.next() {
            out.copy_from_slice(dense);
        } else {
            out.fill(E::zero());
        }
        products.for_each(|(lhs, rhs)| add_product(out, lhs, rhs));
        dense.for_each(|dense| add(out, dense));
    }

    /// Scales all terms.
    pub(crate) fn scale(&mut self, factor: E) {
        let products = self.products.iter_mut().map(|p| &mut p.lhs[..]);
        let terms = products.chain(self.dense.iter_mut().map(|d| &mut **d));
        terms.flatten().for_each(|x| *x *= factor);
    }
}

impl<E: Real> Product<E> {
    /// The factors of some rows of the product, given as a range of elements.
    fn rows(&self, elements: &Range<usize>) -> (Matrix<'_, E>, Matrix<'_, E>) {
        let (batch, columns) = *self.rhs.shape();
        let rows = elements.start / columns..elements.end / columns;
        let lhs = Matrix::new(&self.lhs, batch, self.lhs.len() / batch);
        let rhs = Matrix::new(as_slice(&self.rhs), batch, columns);
        (lhs.columns(rows).transposed(), rhs)
    }
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add<E: Real>(sum: &mut [E], other: &[E]) {
    sum.iter_mut().zip(other).for_each(|(s, g)| *s += *g);
}
