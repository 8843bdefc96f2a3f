//! Explicit transformations of one random number an element.

use super::{Rsample, inside_unit, noise_like};
use crate::Noise;
use dfdx::prelude::Dim;
use vae_distributions::{
    Cauchy, Exponential, Gumbel, HalfNormal, Kumaraswamy, Laplace, LogNormal, Logistic, Normal,
    Pareto, RelaxedBernoulli, Uniform, Weibull,
};
use vae_ops::{Batch, Dual, Real, Record, formula};

/// `Distribution[its parameters, noise] from the noise's fill: the sample;`
macro_rules! transformations {
    ($($Distribution:ident[$first:ident $(, $parameter:ident)*; $e:ident] from $fill:ident: $sample:expr;)*) => {$(
        impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for $Distribution<N, E, T> {
            fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
                let $e = noise_like(&self.$first, |_, e| noise.$fill(e));
                let inputs = [self.$first.clone(), $(self.$parameter.clone(),)* $e];
                formula(inputs, |[$first, $($parameter,)* $e]| $sample.flat_at_infinity())
            }
        }
    )*};
}

transformations! {
    Laplace[loc, scale; e] from fill_laplace: loc + scale * e;
    Logistic[loc, scale; e] from fill_logistic: loc + scale * e;
    Gumbel[loc, scale; e] from fill_gumbel: loc + scale * e;
    Cauchy[loc, scale; u] from fill_uniform: loc + scale * cotangent_of_half_turns(u);
    Uniform[low, high; u] from fill_uniform: low + (high - low) * u;
    Exponential[rate; e] from fill_exponential: e / rate;
    Weibull[scale, concentration; e] from fill_exponential: scale * (e.ln() / concentration).exp();
    Pareto[scale, alpha; e] from fill_exponential: scale * (e / alpha).exp();
    Kumaraswamy[concentration1, concentration0; e] from fill_exponential:
        ((e / concentration0).log_one_minus_exp() / concentration1).exp();
}

/// The exponential function of a normal variable.
impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for LogNormal<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let (mean, log_var) = (self.mean.clone(), self.log_var.clone());
        let log_z = Normal { mean, log_var }.rsample(noise);
        formula([log_z], |[x]| x.exp().flat_at_infinity())
    }
}

/// σ |ε| with ε ~ N(0, 1).
impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for HalfNormal<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let e = noise_like(&self.scale, |width, e| noise.fill_normal_rows(width, e));
        formula([self.scale.clone(), e], |[scale, e]| scale * e.abs())
    }
}

/// cot πu, a standard Cauchy number for a uniform u.
fn cotangent_of_half_turns<E: Real, const K: usize>(u: Dual<E, K>) -> Dual<E, K> {
    let turns = std::f64::consts::PI * u.value.as_f64();
    u.chain(E::of(turns.tan().recip()), E::zero())
}

/// σ((l + L)/τ) for a standard logistic L; strictly between 0 and 1.
impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for RelaxedBernoulli<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let temperature = self.temperature;
        let e = noise_like(&self.logits, |_, e| noise.fill_logistic(e));
        formula([self.logits.clone(), e], |[l, e]| {
            inside_unit(((l + e) / temperature).sigmoid())
        })
    }
}
