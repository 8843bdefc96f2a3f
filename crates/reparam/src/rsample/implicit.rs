//! Implicit reparameterization (Figurnov, Mohamed & Mnih 2018): the sample comes from wherever it comes from, and moves
//! with the parameters so that its distribution function stays, ∂z/∂θ = −(∂F/∂θ)/p(z).

use super::{Rsample, above_zero, inside_unit};
use crate::{Noise, Philox};
use dfdx::prelude::{Axis, Dim, HasShape, NoneTape, ReshapeTo, Tensor, TensorFromVec};
use rand_distr::Distribution;
use vae_distributions::{Beta, Dirichlet, Gamma, StudentT, log_gamma_draw};
use vae_ops::math::{
    beta_log_odds_derivatives, log_gamma_sample_derivative, student_t_sample_derivative,
};
use vae_ops::{Batch, Dual, Real, Record, as_slice, elementwise, formula, softmax};

impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for Gamma<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let log_z = draws([&self.concentration], noise, |[a], rng| {
            log_gamma_draw(a, rng)
        });
        let inputs = [self.concentration.clone(), self.rate.clone()];
        elementwise(inputs, [log_z], |[a, rate], [log_z]| {
            let z = (log_z.exp() / rate).max(E::min_positive_value());
            (z, [z * log_gamma_derivative(a, log_z), -z / rate])
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for Beta<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let inputs = [&self.concentration1, &self.concentration0];
        let log_odds = draws(inputs, noise, |[a, b], rng| {
            log_gamma_draw(a, rng) - log_gamma_draw(b, rng)
        });
        elementwise(inputs.map(Clone::clone), [log_odds], |ab, [log_odds]| {
            let [a, b] = ab.map(Real::as_f64);
            let z = inside_unit(Dual::variables([log_odds])[0].sigmoid());
            let moves = beta_log_odds_derivatives(a, b, log_odds.as_f64());
            (z.value, moves.map(|m| z.partials[0] * E::of(m)))
        })
    }
}

/// Gamma variables, divided by their sum.
impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for Dirichlet<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let log_g = draws([&self.concentration], noise, |[a], rng| {
            log_gamma_draw(a, rng)
        });
        let inputs = [self.concentration.clone()];
        let log_g = elementwise(inputs, [log_g], |[a], [log_g]| {
            (log_g, [log_gamma_derivative(a, log_g)])
        });
        formula([softmax(log_g, Axis::<1>)], |[x]| above_zero(x))
    }
}

impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for StudentT<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let t = draws([&self.df], noise, |[df], rng| {
            rand_distr::StudentT::new(df).map_or(f64::NAN, |t| t.sample(rng))
        });
        let inputs = [self.df.clone(), self.loc.clone(), self.scale.clone()];
        elementwise(inputs, [t], |[df, loc, scale], [t]| {
            let of_df = student_t_sample_derivative(df.as_f64(), t.as_f64());
            (loc + scale * t, [scale * E::of(of_df), E::one(), t])
        })
    }
}

/// One draw for each element from its parameters, in `f64`.
fn draws<const K: usize, N: Dim, E: Real, T: Record<E>>(
    parameters: [&Batch<N, E, T>; K],
    noise: Noise,
    draw: impl Fn([f64; K], &mut Philox) -> f64,
) -> Batch<N, E> {
    let parameters = parameters.map(|p| p.retaped::<NoneTape>().contiguous());
    let slices = parameters.each_ref().map(as_slice);
    let mut rng = noise.rng();
    let one = |i: usize| E::of(draw(slices.map(|p| p[i].as_f64()), &mut rng));
    let values = (0..slices[0].len()).map(one).collect();
    Tensor::device(&parameters[0]).tensor_from_vec(values, *parameters[0].shape())
}

/// ∂ ln z/∂a
fn log_gamma_derivative<E: Real>(a: E, log_z: E) -> E {
    E::of(log_gamma_sample_derivative(a.as_f64(), log_z.as_f64()))
}
