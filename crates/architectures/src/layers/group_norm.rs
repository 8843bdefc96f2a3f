use super::layer_norm::EPSILON;
use crate::{EventBatch, ImageEvent, Layer};
use dfdx::prelude::{Cpu, Device, Dtype, ModuleVisitor, Tensor, TensorCollection, TensorOptions};
use vae_ops::{Groups, Real, Record, group_norm};

/// Normalizes every group of C/`G` channels of every image: y = γ·(x − μ) / √(σ² + ε) + β, images `X` to images `X`, with
/// ε = 10⁻⁵ (Wu & He 2018, eq. 1, 2 and 7).
///
/// μ and σ² are those of the group's C/G·H·W values, γ and β belong to a channel. `G` = 1 is layer normalization of an image.
/// γ starts at 1, β at 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{GroupNorm, Image, Layer};
///
/// let layer: GroupNorm<Image<2, 1, 2>, 2> = BuildModule::build(&Cpu::default());
/// let x = Cpu::default().tensor_from_vec(vec![0.0f32, 2000.0, 9000.0, 4000.0], (1, Const, Const, Const));
/// assert_eq!(layer.forward(x).as_vec(), [-1.0, 1.0, 1.0, -1.0]);
/// ```
///
/// Channels that cannot be split do not compile:
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_architectures::{GroupNorm, Image, Layer};
/// let layer: GroupNorm<Image<2, 1, 2>, 4> = BuildModule::build(&Cpu::default());
/// layer.forward(Cpu::default().ones_like(&(1, Const, Const, Const)));
/// ```
#[derive(Clone, Debug)]
pub struct GroupNorm<X: ImageEvent, const G: usize, E: Dtype = f32, D: Device<E> = Cpu> {
    /// γ, shape (C,).
    pub scale: Tensor<(X::Channels,), E, D>,
    /// β, shape (C,).
    pub shift: Tensor<(X::Channels,), E, D>,
}

impl<X: ImageEvent, E: Real, const G: usize> Layer<E> for GroupNorm<X, G, E>
where
    Cpu: Device<E>,
{
    type Input = X;
    type Output = X;

    fn forward<T: Record<E>>(&self, x: EventBatch<X, E, T>) -> EventBatch<X, E, T> {
        group_norm(
            x,
            self.scale.retaped::<T>(),
            self.shift.retaped::<T>(),
            Groups::<G>,
            EPSILON,
        )
    }
}

impl<X: ImageEvent, E: Dtype, D: Device<E>, const G: usize> TensorCollection<E, D>
    for GroupNorm<X, G, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = GroupNorm<X, G, E2, D2>;

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
            |(scale, shift)| GroupNorm { scale, shift },
        )
    }
}
