use dfdx::prelude::Dim;
use vae_ops::{Batch, Real, Record};

/// What has a mean and a variance, element by element.
pub trait Moments<N: Dim, E: Real, T: Record<E>> {
    /// E\[x\], shape (B, N). NaN where there is none, ±∞ where it is infinite.
    fn mean(&self) -> Batch<N, E, T>;

    /// Var\[x\], shape (B, N). NaN where there is none, ∞ where it is infinite.
    fn variance(&self) -> Batch<N, E, T>;
}
