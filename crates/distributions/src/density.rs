use dfdx::prelude::Dim;
use vae_ops::{Batch, PerExample, Real, Record};

/// What has a density or a probability mass over events of `N` elements.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a distribution over events of type `Batch<{N}, {E}, {T}>`"
)]
pub trait Density<N: Dim, E: Real, T: Record<E>> {
    /// ln p(x) in nats, summed over the event: x (B, N) → (B,). Differentiable in the parameters, and in x where the
    /// support is continuous; for data, give x the tape [`GradTape::for_data`](vae_ops::GradTape::for_data) to have the
    /// latter skipped. −∞ outside the support, with a gradient of 0 there.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T>;
}
