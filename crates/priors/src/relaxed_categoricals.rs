use crate::{Posterior, Prior};
use dfdx::prelude::{Axis, Const, ConstDim, Cpu, Device, Dtype, HasShape, ModuleVisitor};
use dfdx::prelude::{ReshapeTo, TensorCollection, TensorFromVec};
use vae_distributions::{Concrete, Density};
use vae_ops::{Batch, Message, PerExample, Real, Record, repeat, softmax, stop_gradient, sum_over};
use vae_reparam::{Noise, Parameters, Rsample};

/// Z/K independent variables of K classes each, relaxed to the simplex (the Gumbel-softmax of Jang, Gu & Poole 2017; the
/// concrete distribution of Maddison, Mnih & Teh 2017), with the logits (B, Z) of variable after variable.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::Batch;
/// use vae_priors::RelaxedCategoricals;
/// use vae_reparam::{Noise, Rsample};
///
/// let logits = Cpu::default().tensor_from_vec(vec![0.0f64; 6], (1, Const::<6>));
/// let q = RelaxedCategoricals::<Const<6>, 3, f64> { temperature: 0.5, logits };
/// let z: Batch<Const<6>, f64> = q.rsample(Noise::new(0, "latent"));
/// // Two variables.
/// let sums = z.as_vec().chunks(3).map(|z| z.iter().sum()).collect::<Vec<f64>>();
/// assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-12));
/// ```
#[derive(Clone, Debug)]
pub struct RelaxedCategoricals<
    Z: ConstDim,
    const K: usize,
    E: Real = f32,
    T = dfdx::prelude::NoneTape,
> {
    /// τ
    pub temperature: f64,
    /// l
    pub logits: Batch<Z, E, T>,
}

impl<Z: ConstDim, const K: usize, E: Real, T: Record<E>> RelaxedCategoricals<Z, K, E, T> {
    /// How many variables there are.
    const VARIABLES: usize = {
        if K == 0 || Z::SIZE % K != 0 {
            Message::new("a code of ")
                .number(Z::SIZE)
                .text(" numbers cannot be split into variables of ")
                .number(K)
                .text(" classes")
                .panic();
        }
        Z::SIZE / K
    };

    /// A row for each variable.
    fn rows(x: &Batch<Z, E, T>) -> Batch<Const<K>, E, T> {
        let rows = x.shape().0 * Self::VARIABLES;
        x.clone().contiguous().reshape_like(&(rows, Const))
    }

    fn each(&self) -> Concrete<Const<K>, E, T> {
        Concrete {
            temperature: self.temperature,
            logits: Self::rows(&self.logits),
        }
    }
}

impl<Z: ConstDim, const K: usize, E: Real, T: Record<E>> Rsample<Z, E, T>
    for RelaxedCategoricals<Z, K, E, T>
{
    fn rsample(&self, noise: Noise) -> Batch<Z, E, T> {
        self.each().rsample(noise).reshape_like(self.logits.shape())
    }
}

impl<Z: ConstDim, const K: usize, E: Real, T: Record<E>> Density<Z, E, T>
    for RelaxedCategoricals<Z, K, E, T>
{
    fn log_prob(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        let shape = (z.shape().0, Self::VARIABLES);
        let of_variables = self.each().log_prob(&Self::rows(z)).reshape_like(&shape);
        sum_over(of_variables, Axis::<1>)
    }
}

impl<Z: ConstDim, const K: usize, E: Real, T: Record<E>> Parameters
    for RelaxedCategoricals<Z, K, E, T>
{
    fn repeat(&self, times: usize) -> Self {
        Self {
            logits: repeat(self.logits.clone(), times),
            ..*self
        }
    }

    fn detach(&self) -> Self {
        Self {
            logits: stop_gradient(&self.logits),
            ..*self
        }
    }
}

impl<Z: ConstDim, const K: usize, E: Real, T: Record<E>> Posterior<Z, E, T>
    for RelaxedCategoricals<Z, K, E, T>
{
    /// The probabilities of the classes.
    fn center(&self) -> Batch<Z, E, T> {
        softmax(Self::rows(&self.logits), Axis::<1>).reshape_like(self.logits.shape())
    }
}

/// Z/K independent relaxed variables of K equally likely classes: the prior to go with [`RelaxedCategoricals`]. Its
/// divergence is that of the relaxed densities, so that the bound is one on ln p(x) (Maddison, Mnih & Teh 2017, eq. 20).
/// Nothing to learn.
#[derive(Clone, Copy, Debug)]
pub struct UniformCategoricals<Z, const K: usize> {
    /// τ, ½ unless changed.
    pub temperature: f64,
    latent: Z,
}

impl<Z: ConstDim, const K: usize> UniformCategoricals<Z, K> {
    fn density<E: Real, T: Record<E>>(&self, count: usize) -> RelaxedCategoricals<Z, K, E, T> {
        let zeros = vec![E::zero(); count * Z::SIZE];
        let logits: Batch<Z, E> = Cpu::default().tensor_from_vec(zeros, (count, self.latent));
        RelaxedCategoricals {
            temperature: self.temperature,
            logits: dfdx::prelude::PutTape::put_tape(logits, T::for_data()),
        }
    }
}

impl<Z: ConstDim, const K: usize, E: Real> Prior<E> for UniformCategoricals<Z, K> {
    type Latent = Z;

    fn log_prob<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        self.density(z.shape().0).log_prob(z)
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<Z, E> {
        self.density(count).rsample(noise)
    }
}

impl<Z: ConstDim, const K: usize, E: Dtype, D: Device<E>> TensorCollection<E, D>
    for UniformCategoricals<Z, K>
{
    type To<E2: Dtype, D2: Device<E2>> = Self;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields((), |()| Self {
            temperature: 0.5,
            latent: Z::default(),
        })
    }
}
