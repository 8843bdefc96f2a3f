use crate::categorical::gumbel;
use crate::relaxed_bernoulli::check_temperature;
use crate::rows::{draw_rows, normalize, on_simplex};
use crate::{Density, Domain, DomainError, Sample};
use dfdx::prelude::{Axis, Dim, HasShape, NoneTape};
use rand::Rng;
use vae_ops::math::GammaFunction;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, log_softmax, sum_formula};

/// One of N outcomes relaxed to the simplex, from a temperature τ > 0 and the logits l, shape (B, N): x is the softmax of
/// (l + G)/τ for standard Gumbel variables G. As τ → 0, it becomes the one-hot form of a
/// [`Categorical`](crate::Categorical) variable with these logits. The event is the whole row.
///
/// p(x) = (N − 1)! τᴺ⁻¹ Π exp(lᵢ) xᵢ^(−τ − 1) / (Σ exp(lⱼ) xⱼ^−τ)ᴺ for xᵢ > 0 and Σ xᵢ = 1, with respect to any N − 1 of
/// the elements. A sum within 10⁻⁴ of 1 counts as 1.
///
/// Maddison, Mnih and Teh (2017), "The concrete distribution", definition 1. Its mean and variance have no closed form.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Concrete, Density};
///
/// let device = Cpu::default();
/// let tensor = |x: [f64; 3]| device.tensor_from_vec(x.to_vec(), (1, Const::<3>));
/// let p = Concrete::new(1.0, tensor([0.0; 3]))?;
/// // 2! (⅓)⁻⁶ / (3 · 3)³ = 2
/// let center = p.log_prob(&tensor([1.0 / 3.0; 3]));
/// assert!((center.as_vec()[0] - 2.0f64.ln()).abs() < 1e-14);
/// assert_eq!(p.log_prob(&tensor([0.0, 0.5, 0.5])).as_vec(), [f64::NEG_INFINITY]);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Concrete<N: Dim, E: Real = f32, T = NoneTape> {
    /// τ
    pub temperature: f64,
    /// l
    pub logits: Batch<N, E, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Concrete<N, E, T> {
    /// Checks that τ is positive and l finite.
    pub fn new(temperature: f64, logits: Batch<N, E, T>) -> Result<Self, DomainError> {
        check_temperature("Concrete", temperature)?;
        Domain::Finite.check(["Concrete", "logits"], &logits)?;
        Ok(Self {
            temperature,
            logits,
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for Concrete<N, E, T> {
    /// ln Γ(N) + (N − 1) ln τ + Σ ln softmax(l − τ ln x)ᵢ − ln xᵢ.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let temperature = self.temperature;
        let inside = on_simplex(x);
        let inputs = [x.clone(), self.logits.clone(), inside.clone()];
        let scores = formula(inputs, move |[x, l, inside]| {
            if inside.value == E::zero() {
                Dual::constant(0.0)
            } else {
                l - temperature * x.ln()
            }
        });
        let size = x.shape().1.size() as f64;
        let normalizer = size.lgamma() + (size - 1.0) * temperature.ln();
        let inputs = [x.clone(), log_softmax(scores, Axis::<1>), inside];
        sum_formula(inputs, move |[x, log_share, inside]| {
            if inside.value == E::zero() {
                Dual::constant(f64::NEG_INFINITY)
            } else {
                log_share - x.ln() + normalizer / size
            }
        })
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for Concrete<N, E, T> {
    /// No element is ever 0, though most draws at a low temperature would round to it.
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        draw_rows(&self.logits, |row| {
            row.iter_mut()
                .for_each(|x| *x = (*x + gumbel(rng)) / self.temperature);
            normalize::<E>(row);
        })
    }
}
