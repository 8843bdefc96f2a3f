use crate::{Form, Prior};
use dfdx::prelude::{ConstDim, Cpu, Device, Dtype, ModuleVisitor, TensorCollection, TensorFromVec};
use vae_distributions::{Density, SphericalUniform as Uniform};
use vae_ops::{Batch, PerExample, Real, Record};
use vae_reparam::Noise;

/// The uniform distribution on the unit sphere in Z dimensions, the prior of a hyperspherical VAE (Davidson et al. 2018).
/// Nothing to learn.
#[derive(Clone, Copy, Debug, Default)]
pub struct SphericalUniform<Z>(Z);

impl<Z: ConstDim, E: Real> Prior<E> for SphericalUniform<Z> {
    type Latent = Z;

    fn log_prob<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        Uniform.log_prob(z)
    }

    fn form<T: Record<E>>(&self, _: &Batch<Z, E, T>) -> Form<Z, E, T> {
        Form::SphericalUniform
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<Z, E> {
        let mut z = vec![E::zero(); count * Z::SIZE];
        noise.fill_normal_rows(Z::SIZE, &mut z);
        for z in z.chunks_exact_mut(Z::SIZE.max(1)) {
            let norm = z
                .iter()
                .map(|z| *z * *z)
                .fold(E::zero(), |s, z| s + z)
                .sqrt();
            z.iter_mut().for_each(|z| *z /= norm);
        }
        Cpu::default().tensor_from_vec(z, (count, self.0))
    }
}

impl<Z: ConstDim, E: Dtype, D: Device<E>> TensorCollection<E, D> for SphericalUniform<Z> {
    type To<E2: Dtype, D2: Device<E2>> = Self;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields((), |()| Self::default())
    }
}
