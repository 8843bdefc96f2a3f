use dfdx::prelude::{Const, ConstDim, Cpu, HasShape, PutTape, SplitTape, TensorFromVec};
use vae_ops::{Batch, PerExample, Real, Record};

/// An invertible map of codes, f: ℝᴺ → ℝᴺ, that may depend on a context c (Rezende & Mohamed 2015).
///
/// Both directions are differentiable in x or y, in the context and in the parameters. A tuple of up to six flows is a flow:
/// it applies them in order, each given the same context; so is a [`Chain`](crate::Chain) of several of a kind.
///
/// As a posterior, f takes noise to a code, with what an encoder gives as context; as a prior, noise to a code without any:
/// ln p(y) = ln p(f⁻¹(y)) + ln |det ∂f⁻¹/∂y|.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Affine, Flow, Reverse, no_context};
///
/// let flow: (Affine<Const<2>>, Reverse<Const<2>>) = BuildModule::build(&Cpu::seed_from_u64(0));
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 2.0], (1, Const));
/// let (y, log_det) = flow.forward(&x, &no_context(1));
/// let (_, of_inverse) = flow.inverse(&y, &no_context(1));
/// assert_eq!(of_inverse.as_vec(), [-log_det.as_vec()[0]]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a flow for elements of type `{E}`",
    note = "in a tuple of flows, all have to be of codes of one dimension, and take contexts of one width"
)]
pub trait Flow<E: Real> {
    /// The dimension N of a code.
    type Event: ConstDim;
    /// The width C of the context; `Const<0>` for none.
    type Context: ConstDim;

    /// y = f(x; c), (B, N), and ln |det ∂f/∂x|, (B,).
    fn forward<T: Record<E>>(
        &self,
        x: &Batch<Self::Event, E, T>,
        context: &Batch<Self::Context, E, T>,
    ) -> (Batch<Self::Event, E, T>, PerExample<E, T>);

    /// x = f⁻¹(y; c), (B, N), and ln |det ∂f⁻¹/∂y|, (B,).
    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<Self::Event, E, T>,
        context: &Batch<Self::Context, E, T>,
    ) -> (Batch<Self::Event, E, T>, PerExample<E, T>);
}

/// The context of a [`Flow`] without one, (B, 0).
///
/// ```
/// use dfdx::prelude::{HasShape, NoneTape};
/// let context = vae_flows::no_context::<f32, NoneTape>(3);
/// assert_eq!(context.shape().0, 3);
/// ```
pub fn no_context<E: Real, T: Record<E>>(batch: usize) -> Batch<Const<0>, E, T> {
    let nothing = Cpu::default().tensor_from_vec(Vec::new(), (batch, Const));
    nothing.put_tape(T::for_data())
}

/// The log-determinant of a flow that keeps volumes, 0.
pub(crate) fn keeps_volume<N: ConstDim, E: Real, T: Record<E>>(
    x: &Batch<N, E, T>,
) -> PerExample<E, T> {
    let (x, tape) = x.clone().split_tape();
    let batch = x.shape().0;
    let zeros = Cpu::default().tensor_from_vec(vec![E::zero(); batch], (batch,));
    zeros.put_tape(tape.as_data())
}
