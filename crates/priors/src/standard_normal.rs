use crate::{Form, Prior};
use dfdx::prelude::{ConstDim, Cpu, Device, Dtype, ModuleVisitor, TensorCollection, TensorFromVec};
use vae_distributions::{Density, Normal, StandardNormal as Standard};
use vae_ops::{Batch, PerExample, Real, Record};
use vae_reparam::{Noise, rsample_and_kl};

/// N(0, I), the prior of Kingma & Welling (2014). Nothing to learn.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardNormal<Z>(Z);

impl<Z: ConstDim, E: Real> Prior<E> for StandardNormal<Z> {
    type Latent = Z;

    fn log_prob<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        Standard.log_prob(z)
    }

    fn form<T: Record<E>>(&self, _: &Batch<Z, E, T>) -> Form<Z, E, T> {
        Form::StandardNormal
    }

    fn rsample_and_kl<T: Record<E>>(
        &self,
        q: &Normal<Z, E, T>,
        noise: Noise,
    ) -> (Batch<Z, E, T>, PerExample<E, T>) {
        rsample_and_kl(q, noise)
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<Z, E> {
        let mut z = vec![E::zero(); count * Z::SIZE];
        noise.fill_normal_rows(Z::SIZE, &mut z);
        Cpu::default().tensor_from_vec(z, (count, self.0))
    }
}

impl<Z: ConstDim, E: Dtype, D: Device<E>> TensorCollection<E, D> for StandardNormal<Z> {
    type To<E2: Dtype, D2: Device<E2>> = Self;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields((), |()| Self::default())
    }
}
