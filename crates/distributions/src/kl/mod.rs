//! The divergences between two families; that of two members of one is in the family's file.

mod bernoulli;
mod beta;
mod continuous_bernoulli;
mod exponential;
mod gamma;
mod gaussian;
mod gumbel;
mod kumaraswamy;
mod laplace;
mod monte_carlo;
mod normal;
mod pareto;
mod uniform;

pub use monte_carlo::{Estimate, kl_monte_carlo};

use std::f64::consts::{E as EULER, TAU};
use vae_ops::{Dual, PerExample, Real, Record};

/// KL(self ‖ q) = E_self[ln self(x) − ln q(x)] in closed form, in nats, one value per example.
///
/// Chosen statically: a pair without a closed form does not compile.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{KlTo, Normal, StandardNormal};
///
/// let device = Cpu::default();
/// let mean = device.tensor_from_vec(vec![1.0f32, 2.0], (1, Const::<2>));
/// let q = Normal { log_var: mean.clone() * 0.0, mean };
/// assert_eq!(q.kl_to(&StandardNormal).as_vec(), [2.5]);
/// ```
///
/// ```compile_fail,E0277
/// use dfdx::prelude::*;
/// use vae_distributions::{Bernoulli, KlTo, StandardNormal};
///
/// let device = Cpu::default();
/// let p = Bernoulli { logits: device.tensor_from_vec(vec![1.0f32, 2.0], (1, Const::<2>)) };
/// p.kl_to(&StandardNormal); // no closed form is known for KL(`Bernoulli<…>` ‖ `StandardNormal`)
/// ```
#[diagnostic::on_unimplemented(
    message = "no closed form is known for KL(`{Self}` ‖ `{Q}`)",
    note = "estimate it from samples with `kl_monte_carlo`"
)]
pub trait KlTo<Q, E: Real, T: Record<E>> {
    /// The divergence, shape (B,).
    fn kl_to(&self, q: &Q) -> PerExample<E, T>;
}

/// `KlTo` for pairs of families: from the fields of both, the formula for one element, worked out in `f64`.
macro_rules! closed_forms {
    ($($(#[$doc:meta])* $P:ident[$($p:ident),*] to $Q:ident[$($q:ident),*]: $formula:expr;)*) => {$(
        $(#[$doc])*
        impl<N: dfdx::prelude::Dim, E: vae_ops::Real, T: vae_ops::Record<E>>
            crate::KlTo<crate::$Q<N, E, T>, E, T> for crate::$P<N, E, T>
        {
            fn kl_to(&self, q: &crate::$Q<N, E, T>) -> vae_ops::PerExample<E, T> {
                vae_ops::sum_formula([$(self.$p.clone(),)* $(q.$q.clone()),*], |variables| {
                    $crate::kl::settled($crate::double::in_double(variables, $formula))
                })
            }
        }
    )*};
}
use closed_forms;

/// A divergence as it was computed: rounding may leave something below 0, and where it has overflowed it is flat.
#[inline(always)]
fn settled<E: Real, const K: usize>(divergence: Dual<E, K>) -> Dual<E, K> {
    if divergence.value < E::zero() {
        Dual::constant(0.0)
    } else {
        divergence.flat_at_infinity()
    }
}

/// To a normal distribution: from p to the normal distribution of p's mean and variance, by which much p's entropy is
/// less than that one's, and from there to q.
#[inline(always)]
fn to_normal<const K: usize>(
    entropy: Dual<f64, K>,
    [mean1, log_var1]: [Dual<f64, K>; 2],
    [mean2, log_var2]: [Dual<f64, K>; 2],
) -> Dual<f64, K> {
    let lacking_entropy = 0.5 * (log_var1 + (TAU * EULER).ln()) - entropy;
    let z = (mean1 - mean2) * (-0.5 * log_var2).exp();
    lacking_entropy + 0.5 * ((log_var1 - log_var2).exp_m1_residual() + z.square())
}

/// To an exponential distribution: likewise, from p to the exponential distribution of p's mean and from there to q.
#[inline(always)]
fn to_exponential<const K: usize>(
    entropy: Dual<f64, K>,
    log_mean: Dual<f64, K>,
    rate: Dual<f64, K>,
) -> Dual<f64, K> {
    (1.0 + log_mean - entropy) + (rate.ln() + log_mean).exp_m1_residual()
}
