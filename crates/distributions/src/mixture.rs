use crate::sample::uniform;
use crate::{Density, Domain, DomainError, Moments, Sample};
use dfdx::prelude::{Axes2, Axis, BroadcastTo, Cpu, Dim, HasShape, NoneTape, PermuteTo};
use dfdx::prelude::{ReshapeTo, Tensor, TensorFromVec, TryStack};
use rand::Rng;
use vae_ops::{Batch, Dual, PerExample, Real, Record, as_slice, formula};
use vae_ops::{log_softmax, log_sum_exp, sum_over};

/// A mixture of K distributions of one type, p(x) = Σₖ πₖ pₖ(x), from the unnormalized ln πₖ (B, K) and the K components,
/// each over (B, N). The weights belong to whole events, not to their elements.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Mixture, Moments, Normal};
///
/// let device = Cpu::default();
/// let tensor = |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>));
/// let component = |mean| Normal { mean: tensor(mean), log_var: tensor(0.0) };
/// let logits = device.tensor_from_vec(vec![0.0, 0.0], (1, 2));
/// let p = Mixture::new(logits, vec![component(-3.0), component(3.0)])?;
/// assert_eq!((p.mean().as_vec(), p.variance().as_vec()), (vec![0.0], vec![10.0]));
/// assert_eq!(p.log_prob(&tensor(0.0)).as_vec(), component(3.0).log_prob(&tensor(0.0)).as_vec());
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mixture<D, E: Real = f32, T = NoneTape> {
    /// ln πₖ + any constant, −∞ for a component that does not occur.
    pub logits: Batch<usize, E, T>,
    /// pₖ
    pub components: Vec<D>,
}

impl<D, E: Real, T: Record<E>> Mixture<D, E, T> {
    /// Checks that the logits are finite.
    ///
    /// # Panics
    /// If there is no component, or not one logit for each.
    pub fn new(logits: Batch<usize, E, T>, components: Vec<D>) -> Result<Self, DomainError> {
        assert!(
            !components.is_empty() && logits.shape().1 == components.len(),
            "{} components have {} logits",
            components.len(),
            logits.shape().1
        );
        Domain::Finite.check(["Mixture", "logits"], &logits)?;
        Ok(Self { logits, components })
    }

    /// Σₖ πₖ times what each component has to say, (K, B, N). A component of weight 0 has none.
    fn average<N: Dim>(&self, values: Tensor<(usize, usize, N), E, Cpu, T>) -> Batch<N, E, T> {
        let log_weights = log_softmax(self.logits.clone(), Axis::<1>)
            .permute::<(usize, usize), Axes2<1, 0>>()
            .broadcast_like::<(usize, usize, N), Axis<2>>(values.shape());
        let weighted = formula([log_weights, values], |[w, x]| {
            if w.value == E::neg_infinity() {
                Dual::constant(0.0)
            } else {
                w.exp() * x
            }
        });
        sum_over(weighted, Axis::<0>)
    }
}

impl<N: Dim, E: Real, T: Record<E>, D: Density<N, E, T>> Density<N, E, T> for Mixture<D, E, T> {
    /// ln Σₖ exp(ln πₖ + ln pₖ(x)).
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let densities: Vec<_> = self.components.iter().map(|p| p.log_prob(x)).collect();
        let densities = densities.stack().permute::<(usize, usize), Axes2<1, 0>>();
        let log_weights = log_softmax(self.logits.clone(), Axis::<1>);
        let joint = formula([log_weights, densities], |[w, p]| w + p);
        log_sum_exp(joint, Axis::<1>)
    }
}

impl<N: Dim, E: Real, T: Record<E>, D: Moments<N, E, T>> Moments<N, E, T> for Mixture<D, E, T> {
    /// Σₖ πₖ μₖ
    fn mean(&self) -> Batch<N, E, T> {
        let means: Vec<_> = self.components.iter().map(|p| p.mean()).collect();
        self.average(means.stack())
    }

    /// Σₖ πₖ (σₖ² + (μₖ − μ)²): the law of total variance.
    fn variance(&self) -> Batch<N, E, T> {
        let mean = self.mean();
        let squares = self.components.iter().map(|p| {
            formula([p.mean(), p.variance(), mean.clone()], |[m, v, mean]| {
                v + (m - mean).square()
            })
        });
        self.average(squares.collect::<Vec<_>>().stack())
    }
}

impl<N: Dim, E: Real, T: Record<E>, D: Sample<N, E>> Sample<N, E> for Mixture<D, E, T> {
    /// Draws from every component, and then whose draw it is.
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let draws = self.components.iter().map(|p| p.sample(rng).contiguous());
        let draws: Vec<_> = draws.collect();
        let shape = *draws[0].shape();
        let weights = log_softmax(self.logits.retaped::<NoneTape>(), Axis::<1>);
        let (components, size) = (draws.len(), shape.1.size());
        let mut values = Vec::with_capacity(shape.0 * size);
        for (row, weights) in as_slice(&weights).chunks_exact(components).enumerate() {
            let mut rest = uniform(rng);
            let passed = |w: &&E| {
                rest -= w.as_f64().exp();
                rest > 0.0
            };
            let k = weights
                .iter()
                .take_while(passed)
                .count()
                .min(components - 1);
            values.extend_from_slice(&as_slice(&draws[k])[row * size..][..size]);
        }
        Cpu::default().tensor_from_vec(values, shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Laplace;

    fn row(values: &[f64]) -> Batch<usize, f64> {
        Cpu::default().tensor_from_vec(values.to_vec(), (1, values.len()))
    }

    #[test]
    fn a_component_that_does_not_occur_says_nothing() {
        let of_scale = |scale| Laplace {
            loc: row(&[1.0]),
            scale: row(&[scale]),
        };
        let p = Mixture {
            logits: row(&[f64::NEG_INFINITY, 1.0]),
            components: vec![of_scale(f64::INFINITY), of_scale(2.0)],
        };
        let (x, rest) = (row(&[0.5]), of_scale(2.0));
        assert_eq!(p.variance().as_vec(), rest.variance().as_vec());
        assert_eq!(p.log_prob(&x).as_vec(), rest.log_prob(&x).as_vec());
        let nan = Mixture::new(row(&[f64::NAN, 0.0]), p.components);
        assert!(nan.is_err());
    }
}
