use crate::relative_entropy::log_add_exp;
use crate::sample::{draw, uniform};
use crate::{Density, Domain, DomainError, ElementDensity, Moments, Sample};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, formula, sum_formula};

/// A mixture of K distributions for each element by itself: p(xᵢ) = Σₖ wₖᵢ pₖ(xᵢ) with wₖᵢ = exp lₖᵢ / Σⱼ exp lⱼᵢ, from K
/// logits, each (B, N), and as many components, any [`ElementDensity`].
///
/// A layer that gives all K at once, (B, K N), is cut into K parts.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, DiscretizedLogistic, ElementMixture, Moments};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let dark = DiscretizedLogistic::new(256, tensor(0.0), tensor(-9.0))?;
/// let bright = DiscretizedLogistic::new(256, tensor(1.0), tensor(-9.0))?;
/// let p = ElementMixture::new(vec![tensor(0.0), tensor(0.0)], vec![dark, bright])?;
/// assert!((p.log_prob(&tensor(1.0)).as_vec()[0] - 0.5f64.ln()).abs() < 1e-6);
/// assert!((p.mean().as_vec()[0] - 0.5).abs() < 1e-14);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ElementMixture<D, N: Dim, E: Real = f32, T = NoneTape> {
    /// l₁, …, l_K
    pub logits: Vec<Batch<N, E, T>>,
    /// p₁, …, p_K
    pub components: Vec<D>,
}

impl<D, N: Dim, E: Real, T: Record<E>> ElementMixture<D, N, E, T> {
    /// Checks that the logits are finite.
    ///
    /// # Panics
    /// If there is no component, or not one logit for each.
    pub fn new(logits: Vec<Batch<N, E, T>>, components: Vec<D>) -> Result<Self, DomainError> {
        assert!(!components.is_empty(), "a mixture has components");
        assert_eq!(
            logits.len(),
            components.len(),
            "each component of a mixture has its logits"
        );
        for l in &logits {
            Domain::Finite.check(["ElementMixture", "logits"], l)?;
        }
        Ok(Self { logits, components })
    }

    /// Σₖ wₖ fₖ, where fₖ is what `of` gives for a component.
    fn average(&self, of: impl Fn(&D) -> Batch<N, E, T>) -> Batch<N, E, T> {
        let total = log_sum(self.logits.iter().cloned());
        let terms = self
            .logits
            .iter()
            .zip(&self.components)
            .map(|(l, component)| {
                let inputs = [l.clone(), total.clone(), of(component)];
                formula(inputs, |[l, total, f]| (l - total).exp() * f)
            });
        let sum = terms.reduce(|sum, term| formula([sum, term], |[a, b]| a + b));
        sum.expect("a mixture has components")
    }
}

impl<D, N: Dim, E: Real, T: Record<E>> ElementMixture<D, N, E, T>
where
    D: ElementDensity<N, E, T>,
{
    /// ln Σₖ exp lₖ pₖ(xᵢ), and ln Σₖ exp lₖ.
    fn log_sums(&self, x: &Batch<N, E, T>) -> [Batch<N, E, T>; 2] {
        let joint = self
            .logits
            .iter()
            .zip(&self.components)
            .map(|(l, component)| {
                formula(
                    [l.clone(), component.log_prob_of_elements(x)],
                    |[l, log_p]| l + log_p,
                )
            });
        [log_sum(joint), log_sum(self.logits.iter().cloned())]
    }
}

/// ln Σₖ exp tₖ, element by element.
fn log_sum<N: Dim, E: Real, T: Record<E>>(
    terms: impl Iterator<Item = Batch<N, E, T>>,
) -> Batch<N, E, T> {
    let sum = terms.reduce(|sum, term| formula([sum, term], |[a, b]| log_add_exp(a, b)));
    sum.expect("a mixture has components")
}

fn log_quotient<E: Real>([joint, total]: [Dual<E, 2>; 2]) -> Dual<E, 2> {
    if joint.value == E::neg_infinity() {
        Dual::constant(f64::NEG_INFINITY)
    } else {
        joint - total
    }
}

impl<D, N: Dim, E: Real, T: Record<E>> Density<N, E, T> for ElementMixture<D, N, E, T>
where
    D: ElementDensity<N, E, T>,
{
    /// Σᵢ ln Σₖ wₖᵢ pₖ(xᵢ).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_formula(self.log_sums(x), log_quotient)
    }
}

impl<D, N: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T> for ElementMixture<D, N, E, T>
where
    D: ElementDensity<N, E, T>,
{
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        formula(self.log_sums(x), log_quotient)
    }
}

impl<D: Moments<N, E, T>, N: Dim, E: Real, T: Record<E>> Moments<N, E, T>
    for ElementMixture<D, N, E, T>
{
    /// μ = Σₖ wₖ μₖ
    fn mean(&self) -> Batch<N, E, T> {
        self.average(D::mean)
    }

    /// Σₖ wₖ (vₖ + (μₖ − μ)²)
    fn variance(&self) -> Batch<N, E, T> {
        let mean = self.mean();
        self.average(|component| {
            let inputs = [component.variance(), component.mean(), mean.clone()];
            formula(inputs, |[variance, of_one, mean]| {
                variance + (of_one - mean).square()
            })
        })
    }
}

impl<D: Sample<N, E>, N: Dim, E: Real, T: Record<E>> Sample<N, E> for ElementMixture<D, N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let mut components = self.logits.iter().zip(&self.components);
        let (l, first) = components.next().expect("a mixture has components");
        let (mut total, mut x) = (l.retaped::<NoneTape>(), first.sample(rng));
        for (l, component) in components {
            // The k-th takes the place of the ones before it with probability wₖ / (w₁ + … + wₖ).
            let (l, drawn) = (l.retaped::<NoneTape>(), component.sample(rng));
            total = formula([total, l.clone()], |[a, b]| log_add_exp(a, b));
            x = draw([&x, &drawn, &l, &total], |[x, drawn, l, total]| {
                if uniform(rng) < (l - total).exp() {
                    drawn
                } else {
                    x
                }
            });
        }
        x
    }
}
