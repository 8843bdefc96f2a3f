use crate::log_gamma::{harmonic, log_gamma_step};
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// The Kumaraswamy distribution from its concentrations a > 0 and b > 0, both (B, N):
/// p(x) = a b x^(a − 1) (1 − xᵃ)^(b − 1) for 0 < x < 1. Close to a beta distribution, but with a quantile function
/// (Kumaraswamy 1980; in a VAE, Nalisnick & Smyth 2017).
///
/// Much of its mass may be closer to 0 or 1 than the numbers of a computer: a draw can round to 0 or 1, where ln p is
/// −∞. No divergence of two has a closed form in general.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Kumaraswamy};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Kumaraswamy::new(tensor(1.0), tensor(2.0))?;
/// assert_eq!(p.log_prob(&tensor(0.5)).as_vec(), [0.0]);
/// assert_eq!(p.cdf(&tensor(0.5)).as_vec(), [0.75]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Kumaraswamy<N: Dim, E: Real = f32, T = NoneTape> {
    /// a
    pub concentration1: Batch<N, E, T>,
    /// b
    pub concentration0: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Kumaraswamy<N, E, T> {
    /// Checks that a and b are positive.
    pub fn new(
        concentration1: Batch<N, E, T>,
        concentration0: Batch<N, E, T>,
    ) -> Result<Self, DomainError> {
        Domain::Positive.check(["Kumaraswamy", "concentration1"], &concentration1)?;
        Domain::Positive.check(["Kumaraswamy", "concentration0"], &concentration0)?;
        Ok(Self {
            concentration1,
            concentration0,
        })
    }

    /// Σ 1 − 1/b + (1 − 1/a) (ψ(b + 1) + γ) − ln ab, in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        sum_formula(self.parameters(), |[a, b]| {
            (1.0 - 1.0 / b) + (1.0 - 1.0 / a) * harmonic(b) - a.ln() - b.ln()
        })
    }

    /// P(X ≤ x) = 1 − (1 − xᵃ)ᵇ, element by element; 0 below the unit interval and 1 above.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [a, b] = self.parameters();
        formula([x.clone(), a, b], |[x, a, b]| {
            if x.value <= E::zero() {
                Dual::constant(0.0)
            } else if x.value >= E::one() {
                Dual::constant(1.0)
            } else {
                -(b * (-a * x.ln()).log_one_minus_exp()).exp_m1()
            }
        })
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        let [a, b] = self.parameters();
        formula([u.clone(), a, b], |[u, a, b]| {
            quantile_of_complement((-u).ln_1p(), a, b)
        })
    }

    fn parameters(&self) -> [Batch<N, E, T>; 2] {
        [self.concentration1.clone(), self.concentration0.clone()]
    }
}

/// (1 − v^(1/b))^(1/a), the x with P(X > x) = v, from ln v.
#[inline(always)]
fn quantile_of_complement<E: Real, const K: usize>(
    log_v: Dual<E, K>,
    a: Dual<E, K>,
    b: Dual<E, K>,
) -> Dual<E, K> {
    ((-log_v / b).log_one_minus_exp() / a).exp()
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Kumaraswamy<N, E, T> {
    /// Σ ln ab + (a − 1) ln x + (b − 1) ln(1 − xᵃ); −∞ outside of (0, 1).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [a, b] = self.parameters();
        sum_formula([x.clone(), a, b], |[x, a, b]| {
            if x.value <= E::zero() || x.value >= E::one() {
                return Dual::constant(f64::NEG_INFINITY);
            }
            let log_x = x.ln();
            a.ln() + b.ln() + (a - 1.0) * log_x + (b - 1.0) * (-a * log_x).log_one_minus_exp()
        })
    }
}

/// ln Γ(1 + b) Γ(1 + t) / Γ(1 + b + t), which is ln E\[xⁿ\] for t = n/a.
#[inline(always)]
fn log_moment<E: Real, const K: usize>(b: Dual<E, K>, t: Dual<E, K>) -> Dual<E, K> {
    let (less, more) = if t.value < b.value { (t, b) } else { (b, t) };
    (1.0 + less).lgamma() - log_gamma_step(1.0 + more, less)
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Kumaraswamy<N, E, T> {
    /// Γ(1 + b) Γ(1 + 1/a) / Γ(1 + b + 1/a)
    fn mean(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[a, b]| log_moment(b, 1.0 / a).exp())
    }

    /// E\[x²\] − E\[x\]². Its error is some 10⁻¹⁵ E\[x\]², which is much of it for b < 10⁻¹⁰ or a > 10⁶.
    fn variance(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[a, b]| {
            // With r = ln E[x²]/E[x]², of second order in 1/a.
            let log_second = log_moment(b, 2.0 / a);
            let r = log_second - 2.0 * log_moment(b, 1.0 / a);
            if r.value > E::zero() {
                -log_second.exp() * (-r).exp_m1()
            } else {
                Dual::constant(0.0)
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Kumaraswamy<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.concentration1, &self.concentration0], |[a, b]| {
            let [log_v, a, b] = [uniform(rng).ln(), a, b].map(Dual::<f64, 0>::constant);
            quantile_of_complement(log_v, a, b).value
        })
    }
}
