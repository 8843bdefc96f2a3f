mod gaussian;
mod monte_carlo;

pub use monte_carlo::{Estimate, kl_monte_carlo};

use vae_ops::{PerExample, Real, Record};

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
