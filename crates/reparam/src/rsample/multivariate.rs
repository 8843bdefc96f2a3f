use super::{Rsample, noise_like};
use crate::Noise;
use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, TensorFromVec};
use vae_distributions::{LowRankNormal, MultivariateNormal};
use vae_ops::linalg::{Matrix, matrix_formula};
use vae_ops::{Batch, Real, Record};

/// μ + L ε with ε ~ N(0, I).
impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for MultivariateNormal<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let e: Batch<N, E, T> = noise_like(&self.mean, |width, e| noise.fill_normal_rows(width, e));
        matrix_formula(
            [
                self.mean.clone().into(),
                self.scale_tril.clone().into(),
                e.into(),
            ],
            *self.mean.shape(),
            |[mean, l, e]| mean + l.lower() * e,
        )
    }
}

/// μ + W z + √d ε with z ~ N(0, I) and ε ~ N(0, I).
impl<N: Dim, R: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for LowRankNormal<N, R, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let e: Batch<N, E, T> = noise_like(&self.mean, |width, e| noise.fill_normal_rows(width, e));
        let (batch, _, rank) = *self.factor.shape();
        let mut z = vec![E::zero(); batch * rank.size()];
        noise
            .stream("factors")
            .fill_normal_rows(rank.size(), &mut z);
        let z: Batch<R, E> = Cpu::default().tensor_from_vec(z, (batch, rank));
        matrix_formula(
            [
                self.mean.clone().into(),
                self.factor.clone().into(),
                self.log_diagonal.clone().into(),
                z.put_tape(T::for_data()).into(),
                e.into(),
            ],
            *self.mean.shape(),
            |[mean, w, log_d, z, e]| {
                let own = Matrix::each([log_d, e], |[log_d, e]| (0.5 * log_d).exp() * e);
                mean + w * z + own
            },
        )
    }
}
