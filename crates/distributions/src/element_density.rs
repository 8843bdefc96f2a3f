use crate::Density;
use dfdx::prelude::Dim;
use vae_ops::{Batch, Real, Record};

/// What has a density or a probability mass of each element by itself, of which [`Density`] gives the sum.
///
/// Mixing element by element needs it: [`ZeroInflated`](crate::ZeroInflated),
/// [`ElementMixture`](crate::ElementMixture).
pub trait ElementDensity<N: Dim, E: Real, T: Record<E>>: Density<N, E, T> {
    /// ln p(xᵢ) in nats, element by element: x (B, N) → (B, N).
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T>;
}
