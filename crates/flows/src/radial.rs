use crate::collection::collection;
use crate::planar::above_minus_one;
use crate::rows::{across, only, square_norm};
use crate::{Amortized, Flow};
use dfdx::prelude::{Const, ConstDim, Cpu, Device, Dtype};
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula};

/// y = x + β (x − x₀) / (α + r) with r = ‖x − x₀‖ (Rezende & Mohamed 2015, eq. 14), and
/// ln |det| = (N − 1) ln(1 + β/(α + r)) + ln(1 + αβ/(α + r)²).
///
/// α > 0 and β > −α, which makes the flow invertible (appendix A.2), are a softplus that is 1 at 0, and α times one more than
/// −1 that is 0 at 0. r solves a quadratic equation, so the inverse is in closed form.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, Radial, no_context};
/// use vae_ops::Batch;
///
/// let mut flow: Radial<Const<1>, Const<0>, f64> = BuildModule::build(&Cpu::default());
/// flow.center.bias = Cpu::default().tensor([1.0]);
/// flow.alpha.bias = Cpu::default().tensor([0.0]); // α = 1
/// flow.beta.bias = Cpu::default().tensor([0.0]); // β = 0
/// let x: Batch<Const<1>, f64> = Cpu::default().tensor_from_vec(vec![3.0], (1, Const));
/// let (y, log_det) = flow.forward(&x, &no_context(1));
/// assert!((y.as_vec()[0] - 3.0).abs() < 1e-15 && log_det.as_vec()[0].abs() < 1e-15);
/// ```
#[derive(Clone, Debug)]
pub struct Radial<N: ConstDim, C: ConstDim = Const<0>, E: Dtype = f32, D: Device<E> = Cpu> {
    /// x₀
    pub center: Amortized<N, C, E, D>,
    /// m⁻¹(α − 1), see [`Planar`](crate::Planar) for m.
    pub alpha: Amortized<Const<1>, C, E, D>,
    /// m⁻¹(β/α)
    pub beta: Amortized<Const<1>, C, E, D>,
}

/// The numbers of each example.
struct Numbers<N: ConstDim, E: Real, T> {
    /// x − x₀, or y − x₀
    from_center: Batch<N, E, T>,
    /// The norm of that.
    distance: PerExample<E, T>,
    alpha: PerExample<E, T>,
    beta: PerExample<E, T>,
}

impl<N: ConstDim, C: ConstDim, E: Real> Radial<N, C, E>
where
    Cpu: Device<E>,
{
    fn numbers<T: Record<E>>(
        &self,
        x: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> Numbers<N, E, T> {
        let from_center = formula([x.clone(), self.center.of(context)], |[x, c]| x - c);
        let distance = formula([square_norm(&from_center)], |[square]| {
            if square.value > E::zero() {
                square.sqrt()
            } else {
                Dual::constant(0.0)
            }
        });
        let [alpha, beta] = [&self.alpha, &self.beta].map(|number| only(number.of(context)));
        let alpha = formula([alpha], |[a]| above_minus_one(a) + 1.0);
        Numbers {
            from_center,
            distance,
            beta: formula([alpha.clone(), beta], |[a, b]| a * above_minus_one(b)),
            alpha,
        }
    }
}

/// ln |det ∂f/∂x| at a distance r.
fn log_det<E: Real, const K: usize>(
    dimension: usize,
    [r, alpha, beta]: [Dual<E, K>; 3],
) -> Dual<E, K> {
    let h = (alpha + r).recip();
    (dimension as f64 - 1.0) * (beta * h).ln_1p() + (alpha * beta * h.square()).ln_1p()
}

impl<N: ConstDim, C: ConstDim, E: Real> Flow<E> for Radial<N, C, E>
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
        let Numbers {
            from_center,
            distance,
            alpha,
            beta,
        } = self.numbers(x, context);
        let given = [distance, alpha, beta];
        let factor = formula(given.clone(), |[r, alpha, beta]| beta / (alpha + r));
        let y = formula([x.clone(), from_center, across(factor)], |[x, d, k]| {
            x + k * d
        });
        (y, formula(given, |given| log_det(N::SIZE, given)))
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let Numbers {
            from_center,
            distance,
            alpha,
            beta,
        } = self.numbers(y, context);
        // r (1 + β/(α + r)) = R, or r² − p r − αR = 0 with p = R − α − β.
        let r = formula(
            [distance, alpha.clone(), beta.clone()],
            |[distance, alpha, beta]| {
                let p = distance - alpha - beta;
                let product = alpha * distance;
                let root = (p.square() + 4.0 * product).sqrt();
                if p.value < E::zero() {
                    2.0 * product / (root - p)
                } else {
                    0.5 * (root + p)
                }
            },
        );
        let given = [r, alpha, beta];
        let factor = formula(given.clone(), |[r, alpha, beta]| beta / (alpha + r + beta));
        let x = formula([y.clone(), from_center, across(factor)], |[y, d, k]| {
            y - k * d
        });
        (x, formula(given, |given| -log_det(N::SIZE, given)))
    }
}

collection!([N: ConstDim, C: ConstDim] Radial<N, C> { center, alpha, beta });
