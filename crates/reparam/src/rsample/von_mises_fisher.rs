use super::Rsample;
use crate::Noise;
use dfdx::prelude::{
    Cpu, Dim, HasShape, NoneTape, PutTape, ReshapeTo, Shape, Tensor, TensorFromVec,
};
use vae_distributions::{Sample, VonMisesFisher};
use vae_ops::linalg::{Matrix, matrix_formula};
use vae_ops::math::von_mises_fisher_sample_derivative;
use vae_ops::{Batch, PerExample, Real, Record, as_slice, elementwise};

/// z = w μ + √(1 − w²) v for a direction v at right angles to μ (Davidson et al. 2018): w moves with κ so that its
/// distribution function stays, v with μ by the shortest way.
impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for VonMisesFisher<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let (shape, dimension) = (*self.loc.shape(), self.loc.shape().1.size());
        // In f64: where κ is large, all of v is in the last digits of z.
        let in_double = VonMisesFisher {
            loc: double(&self.loc),
            concentration: double(&self.concentration),
        };
        let z = in_double.sample(&mut noise.rng());
        let (mut along, mut across) = (Vec::new(), Vec::new());
        let rows = as_slice(&in_double.loc).chunks(dimension);
        for (mu, z) in rows.zip(as_slice(&z).chunks(dimension)) {
            let square: f64 = mu.iter().zip(z).map(|(m, z)| (z - m).powi(2)).sum();
            let w = 1.0 - 0.5 * square;
            along.push(E::of(w));
            across.extend(mu.iter().zip(z).map(|(m, z)| E::of(z - w * m)));
        }
        let device = Tensor::device(&self.loc);
        let along: PerExample<E> = device.tensor_from_vec(along, (shape.0,));
        let across: Batch<N, E> = device.tensor_from_vec(across, shape);

        let along = elementwise([self.concentration.clone()], [along], |[kappa], [w]| {
            let (kappa, at) = (kappa.as_f64(), w.as_f64());
            (
                w,
                [E::of(von_mises_fisher_sample_derivative(
                    dimension, kappa, at,
                ))],
            )
        });
        matrix_formula(
            [
                self.loc.clone().into(),
                along.into(),
                across.put_tape(T::for_data()).into(),
            ],
            shape,
            |[mu, w, v]| {
                let tangent = v - mu * (mu.transpose() * v);
                let sine = Matrix::each([w, tangent.square_norm()], |[w, square]| {
                    ((1.0 - w) * (1.0 + w) / square).sqrt()
                });
                mu * w + tangent * sine
            },
        )
    }
}

fn double<S: Shape, E: Real, T>(x: &Tensor<S, E, Cpu, T>) -> Tensor<S, f64, Cpu> {
    let x = x.retaped::<NoneTape>().contiguous();
    let values = as_slice(&x).iter().map(|x| x.as_f64()).collect();
    Tensor::device(&x).tensor_from_vec(values, *x.shape())
}
