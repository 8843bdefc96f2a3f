use crate::{ElementHead, Rows, Width};
use dfdx::prelude::{Cpu, Device, Dtype, HasShape, ModuleVisitor, ReshapeTo, Shape, Tensor};
use dfdx::prelude::{TensorCollection, TensorOptions};
use vae_ops::{Batch, Identity, Real, Record, linear};
use vae_reparam::init_uniform;

/// A linear map of features to a matrix (N, M) for each example. It starts with small weights, so that what it gives is at first
/// about 0.
#[derive(Clone, Debug)]
pub struct MatrixHead<I: Width, N: Width, M: Width, E: Dtype = f32, D: Device<E> = Cpu> {
    /// Shape (N, M, I).
    pub weight: Tensor<(N, M, I), E, D>,
    /// Shape (N, M).
    pub bias: Tensor<(N, M), E, D>,
}

impl<I: Width, N: Width, M: Width, E: Real> ElementHead<E> for MatrixHead<I, N, M, E>
where
    Cpu: Device<E>,
{
    type Input = I;
    type Elements = N;
    type Numbers = M;

    fn forward<T: Record<E>>(&self, x: Batch<I, E, T>) -> Tensor<(usize, N, M), E, Cpu, T> {
        let (batch, (n, m, i)) = (x.shape().0, *self.weight.shape());
        let weight = self
            .weight
            .retaped::<T>()
            .reshape_like(&(n.size() * m.size(), i));
        let bias = self
            .bias
            .retaped::<T>()
            .reshape_like(&(n.size() * m.size(),));
        linear(x, weight, bias, Identity).reshape_like(&(batch, n, m))
    }

    fn summarize(&self, path: &str, rows: &mut Rows) {
        let (n, m, i) = *self.weight.shape();
        let output = format!("{}×{}", n.size(), m.size());
        let shapes = [i.size().to_string(), output];
        rows.push::<Self>(path, shapes, self.weight.shape().num_elements());
    }
}

impl<I: Width, N: Width, M: Width, E: Real, D: Device<E>> TensorCollection<E, D>
    for MatrixHead<I, N, M, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = MatrixHead<I, N, M, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let small = TensorOptions::reset_with(|weight: &mut Tensor<(N, M, I), E, D>| {
            init_uniform(weight, 0.01);
            Ok(())
        });
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, small),
                Self::tensor(
                    "bias",
                    |s| &s.bias,
                    |s| &mut s.bias,
                    TensorOptions::reset_to_zeros(),
                ),
            ),
            |(weight, bias)| MatrixHead { weight, bias },
        )
    }
}
