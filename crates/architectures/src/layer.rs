use dfdx::prelude::ConstDim;
use vae_ops::{Batch, Real, Record};

/// A differentiable map with parameters, (B, Input) → (B, Output).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer for elements of type `{E}`",
    note = "in a tuple of layers, each output width has to be the next one's input width"
)]
pub trait Layer<E: Real> {
    /// The width of what it takes.
    type Input: ConstDim;
    /// The width of what it gives.
    type Output: ConstDim;

    /// Applies the layer to a batch.
    fn forward<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Batch<Self::Output, E, T>;
}

impl<E: Real, A: Layer<E>, B: Layer<E, Input = A::Output>> Layer<E> for (A, B) {
    type Input = A::Input;
    type Output = B::Output;

    fn forward<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Batch<Self::Output, E, T> {
        self.1.forward(self.0.forward(x))
    }
}

impl<E: Real, A, B, C> Layer<E> for (A, B, C)
where
    A: Layer<E>,
    B: Layer<E, Input = A::Output>,
    C: Layer<E, Input = B::Output>,
{
    type Input = A::Input;
    type Output = C::Output;

    fn forward<T: Record<E>>(&self, x: Batch<Self::Input, E, T>) -> Batch<Self::Output, E, T> {
        self.2.forward(self.1.forward(self.0.forward(x)))
    }
}
