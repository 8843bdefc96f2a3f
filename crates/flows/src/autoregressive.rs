use crate::{Flow, Gated, Halves, Invert, Made, Order, RationalQuadratic, Scaled, Sequential};
use crate::{Shift, Transform};
use dfdx::prelude::TensorCollection;
use dfdx::prelude::{Const, ConstDim, Cpu, Device, Dtype, ModuleVisitor};
use std::marker::PhantomData;
use vae_ops::{Activation, Batch, Elu, PerExample, Real, Record, Relu, columns, concat};

/// yᵢ = f(xᵢ; θᵢ), with an increasing f, the [`Transform`], and numbers θᵢ that a [`Made`] gives of the elements that an [`Order`]
/// lets element i see, and of the context: ln |det| = Σ ln f′(xᵢ).
///
/// Forward takes one pass of the network. The inverse takes as many as there are elements that see each other: N for
/// [`Sequential`], 1 for [`Halves`]; its gradients go back through all of them. So [`Iaf`] is fast from noise to code and [`Maf`] from code to noise.
#[derive(Clone, Debug)]
pub struct Autoregressive<
    Of: Transform,
    O: Order,
    N: ConstDim,
    H: ConstDim,
    C: ConstDim = Const<0>,
    F: Activation = Relu,
    const L: usize = 1,
    E: Dtype = f32,
    D: Device<E> = Cpu,
> {
    /// What gives the numbers.
    pub made: Made<O, N, Of::Numbers, H, C, F, L, E, D>,
    transform: PhantomData<Of>,
}

/// Inverse autoregressive flow (Kingma et al. 2016).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Chain, Iaf, Reverse};
///
/// type Z = Const<32>;
/// type C = Const<320>; // what an encoder gives
/// type Posterior = Chain<(Iaf<Z, Const<320>, C>, Reverse<Z, C>), 2>;
/// let flow: Posterior = BuildModule::build(&Cpu::seed_from_u64(0));
/// ```
pub type Iaf<N, H, C = Const<0>, E = f32> = Autoregressive<Gated, Sequential, N, H, C, Elu, 1, E>;

/// Masked autoregressive flow (Papamakarios et al. 2017), from noise to code: its inverse takes one pass.
pub type Maf<N, H, C = Const<0>, E = f32> =
    Invert<Autoregressive<Scaled, Sequential, N, H, C, Relu, 1, E>>;

/// An affine coupling (Dinh et al. 2017).
pub type RealNvp<N, H, C = Const<0>, E = f32> = Autoregressive<Scaled, Halves, N, H, C, Relu, 1, E>;

/// An additive coupling (Dinh et al. 2015).
pub type Nice<N, H, C = Const<0>, E = f32> = Autoregressive<Shift, Halves, N, H, C, Relu, 1, E>;

/// A coupling by rational-quadratic splines (Durkan et al. 2019).
pub type NeuralSpline<N, H, const BINS: usize = 8, C = Const<0>, E = f32> =
    Autoregressive<RationalQuadratic<BINS>, Halves, N, H, C, Relu, 1, E>;

impl<Of, O, N, H, C, F, const L: usize, E> Autoregressive<Of, O, N, H, C, F, L, E>
where
    Of: Transform,
    O: Order,
    N: ConstDim,
    H: ConstDim,
    C: ConstDim,
    F: Activation,
    E: Real,
    Cpu: Device<E>,
{
    /// The elements that stay as they are, and those that move.
    fn split<T: Record<E>>(x: &Batch<N, E, T>) -> (Batch<usize, E, T>, Batch<O::Moved<N>, E, T>) {
        let kept = N::SIZE - O::Moved::<N>::SIZE;
        let moved = columns(x.clone(), kept, O::Moved::<N>::default());
        (columns(x.clone(), 0, kept), moved)
    }

    fn seen<T: Record<E>>(x: &Batch<N, E, T>) -> Batch<O::Seen<N>, E, T> {
        columns(x.clone(), 0, O::Seen::<N>::default())
    }
}

impl<Of, O, N, H, C, F, const L: usize, E> Flow<E> for Autoregressive<Of, O, N, H, C, F, L, E>
where
    Of: Transform,
    O: Order,
    N: ConstDim,
    H: ConstDim,
    C: ConstDim,
    F: Activation,
    E: Real,
    Cpu: Device<E>,
{
    type Event = N;
    type Context = C;

    fn forward<T: Record<E>>(
        &self,
        x: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let numbers = self.made.forward(Self::seen(x), context.clone());
        let (kept, moved) = Self::split(x);
        let (moved, log_det) = Of::forward(moved, numbers);
        (concat(kept, moved, N::default()), log_det)
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let pass = |x: &Batch<N, E, T>| {
            let numbers = self.made.forward(Self::seen(x), context.clone());
            let (kept, moved) = Self::split(y);
            let (moved, log_det) = Of::inverse(moved, numbers);
            (concat(kept, moved, N::default()), log_det)
        };
        // What is seen is right from the start in a coupling; else one more element is, with every pass.
        let passes = if O::ONE_BY_ONE { N::SIZE } else { 1 };
        (1..passes).fold(pass(y), |(x, _), _| pass(&x))
    }
}

impl<Of, O, N, H, C, F, const L: usize, E, D> TensorCollection<E, D>
    for Autoregressive<Of, O, N, H, C, F, L, E, D>
where
    Of: Transform,
    O: Order,
    N: ConstDim,
    H: ConstDim,
    C: ConstDim,
    F: Activation,
    E: Real,
    D: Device<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Autoregressive<Of, O, N, H, C, F, L, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (Self::module("made", |s| &s.made, |s| &mut s.made),),
            |(made,)| Autoregressive {
                made,
                transform: PhantomData,
            },
        )
    }
}
