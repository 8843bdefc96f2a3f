use crate::Flow;
use dfdx::prelude::{Device, Dtype, ModuleVisitor, TensorCollection};
use vae_ops::{Batch, PerExample, Real, Record};

/// The flow in the other direction: forward is `F`'s inverse.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Affine, Flow, Invert, no_context};
/// use vae_ops::Batch;
///
/// let affine: Affine<Const<1>, Const<0>, f64> = BuildModule::build(&Cpu::default());
/// let inverted = Invert { flow: affine.clone() };
/// let x: Batch<Const<1>, f64> = Cpu::default().tensor_from_vec(vec![3.0], (1, Const));
/// let [a, b] = [affine.inverse(&x, &no_context(1)), inverted.forward(&x, &no_context(1))];
/// assert_eq!(a.0.as_vec(), b.0.as_vec());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Invert<F> {
    /// What is inverted.
    pub flow: F,
}

impl<E: Real, F: Flow<E>> Flow<E> for Invert<F> {
    type Event = F::Event;
    type Context = F::Context;

    fn forward<T: Record<E>>(
        &self,
        x: &Batch<F::Event, E, T>,
        context: &Batch<F::Context, E, T>,
    ) -> (Batch<F::Event, E, T>, PerExample<E, T>) {
        self.flow.inverse(x, context)
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<F::Event, E, T>,
        context: &Batch<F::Context, E, T>,
    ) -> (Batch<F::Event, E, T>, PerExample<E, T>) {
        self.flow.forward(y, context)
    }
}

impl<E: Dtype, D: Device<E>, F: TensorCollection<E, D>> TensorCollection<E, D> for Invert<F> {
    type To<E2: Dtype, D2: Device<E2>> = Invert<F::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (Self::module("flow", |s| &s.flow, |s| &mut s.flow),),
            |(flow,)| Invert { flow },
        )
    }
}
