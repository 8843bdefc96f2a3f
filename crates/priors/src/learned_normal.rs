use crate::{Form, Prior};
use dfdx::prelude::{BroadcastTo, ConstDim, Cpu, Device, Dtype, HasShape, ModuleVisitor};
use dfdx::prelude::{Tensor, TensorCollection, TensorOptions};
use vae_distributions::{Density, Normal};
use vae_ops::{Batch, PerExample, Real, Record};
use vae_reparam::{Noise, Rsample};

/// N(μ, diag σ²) with μ and ln σ² learned with the model; starts as N(0, I).
#[derive(Clone, Debug)]
pub struct LearnedNormal<Z: ConstDim, E: Dtype = f32, D: Device<E> = Cpu> {
    /// μ, shape (Z,).
    pub mean: Tensor<(Z,), E, D>,
    /// ln σ², shape (Z,).
    pub log_var: Tensor<(Z,), E, D>,
}

impl<Z: ConstDim, E: Real> LearnedNormal<Z, E>
where
    Cpu: Device<E>,
{
    /// The density, repeated for a batch.
    fn density<T: Record<E>>(&self, batch: usize) -> Normal<Z, E, T> {
        let shape = (batch, Z::default());
        Normal {
            mean: self.mean.retaped::<T>().broadcast_like(&shape),
            log_var: self.log_var.retaped::<T>().broadcast_like(&shape),
        }
    }
}

impl<Z: ConstDim, E: Real> Prior<E> for LearnedNormal<Z, E>
where
    Cpu: Device<E>,
{
    type Latent = Z;

    fn log_prob<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        self.density(z.shape().0).log_prob(z)
    }

    fn form<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> Form<Z, E, T> {
        Form::Normal(self.density(z.shape().0))
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<Z, E> {
        self.density(count).rsample(noise)
    }
}

impl<Z: ConstDim, E: Dtype, D: Device<E>> TensorCollection<E, D> for LearnedNormal<Z, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = LearnedNormal<Z, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::tensor(
                    "mean",
                    |s| &s.mean,
                    |s| &mut s.mean,
                    TensorOptions::reset_to_zeros(),
                ),
                Self::tensor(
                    "log_var",
                    |s| &s.log_var,
                    |s| &mut s.log_var,
                    TensorOptions::reset_to_zeros(),
                ),
            ),
            |(mean, log_var)| LearnedNormal { mean, log_var },
        )
    }
}
