use crate::Density;
use dfdx::prelude::Dim;
use std::f64::consts::TAU;
use vae_ops::{Batch, PerExample, Real, Record, sum_event};

/// N(0, I), of any dimension.
///
/// It has no shape, and therefore no [`Sample`](crate::Sample): a [`Normal`](crate::Normal) of zeros has both.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, StandardNormal};
///
/// let x = Cpu::default().tensor_from_vec(vec![0.0f64, 2.0], (2, Const::<1>));
/// let constant = -0.5 * std::f64::consts::TAU.ln();
/// assert_eq!(StandardNormal.log_prob(&x).as_vec(), [constant, constant - 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StandardNormal;

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for StandardNormal {
    /// −½ Σ (x² + ln 2π).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let (half, constant) = (E::of(0.5), E::of(TAU.ln()));
        sum_event([x.clone()], [], |[x], []| {
            (-half * (x * x + constant), [-x])
        })
    }
}
