use crate::collection::collection;
use crate::flow::keeps_volume;
use crate::rows::{across, dot, square_norm};
use crate::{Amortized, Flow};
use dfdx::prelude::{Const, ConstDim, Cpu, Device, Dtype};
use vae_ops::{Batch, PerExample, Real, Record, formula};

/// The reflection y = x − 2 v vᵀx/‖v‖² (Tomczak & Welling 2016): its own inverse, and it keeps volumes. Several in a row, a
/// [`Chain`](crate::Chain), make a rotation.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, Householder, no_context};
/// use vae_ops::Batch;
///
/// let mut flow: Householder<Const<2>, Const<0>, f64> = BuildModule::build(&Cpu::default());
/// flow.v.bias = Cpu::default().tensor([0.0, 5.0]);
/// let x: Batch<Const<2>, f64> = Cpu::default().tensor_from_vec(vec![3.0, 4.0], (1, Const));
/// let (y, log_det) = flow.forward(&x, &no_context(1));
/// assert_eq!((y.as_vec(), log_det.as_vec()), (vec![3.0, -4.0], vec![0.0]));
/// ```
#[derive(Clone, Debug)]
pub struct Householder<N: ConstDim, C: ConstDim = Const<0>, E: Dtype = f32, D: Device<E> = Cpu> {
    /// v
    pub v: Amortized<N, C, E, D>,
}

impl<N: ConstDim, C: ConstDim, E: Real> Flow<E> for Householder<N, C, E>
where
    Cpu: Device<E>,
{
    type Event = N;
    type Context = C;

    fn forward<T: Record<E>>(
        &self,
        x: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let v = self.v.of(context);
        let k = formula([dot(&v, x), square_norm(&v)], |[vx, vv]| 2.0 * vx / vv);
        let y = formula([x.clone(), v, across(k)], |[x, v, k]| x - k * v);
        (y, keeps_volume(x))
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        self.forward(y, context)
    }
}

collection!([N: ConstDim, C: ConstDim] Householder<N, C> { v });
