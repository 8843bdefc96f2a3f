use crate::beta::less_whole;
use crate::binet::{binet, gamma_entropy};
use crate::double::in_double;
use crate::gamma::{self, log_gamma_draw};
use crate::relative_entropy::{log_ratio, relative_entropy};
use crate::rows::{draw_rows, normalize, on_simplex};
use crate::{Density, Domain, DomainError, KlTo, Moments, Sample};
use dfdx::prelude::{Axis, BroadcastTo, Dim, HasShape, NoneTape};
use rand::Rng;
use std::f64::consts::TAU;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula, sum_over};

/// The Dirichlet distribution over the simplex from its concentrations αᵢ > 0, shape (B, N):
/// p(x) = Γ(α₀) Π xᵢ^(αᵢ − 1) / Γ(αᵢ) with α₀ = Σ αᵢ, for xᵢ > 0 and Σ xᵢ = 1. The event is the whole row.
///
/// A sum within 10⁻⁴ of 1 counts as 1. The density is with respect to any N − 1 of the elements.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Dirichlet, Moments};
///
/// let device = Cpu::default();
/// let tensor = |x: [f64; 3]| device.tensor_from_vec(x.to_vec(), (1, Const::<3>));
/// // Uniform on a simplex of volume ½.
/// let p = Dirichlet::new(tensor([1.0; 3]))?;
/// assert!((p.log_prob(&tensor([0.25, 0.25, 0.5])).as_vec()[0] - 2.0f64.ln()).abs() < 1e-14);
/// assert_eq!(p.log_prob(&tensor([0.5; 3])).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dirichlet<N: Dim, E: Real = f32, T = NoneTape> {
    /// α
    pub concentration: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Dirichlet<N, E, T> {
    /// Checks that all αᵢ are positive.
    pub fn new(concentration: Batch<N, E, T>) -> Result<Self, DomainError> {
        Domain::Positive.check(["Dirichlet", "concentration"], &concentration)?;
        Ok(Self { concentration })
    }

    /// ln B(α) + (α₀ − N) ψ(α₀) − Σ (αᵢ − 1) ψ(αᵢ) with B(α) = Π Γ(αᵢ) / Γ(α₀), in nats.
    pub fn entropy(&self) -> PerExample<E, T> {
        let parts = sum_formula([self.concentration.clone()], |variables| {
            in_double(variables, |[a]| gamma_entropy(a))
        });
        let others = self.concentration.shape().1.size() as f64 - 1.0;
        formula([parts, self.total()], move |variables| {
            in_double(variables, |[parts, total]| {
                parts - gamma_entropy(total) - others * total.digamma()
            })
        })
    }

    /// α₀
    fn total(&self) -> PerExample<E, T> {
        sum_over(self.concentration.clone(), Axis::<1>)
    }

    /// αᵢ, and α₀ in every element.
    fn parameters(&self) -> [Batch<N, E, T>; 2] {
        let total = self.total().broadcast_like(self.concentration.shape());
        [self.concentration.clone(), total]
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Dirichlet<N, E, T> {
    /// ln Γ(α₀) + Σ (αᵢ − 1) ln xᵢ − ln Γ(αᵢ).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let [a, total] = self.parameters();
        let parts = sum_formula([x.clone(), a, total, on_simplex(x)], |variables| {
            in_double(variables, |[x, a, total, inside]| {
                if inside.value == 0.0 {
                    return Dual::constant(f64::NEG_INFINITY);
                }
                // With Stirling's formula for Γ, what is large combines to the distance of α₀x from α.
                let distance = relative_entropy(a, total * x, log_ratio(total * x, a));
                0.5 * (a.ln() - TAU.ln()) - binet(a) - x.ln() - distance
            })
        });
        formula([parts, self.total()], |variables| {
            in_double(variables, |[parts, total]| {
                if parts.value == f64::NEG_INFINITY {
                    return Dual::constant(f64::NEG_INFINITY);
                }
                parts + binet(total) - 0.5 * (total.ln() - TAU.ln())
            })
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for Dirichlet<N, E, T> {
    /// αᵢ/α₀
    fn mean(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[a, total]| a / total)
    }

    /// αᵢ (α₀ − αᵢ) / α₀² (α₀ + 1)
    fn variance(&self) -> Batch<N, E, T> {
        formula(self.parameters(), |[a, total]| {
            (a / total) * ((total - a) / total) / (total + 1.0)
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Dirichlet<N, E, T> {
    /// No element is ever 0, though most draws of small concentrations would round to it.
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw_rows(&self.concentration, |row| {
            row.iter_mut().for_each(|x| *x = log_gamma_draw(*x, rng));
            normalize::<E>(row);
        })
    }
}

/// ln B(β)/B(α) + Σ (αᵢ − βᵢ) (ψ(αᵢ) − ψ(α₀)) for q's concentrations β.
///
/// In `f64`, its error is at most 10⁻¹² of itself, or 10⁻¹⁶ of the largest |ln βᵢ/αᵢ| where that is more: where one
/// concentration is many times the others. In `f32`, which α₀ is rounded to, 10⁻⁶ of itself, 10⁻⁷ of that logarithm, or
/// 10⁻¹⁴ α₀, whichever is most.
impl<N: Dim, E: Real, T: Record<E>> KlTo<Dirichlet<N, E, T>, E, T> for Dirichlet<N, E, T> {
    fn kl_to(&self, q: &Dirichlet<N, E, T>) -> PerExample<E, T> {
        let ([a1, total1], [a2, total2]) = (self.parameters(), q.parameters());
        let parts = sum_formula([a1, a2, total1, total2], |variables| {
            in_double(variables, |[a1, a2, total1, total2]| {
                gamma::divergence([a1, total1], [a2, total2])
            })
        });
        formula(
            [parts, self.total(), q.total()],
            |[parts, total1, total2]| less_whole(parts, [total1, total2]),
        )
    }
}
