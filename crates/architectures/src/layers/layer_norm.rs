use crate::{Layer, Width};
use dfdx::prelude::{
    Cpu, Device, Dtype, HasShape, ModuleVisitor, Tensor, TensorCollection, TensorOptions,
};
use vae_ops::{Batch, Real, Record, layer_norm};

/// ε = 10⁻⁵, what normalization adds to variances, as in PyTorch.
pub(crate) const EPSILON: f64 = 1e-5;

/// Normalizes every example over its N elements: y = γ·(x − μ) / √(σ² + ε) + β, (B, N) → (B, N), with ε = 10⁻⁵ (Ba, Kiros &
/// Hinton 2016, eq. 3 and 4).
///
/// γ starts at 1, β at 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Layer, LayerNorm};
///
/// let layer: LayerNorm<Const<2>> = BuildModule::build(&Cpu::default());
/// let x = Cpu::default().tensor_from_vec(vec![0.0f32, 2000.0], (1, Const));
/// assert_eq!(layer.forward(x).as_vec(), [-1.0, 1.0]);
/// ```
#[derive(Clone, Debug)]
pub struct LayerNorm<N: Width, E: Dtype = f32, D: Device<E> = Cpu> {
    /// γ, shape (N,).
    pub scale: Tensor<(N,), E, D>,
    /// β, shape (N,).
    pub shift: Tensor<(N,), E, D>,
}

impl<N: Width, E: Real> Layer<E> for LayerNorm<N, E>
where
    Cpu: Device<E>,
{
    type Input = N;
    type Output = N;

    fn forward<T: Record<E>>(&self, x: Batch<N, E, T>) -> Batch<N, E, T> {
        layer_norm(
            x,
            self.scale.retaped::<T>(),
            self.shift.retaped::<T>(),
            EPSILON,
        )
    }

    fn input(&self) -> N {
        self.scale.shape().0
    }

    fn output(&self) -> N {
        self.scale.shape().0
    }
}

impl<N: Width, E: Dtype, D: Device<E>> TensorCollection<E, D> for LayerNorm<N, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = LayerNorm<N, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let (ones, zeros) = (
            TensorOptions::reset_to_ones(),
            TensorOptions::reset_to_zeros(),
        );
        visitor.visit_fields(
            (
                Self::tensor("scale", |s| &s.scale, |s| &mut s.scale, ones),
                Self::tensor("shift", |s| &s.shift, |s| &mut s.shift, zeros),
            ),
            |(scale, shift)| LayerNorm { scale, shift },
        )
    }
}
