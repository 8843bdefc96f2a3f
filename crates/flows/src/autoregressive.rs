use crate::rows::padded;
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
/// [`Sequential`], 1 for [`Halves`]; its gradients go back through all of them. So [`Iaf`] is fast from noise to code and [`Maf`]
/// from code to noise. A tape keeps every pass: gradients through the last alone would take a solve with its triangular Jacobian.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Autoregressive, Flow, Sequential, Shift, no_context};
///
/// type Additive = Autoregressive<Shift, Sequential, Const<3>, Const<16>>;
/// let flow: Additive = BuildModule::build(&Cpu::seed_from_u64(0));
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 1.0, 2.0, 7.0], (2, Const));
/// let y = flow.forward(&x, &no_context(2)).0.as_vec();
/// assert_eq!(y[..2], y[3..5]); // no element sees the last one
/// ```
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
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, Maf, no_context};
///
/// let flow: Maf<Const<2>, Const<16>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let y = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 1.0, 7.0], (2, Const));
/// let x = flow.inverse(&y, &no_context(2)).0.as_vec();
/// assert_eq!(x[0], x[2]); // the first element does not see the second
/// ```
pub type Maf<N, H, C = Const<0>, E = f32> =
    Invert<Autoregressive<Scaled, Sequential, N, H, C, Relu, 1, E>>;

/// An affine coupling (Dinh et al. 2017).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, RealNvp, no_context};
///
/// let flow: RealNvp<Const<4>, Const<16>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (1, Const));
/// let (y, _) = flow.forward(&x, &no_context(1));
/// assert_eq!(y.as_vec()[..2], [1.0, 2.0]);
/// ```
pub type RealNvp<N, H, C = Const<0>, E = f32> = Autoregressive<Scaled, Halves, N, H, C, Relu, 1, E>;

/// An additive coupling (Dinh et al. 2015), which keeps volumes.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, Nice, no_context};
///
/// let flow: Nice<Const<4>, Const<16>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (1, Const));
/// let (y, log_det) = flow.forward(&x, &no_context(1));
/// assert_eq!((&y.as_vec()[..2], log_det.as_vec()), (&[1.0, 2.0][..], vec![0.0]));
/// ```
pub type Nice<N, H, C = Const<0>, E = f32> = Autoregressive<Shift, Halves, N, H, C, Relu, 1, E>;

/// A coupling by rational-quadratic splines (Durkan et al. 2019), the identity outside of ±3.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, NeuralSpline, no_context};
///
/// let flow: NeuralSpline<Const<2>, Const<16>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 7.0], (1, Const));
/// let (y, log_det) = flow.forward(&x, &no_context(1));
/// assert_eq!((y.as_vec(), log_det.as_vec()), (vec![1.0, 7.0], vec![0.0]));
/// ```
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
        // What is seen is right from the start in a coupling; else one more element is, with every pass. The others,
        // made of wrong ones, might overflow, and a mask does not help: 0 · ∞ is not 0.
        let passes = if O::ONE_BY_ONE { N::SIZE } else { 1 };
        (1..passes).fold(pass(y), |(x, _), right| pass(&padded(columns(x, 0, right))))
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
