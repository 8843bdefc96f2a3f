use crate::collection::collection;
use crate::{Amortized, Flow};
use dfdx::prelude::{Const, ConstDim, Cpu, Device, Dtype};
use vae_ops::{Batch, PerExample, Real, Record, formula, sum_formula};

/// y = a ⊙ x + b, with ln a and b learned: ln |det| = Σ ln aᵢ.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Affine, Flow, no_context};
/// use vae_ops::Batch;
///
/// let mut flow: Affine<Const<1>, Const<0>, f64> = BuildModule::build(&Cpu::default());
/// flow.log_scale.bias = Cpu::default().tensor([2f64.ln()]);
/// flow.shift.bias = Cpu::default().tensor([1.0]);
/// let x: Batch<Const<1>, f64> = Cpu::default().tensor_from_vec(vec![3.0], (1, Const));
/// let (y, log_det) = flow.forward(&x, &no_context(1));
/// assert_eq!((y.as_vec(), log_det.as_vec()), (vec![7.0], vec![2f64.ln()]));
/// ```
#[derive(Clone, Debug)]
pub struct Affine<N: ConstDim, C: ConstDim = Const<0>, E: Dtype = f32, D: Device<E> = Cpu> {
    /// ln a
    pub log_scale: Amortized<N, C, E, D>,
    /// b
    pub shift: Amortized<N, C, E, D>,
}

impl<N: ConstDim, C: ConstDim, E: Real> Flow<E> for Affine<N, C, E>
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
        let [s, b] = [&self.log_scale, &self.shift].map(|numbers| numbers.of(context));
        let y = formula([x.clone(), s.clone(), b], |[x, s, b]| x * s.exp() + b);
        (y, sum_formula([s], |[s]| s))
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let [s, b] = [&self.log_scale, &self.shift].map(|numbers| numbers.of(context));
        let x = formula([y.clone(), s.clone(), b], |[y, s, b]| (y - b) * (-s).exp());
        (x, sum_formula([s], |[s]| -s))
    }
}

collection!([N: ConstDim, C: ConstDim] Affine<N, C> { log_scale, shift });
