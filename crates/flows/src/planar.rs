use crate::collection::collection;
use crate::root::tanh_root;
use crate::rows::{across, dot, only, square_norm};
use crate::{Amortized, Flow};
use dfdx::prelude::Shape;
use dfdx::prelude::{Const, ConstDim, Cpu, Device, Dtype, Tensor};
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula};

/// y = x + û tanh(wᵀx + b) (Rezende & Mohamed 2015, eq. 10), with ln |det| = ln(1 + wᵀû (1 − tanh²)).
///
/// û = u + (m(wᵀu) − wᵀu) w/‖w‖² has wᵀû > −1, which makes the flow invertible (appendix A.1). The paper's
/// m(s) = −1 + ln(1 + eˢ) is moved here so that m(0) = 0, or small u and w would make large steps. The inverse is found by
/// Newton's method for wᵀx.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, Planar, no_context};
/// use vae_ops::Batch;
///
/// let flow: Planar<Const<2>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let x: Batch<Const<2>> = Cpu::default().tensor_from_vec(vec![3.0, 4.0], (1, Const));
/// let (y, _) = flow.forward(&x, &no_context(1));
/// let [a, b] = [y.as_vec()[0] - 3.0, y.as_vec()[1] - 4.0];
/// assert!(a.hypot(b) < 0.1); // it starts near the identity
/// ```
#[derive(Clone, Debug)]
pub struct Planar<N: ConstDim, C: ConstDim = Const<0>, E: Dtype = f32, D: Device<E> = Cpu> {
    /// u
    pub u: Amortized<N, C, E, D>,
    /// w
    pub w: Amortized<N, C, E, D>,
    /// b
    pub b: Amortized<Const<1>, C, E, D>,
}

/// m: ℝ → (−1, ∞), increasing, with m(0) = 0: ln(1 + (e − 1) eˢ) − 1.
#[inline(always)]
pub(crate) fn above_minus_one<E: Real, const K: usize>(s: Dual<E, K>) -> Dual<E, K> {
    // ln(e − 1)
    (s + 0.541_324_854_612_918_1).softplus() - 1.0
}

/// The numbers of each example.
struct Numbers<N: ConstDim, E: Real, T> {
    w: Batch<N, E, T>,
    b: PerExample<E, T>,
    /// û
    step: Batch<N, E, T>,
    /// wᵀû
    along: PerExample<E, T>,
}

impl<N: ConstDim, C: ConstDim, E: Real> Planar<N, C, E>
where
    Cpu: Device<E>,
{
    fn numbers<T: Record<E>>(&self, context: &Batch<C, E, T>) -> Numbers<N, E, T> {
        let [u, w] = [&self.u, &self.w].map(|numbers| numbers.of(context));
        let s = dot(&w, &u);
        let missing = formula([s.clone(), square_norm(&w)], |[s, norm]| {
            (above_minus_one(s) - s) / norm
        });
        Numbers {
            step: formula([u, w.clone(), across(missing)], |[u, w, k]| u + k * w),
            along: formula([s], |[s]| above_minus_one(s)),
            b: only(self.b.of(context)),
            w,
        }
    }
}

/// tanh(wᵀx + b), and ln(1 + wᵀû tanh′).
fn tanh_and_log_det<S: Shape, E: Real, T: Record<E>>(
    a: Tensor<S, E, Cpu, T>,
    b: Tensor<S, E, Cpu, T>,
    along: Tensor<S, E, Cpu, T>,
) -> [Tensor<S, E, Cpu, T>; 2] {
    [
        formula([a.clone(), b.clone()], |[a, b]| (a + b).tanh()),
        formula([a, b, along], |[a, b, along]| {
            (along * (1.0 - (a + b).tanh().square())).ln_1p()
        }),
    ]
}

impl<N: ConstDim, C: ConstDim, E: Real> Flow<E> for Planar<N, C, E>
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
        let Numbers { w, b, step, along } = self.numbers(context);
        let [h, log_det] = tanh_and_log_det(dot(&w, x), b, along);
        let y = formula([x.clone(), step, across(h)], |[x, u, h]| x + u * h);
        (y, log_det)
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let Numbers { w, b, step, along } = self.numbers(context);
        let wy = dot(&w, y);
        let one = formula([wy.clone()], |[_]| Dual::constant(1.0));
        let wx = tanh_root([along.clone(), one, b.clone(), wy]);
        let [h, log_det] = tanh_and_log_det(wx, b, along);
        let x = formula([y.clone(), step, across(h)], |[y, u, h]| y - u * h);
        (x, formula([log_det], |[l]| -l))
    }
}

collection!([N: ConstDim, C: ConstDim] Planar<N, C> { u, w, b });
