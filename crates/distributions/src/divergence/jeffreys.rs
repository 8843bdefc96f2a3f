use crate::KlTo;
use vae_ops::{PerExample, Real, Record, formula};

/// Jeffreys' divergence KL(p ‖ q) + KL(q ‖ p), in nats, one value per example: the symmetric KL, not halved.
///
/// One direction alone is [`KlTo::kl_to`]; the reverse KL of a variational posterior q to a prior p is `p.kl_to(&q)`.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Normal, jeffreys};
///
/// let normal = |mean: f64| {
///     let mean = Cpu::default().tensor_from_vec(vec![mean], (1, Const::<1>));
///     Normal { log_var: mean.clone() * 0.0, mean }
/// };
/// assert_eq!(jeffreys(&normal(1.0), &normal(3.0)).as_vec(), [4.0]);
/// ```
pub fn jeffreys<P: KlTo<Q, E, T>, Q: KlTo<P, E, T>, E: Real, T: Record<E>>(
    p: &P,
    q: &Q,
) -> PerExample<E, T> {
    formula([p.kl_to(q), q.kl_to(p)], |[forward, reverse]| {
        forward + reverse
    })
}
