use crate::{Linear, Width};
use dfdx::prelude::{Const, Cpu, Device, Dtype};
use vae_ops::Relu;

/// A multi-layer perceptron from width `I` through the hidden widths `H`, each followed by the activation `F`:
/// `Mlp<X, Const<400>>`, `Mlp<X, (Const<300>, Const<300>)>`, up to three.
///
/// An alias, not a type: it names the [`Linear`] layers that the widths stand for.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Layer, Mlp};
///
/// let device = Cpu::seed_from_u64(0);
/// let mlp: Mlp<Const<784>, (Const<300>, Const<100>)> = BuildModule::build(&device);
/// assert_eq!(mlp.num_trainable_params(), 784 * 300 + 300 + 300 * 100 + 100);
/// ```
pub type Mlp<I, H, F = Relu, E = f32> = <H as Hidden<I, F, E>>::Layers;

/// Hidden widths, from the first to the last: one `Const<N>`, or a tuple of up to three.
pub trait Hidden<I, F, E> {
    /// The layers that they stand for.
    type Layers;
}

impl<I: Width, F, E: Dtype, const A: usize> Hidden<I, F, E> for Const<A>
where
    Cpu: Device<E>,
{
    type Layers = Linear<I, Self, F, E>;
}

impl<I: Width, F, E: Dtype, A: Width, B: Width> Hidden<I, F, E> for (A, B)
where
    Cpu: Device<E>,
{
    type Layers = (Linear<I, A, F, E>, Linear<A, B, F, E>);
}

impl<I: Width, F, E: Dtype, A: Width, B: Width, C: Width> Hidden<I, F, E> for (A, B, C)
where
    Cpu: Device<E>,
{
    type Layers = (Linear<I, A, F, E>, Linear<A, B, F, E>, Linear<B, C, F, E>);
}
