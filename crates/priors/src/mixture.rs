use crate::Prior;
use dfdx::prelude::{Axis, Const, ConstDim, Cpu, Device, Dtype, ModuleVisitor};
use dfdx::prelude::{Tensor, TensorCollection, TensorFromVec, TensorOptions};
use vae_ops::{Batch, PerExample, Real, Record, as_slice, log_softmax, normal_mixture};
use vae_reparam::{Noise, init_normal};

/// A mixture of `K` Gaussians, p(z) = Σₖ πₖ N(z; μₖ, diag σₖ²), learned with the model.
///
/// It starts with equal weights, unit variances and means drawn from N(0, I), so that the components can part.
#[derive(Clone, Debug)]
pub struct Mixture<const K: usize, Z: ConstDim, E: Dtype = f32, D: Device<E> = Cpu> {
    /// Unnormalized ln πₖ, shape (K,).
    pub logits: Tensor<(Const<K>,), E, D>,
    /// μₖ, shape (K, Z).
    pub means: Tensor<(Const<K>, Z), E, D>,
    /// ln σₖ², shape (K, Z).
    pub log_vars: Tensor<(Const<K>, Z), E, D>,
}

impl<const K: usize, Z: ConstDim, E: Real> Prior<E> for Mixture<K, Z, E>
where
    Cpu: Device<E>,
{
    type Latent = Z;

    fn log_prob<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        let log_weights = log_softmax(self.logits.retaped::<T>(), Axis::<0>);
        normal_mixture(
            z.clone(),
            log_weights,
            self.means.retaped(),
            self.log_vars.retaped(),
        )
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<Z, E> {
        let logits = as_slice(&self.logits);
        let max = logits.iter().copied().fold(E::neg_infinity(), E::max);
        let weights: Vec<E> = logits.iter().map(|l| (*l - max).exp()).collect();
        let total = weights.iter().fold(E::zero(), |sum, w| sum + *w);

        let (mut uniform, mut z) = (vec![E::zero(); count], vec![E::zero(); count * Z::SIZE]);
        noise.part(0).fill_uniform(&mut uniform);
        noise.part(1).fill_normal_rows(Z::SIZE, &mut z);
        for (u, z) in uniform.into_iter().zip(z.chunks_exact_mut(Z::SIZE.max(1))) {
            let mut rest = u * total;
            let passed = |w: &&E| {
                rest -= **w;
                rest > E::zero()
            };
            let k = weights.iter().take_while(passed).count().min(K - 1);
            let component = k * Z::SIZE..(k + 1) * Z::SIZE;
            let (means, log_vars) = (
                &as_slice(&self.means)[component.clone()],
                &as_slice(&self.log_vars)[component],
            );
            for ((z, mean), log_var) in z.iter_mut().zip(means).zip(log_vars) {
                *z = *mean + (E::of(0.5) * *log_var).exp() * *z;
            }
        }
        Cpu::default().tensor_from_vec(z, (count, Z::default()))
    }
}

impl<const K: usize, Z: ConstDim, E: Real, D: Device<E>> TensorCollection<E, D>
    for Mixture<K, Z, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Mixture<K, Z, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let scatter = TensorOptions::reset_with(|means| {
            init_normal(means, 1.0);
            Ok(())
        });
        visitor.visit_fields(
            (
                Self::tensor(
                    "logits",
                    |s| &s.logits,
                    |s| &mut s.logits,
                    TensorOptions::reset_to_zeros(),
                ),
                Self::tensor("means", |s| &s.means, |s| &mut s.means, scatter),
                Self::tensor(
                    "log_vars",
                    |s| &s.log_vars,
                    |s| &mut s.log_vars,
                    TensorOptions::reset_to_zeros(),
                ),
            ),
            |(logits, means, log_vars)| Mixture {
                logits,
                means,
                log_vars,
            },
        )
    }
}
