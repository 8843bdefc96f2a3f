use crate::{GatedLinear, Linear, Width};
use dfdx::prelude::{Const, Cpu, Device, Dtype};
use vae_ops::{Activation, Relu};

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

/// A multi-layer perceptron of [`GatedLinear`] layers, by its hidden widths as [`Mlp`]: `GatedMlp<X, H>`,
/// `GatedMlp<X, (Const<300>, Const<300>)>`, up to three. The latter is the one of Tomczak & Welling (2018).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{GatedLinear, GatedMlp};
///
/// type H = Const<300>;
/// let mlp: GatedMlp<Const<784>, (H, H)> = BuildModule::build(&Cpu::seed_from_u64(0));
/// assert_eq!(mlp.num_trainable_params(), 2 * (784 * 300 + 300) + 2 * (300 * 300 + 300));
/// let (first, second): (GatedLinear<Const<784>, H>, GatedLinear<H, H>) = mlp;
/// ```
pub type GatedMlp<I, H, E = f32> = Mlp<I, H, Glu, E>;

/// Hidden widths, from the first to the last: one `Const<N>`, or a tuple of up to three.
pub trait Hidden<I, F, E> {
    /// The layers that they stand for.
    type Layers;
}

impl<I, F: HiddenUnit<I, Self, E>, E, const A: usize> Hidden<I, F, E> for Const<A> {
    type Layers = F::Layer;
}

impl<I, F, E, A, B> Hidden<I, F, E> for (A, B)
where
    F: HiddenUnit<I, A, E> + HiddenUnit<A, B, E>,
{
    type Layers = (
        <F as HiddenUnit<I, A, E>>::Layer,
        <F as HiddenUnit<A, B, E>>::Layer,
    );
}

impl<I, F, E, A, B, C> Hidden<I, F, E> for (A, B, C)
where
    F: HiddenUnit<I, A, E> + HiddenUnit<A, B, E> + HiddenUnit<B, C, E>,
{
    type Layers = (
        <F as HiddenUnit<I, A, E>>::Layer,
        <F as HiddenUnit<A, B, E>>::Layer,
        <F as HiddenUnit<B, C, E>>::Layer,
    );
}

/// What hidden units compute: an [`Activation`] of a linear function, or [`Glu`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no kind of hidden unit from `{I}` to `{O}` for elements of type `{E}`",
    note = "kinds are the activations, such as `Relu`, and `Glu`"
)]
pub trait HiddenUnit<I, O, E> {
    /// The layer of `O` of them.
    type Layer;
}

impl<I: Width, O: Width, F: Activation, E: Dtype> HiddenUnit<I, O, E> for F
where
    Cpu: Device<E>,
{
    type Layer = Linear<I, O, F, E>;
}

/// Gated linear units: the layer is [`GatedLinear`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Glu;

impl<I: Width, O: Width, E: Dtype> HiddenUnit<I, O, E> for Glu
where
    Cpu: Device<E>,
{
    type Layer = GatedLinear<I, O, E>;
}
