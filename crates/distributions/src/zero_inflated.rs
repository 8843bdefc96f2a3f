use crate::relative_entropy::log_add_exp;
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, ElementDensity, Moments, NegativeBinomial, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// Counts with additional zeros: each element is 0 with probability π = σ(g), from its gate's logits g, shape (B, N), and
/// else is distributed as `counts`, any [`ElementDensity`] over counts.
///
/// P(0) = π + (1 − π) P_counts(0), and P(x) = (1 − π) P_counts(x) for other x.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Moments, Poisson, ZeroInflated};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = ZeroInflated::new(tensor(0.0), Poisson::new(tensor(3.0))?)?;
/// assert!((p.log_prob(&tensor(0.0)).as_vec()[0] - (0.5 + 0.5 * (-3.0f64).exp()).ln()).abs() < 1e-14);
/// assert_eq!(p.mean().as_vec(), [1.5]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ZeroInflated<D, N: Dim, E: Real = f32, T = NoneTape> {
    /// g
    pub gate: Batch<N, E, T>,
    /// The distribution that has zeros added.
    pub counts: D,
}

/// Negative binomial counts with additional zeros, as of gene expression.
pub type ZeroInflatedNegativeBinomial<N, E = f32, T = NoneTape> =
    ZeroInflated<NegativeBinomial<N, E, T>, N, E, T>;

impl<D, N: Dim, E: Real, T: Record<E>> ZeroInflated<D, N, E, T> {
    /// Checks that g is finite.
    pub fn new(gate: Batch<N, E, T>, counts: D) -> Result<Self, DomainError> {
        Domain::Finite.check(["ZeroInflated", "gate"], &gate)?;
        Ok(Self { gate, counts })
    }
}

fn log_mass<E: Real>([x, gate, log_counts]: [Dual<E, 3>; 3]) -> Dual<E, 3> {
    if x.value == E::zero() {
        // ln[(eᵍ + P(0)) / (eᵍ + 1)]
        log_add_exp(gate, log_counts) - gate.softplus()
    } else if log_counts.value == E::neg_infinity() {
        Dual::constant(f64::NEG_INFINITY)
    } else {
        log_counts + (-gate).log_sigmoid()
    }
}

/// σ(g) m: nothing of what never comes, even if m is infinite.
fn share<E: Real, const K: usize>(gate: Dual<E, K>, moment: Dual<E, K>) -> Dual<E, K> {
    let probability = gate.sigmoid();
    if probability.value == E::zero() {
        Dual::constant(0.0)
    } else {
        probability * moment
    }
}

impl<D, N: Dim, E: Real, T: Record<E>> ZeroInflated<D, N, E, T>
where
    D: ElementDensity<N, E, T>,
{
    fn variables(&self, x: &Batch<N, E, T>) -> [Batch<N, E, T>; 3] {
        [
            x.clone(),
            self.gate.clone(),
            self.counts.log_prob_of_elements(x),
        ]
    }
}

impl<D, N: Dim, E: Real, T: Record<E>> Density<N, E, T> for ZeroInflated<D, N, E, T>
where
    D: ElementDensity<N, E, T>,
{
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(self.variables(x), log_mass)
    }
}

impl<D, N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for ZeroInflated<D, N, E, T>
where
    D: ElementDensity<N, E, T>,
{
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(self.variables(x), log_mass)
    }
}

impl<D: Moments<N, E, T>, N: Dim, E: Real, T: Record<E>> Moments<N, E, T>
    for ZeroInflated<D, N, E, T>
{
    /// (1 − π) μ, with the mean μ of the counts.
    fn mean(&self) -> Batch<N, E, T> {
        formula([self.gate.clone(), self.counts.mean()], |[gate, mean]| {
            share(-gate, mean)
        })
    }

    /// (1 − π) (v + π μ²), with the variance v of the counts.
    fn variance(&self) -> Batch<N, E, T> {
        formula(
            [
                self.gate.clone(),
                self.counts.mean(),
                self.counts.variance(),
            ],
            |[gate, mean, variance]| share(-gate, variance + share(gate, mean.square())),
        )
    }
}

impl<D: Sample<N, E>, N: Dim, E: Real, T: Record<E>> Sample<N, E> for ZeroInflated<D, N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let counts = self.counts.sample(rng);
        draw([&self.gate.retaped(), &counts], |[gate, count]| {
            if uniform(rng) < gate.sigmoid() {
                0.0
            } else {
                count
            }
        })
    }
}
