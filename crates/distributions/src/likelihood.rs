use dfdx::prelude::Dim;
use vae_ops::{Batch, PerExample, Real, Record};

/// p(x|z): the distribution of an observation.
pub trait Likelihood<N: Dim, E: Real, T: Record<E>> {
    /// ln p(x|z) in nats, summed over the event, shape (B,). Not differentiated with respect to the data x.
    fn log_prob(&self, x: &Batch<N, E>) -> PerExample<E, T>;

    /// E\[x|z\], shape (B, N): what a reconstruction shows.
    fn mean(&self) -> Batch<N, E, T>;
}
