use crate::beta::inside_unit;
use crate::double::in_double;
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, Sample};
use dfdx::prelude::{Cpu, Dim, NoneTape, TensorFrom};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// Bernoulli variables relaxed to 0 < x < 1, from a temperature τ > 0 and the logits l, shape (B, N): x = σ((l + L)/τ)
/// for a standard logistic L. As τ → 0, it becomes the Bernoulli variable with these logits.
///
/// With u = τ ln x/(1 − x) − l, p(x) = τ σ(u) σ(−u) / x (1 − x). Computed in `f64` for either element type.
///
/// Maddison, Mnih and Teh (2017), "The concrete distribution", appendix B. Its mean and variance have no closed form.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, RelaxedBernoulli};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// // Uniform.
/// let p = RelaxedBernoulli::new(1.0, tensor(0.0))?;
/// assert!(p.log_prob(&tensor(0.3)).as_vec()[0].abs() < 1e-15);
/// assert_eq!(p.log_prob(&tensor(1.0)).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RelaxedBernoulli<N: Dim, E: Real = f32, T = NoneTape> {
    /// τ
    pub temperature: f64,
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> RelaxedBernoulli<N, E, T> {
    /// Checks that τ is positive and l finite.
    pub fn new(temperature: f64, logits: Batch<N, E, T>) -> Result<Self, DomainError> {
        check_temperature("RelaxedBernoulli", temperature)?;
        Domain::Finite.check(["RelaxedBernoulli", "logits"], &logits)?;
        Ok(Self {
            temperature,
            logits,
        })
    }

    /// P(X ≤ x) = σ(τ ln x/(1 − x) − l), element by element.
    pub fn cdf(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let temperature = self.temperature;
        formula([x.clone(), self.logits.clone()], move |variables| {
            in_double(variables, |[x, l]| {
                if x.value <= 0.0 {
                    Dual::constant(0.0)
                } else if x.value >= 1.0 {
                    Dual::constant(1.0)
                } else {
                    (temperature * logit(x) - l).sigmoid()
                }
            })
        })
    }

    /// The x with P(X ≤ x) = u, element by element, for u in (0, 1).
    pub fn quantile(&self, u: &Batch<N, E, T>) -> Batch<N, E, T> {
        let temperature = self.temperature;
        formula([u.clone(), self.logits.clone()], move |variables| {
            in_double(variables, |[u, l]| ((l + logit(u)) / temperature).sigmoid())
        })
    }
}

pub(crate) fn check_temperature(
    distribution: &'static str,
    temperature: f64,
) -> Result<(), DomainError> {
    let temperature = Cpu::default().tensor(temperature);
    Domain::Positive.check([distribution, "temperature"], &temperature)
}

/// ln x/(1 − x)
fn logit<const K: usize>(x: Dual<f64, K>) -> Dual<f64, K> {
    x.ln() - (-x).ln_1p()
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for RelaxedBernoulli<N, E, T> {
    /// Σ ln τ + ln σ(u) + ln σ(−u) − ln x − ln(1 − x).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let temperature = self.temperature;
        sum_formula([x.clone(), self.logits.clone()], move |variables| {
            in_double(variables, |[x, l]| {
                if x.value <= 0.0 || x.value >= 1.0 {
                    return Dual::constant(f64::NEG_INFINITY);
                }
                let u = temperature * logit(x) - l;
                let scale = temperature.ln() - x.ln() - (-x).ln_1p();
                scale + u.log_sigmoid() + (-u).log_sigmoid()
            })
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for RelaxedBernoulli<N, E, T> {
    /// Never 0 or 1, though most draws at a low temperature would round to these.
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw([&self.logits], |[l]| {
            let u = uniform(rng);
            let logistic = u.ln() - (-u).ln_1p();
            inside_unit::<E>(((l + logistic) / self.temperature).sigmoid())
        })
    }
}
