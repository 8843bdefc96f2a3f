use crate::without_parameters::without_parameters;
use crate::{Layer, Width};
use dfdx::prelude::{
    Const, Cpu, Device, Dtype, HasShape, ModuleVisitor, ReshapeTo, Tensor, TensorCollection,
    TensorOptions,
};
use vae_ops::{Batch, Real, Record, embedding, one_hot};
use vae_reparam::init_normal;

/// The learned row of each example's class k: y = W\[k\], (B, 1) → (B, N), for an index k = 0, 1, …, `K` − 1.
///
/// The rows start as N(0, 1).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Embedding, Layer};
///
/// let mut layer: Embedding<3, Const<2>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// layer.weight = Cpu::default().tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
/// let classes = Cpu::default().tensor_from_vec(vec![2.0, 0.0], (2, Const));
/// assert_eq!(layer.forward(classes).as_vec(), [5.0, 6.0, 1.0, 2.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Embedding<const K: usize, N: Width, E: Dtype = f32, D: Device<E> = Cpu> {
    /// W, a row for each class, shape (K, N).
    pub weight: Tensor<(Const<K>, N), E, D>,
}

impl<N: Width, E: Real, const K: usize> Layer<E> for Embedding<K, N, E>
where
    Cpu: Device<E>,
{
    type Input = Const<1>;
    type Output = N;

    /// # Panics
    /// If an index is none of 0, 1, …, K − 1.
    fn forward<T: Record<E>>(&self, x: Batch<Const<1>, E, T>) -> Batch<N, E, T> {
        let batch = x.shape().0;
        embedding(x.reshape_like(&(batch,)), self.weight.retaped::<T>())
    }
}

impl<N: Width, E: Real, D: Device<E>, const K: usize> TensorCollection<E, D>
    for Embedding<K, N, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Embedding<K, N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let normal = TensorOptions::reset_with(|weight: &mut Tensor<_, E, D>| {
            init_normal(weight, 1.0);
            Ok(())
        });
        visitor.visit_fields(
            Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, normal),
            |weight| Embedding { weight },
        )
    }
}

/// 1 in the column of each example's class k, else 0: yⱼ = \[k = j\], (B, 1) → (B, K), for an index k = 0, 1, …, `K` − 1.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Layer, OneHot};
///
/// let classes = Cpu::default().tensor_from_vec(vec![2.0f32, 0.0], (2, Const));
/// assert_eq!(OneHot::<3>.forward(classes).as_vec(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OneHot<const K: usize>;

impl<E: Real, const K: usize> Layer<E> for OneHot<K> {
    type Input = Const<1>;
    type Output = Const<K>;

    /// # Panics
    /// If an index is none of 0, 1, …, K − 1.
    fn forward<T: Record<E>>(&self, x: Batch<Const<1>, E, T>) -> Batch<Const<K>, E, T> {
        let batch = x.shape().0;
        one_hot(x.reshape_like(&(batch,)), Const)
    }
}

without_parameters!([const K: usize] OneHot<K>);
