use crate::discretized_logistic::Grid;
use crate::sample::uniform;
use crate::{Density, Domain, DomainError, ElementDensity, Moments, Sample};
use dfdx::prelude::{Axis, Cpu, Dim, HasShape, NoneTape, PutTape, ReshapeTo, Tensor};
use dfdx::prelude::{Shape, TensorFromVec};
use rand::Rng;
use vae_ops::{Batch, PerExample, Real, Record, as_slice, formula};
use vae_ops::{log_softmax, softmax, sum_over, surrogate};

/// One of L levels x = k/(L − 1) for each element by itself, from its logits l, shape (B, N, L):
/// P(k) = exp lₖ / Σⱼ exp lⱼ, with nothing said about which levels are near each other. With L = 256 it is the softmax over
/// the grey values of a pixel of van den Oord, Kalchbrenner & Kavukcuoglu (2016), "Pixel recurrent neural networks", §2.2.
///
/// Accurate for any finite logits: ±10⁴ neither overflow nor cancel. An x within a hundredth of 1/(L − 1) of a level is this
/// level, as in [`DiscretizedLogistic`](crate::DiscretizedLogistic). x has no gradient.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Density, Moments, PixelCategorical};
///
/// let device = Cpu::default();
/// let logits = device.tensor_from_vec(vec![0.0, 3.0f64.ln(), 0.0], (1, Const::<1>, Const::<3>));
/// let (p, x) = (PixelCategorical::new(logits)?, |x: f64| device.tensor_from_vec(vec![x], (1, Const::<1>)));
/// assert!((p.log_prob(&x(0.5)).as_vec()[0] - 0.6f64.ln()).abs() < 1e-15);
/// assert_eq!(p.log_prob(&x(0.4)).as_vec(), [f64::NEG_INFINITY]);
/// assert!((p.mean().as_vec()[0] - 0.5).abs() < 1e-15);
/// # Ok::<(), vae_distributions::DomainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PixelCategorical<N: Dim, L: Dim, E: Real = f32, T = NoneTape> {
    /// l
    pub logits: Tensor<(usize, N, L), E, Cpu, T>,
}

impl<N: Dim, L: Dim, E: Real, T: Record<E>> PixelCategorical<N, L, E, T> {
    /// Checks that L − 1 is positive, and l finite.
    pub fn new(logits: Tensor<(usize, N, L), E, Cpu, T>) -> Result<Self, DomainError> {
        Domain::check_levels("PixelCategorical", logits.shape().2.size() as f64)?;
        Domain::Finite.check(["PixelCategorical", "logits"], &logits)?;
        Ok(Self { logits })
    }

    fn levels(&self) -> usize {
        self.logits.shape().2.size()
    }

    fn untaped(&self) -> Tensor<(usize, N, L), E, Cpu> {
        self.logits.retaped()
    }

    /// A number for each element, with its derivatives in the L logits of that element.
    fn differentiable(&self, values: Vec<E>, partials: impl FnOnce() -> Vec<E>) -> Batch<N, E, T> {
        let (batch, n, _) = *self.logits.shape();
        let values = Cpu::default().tensor_from_vec(values, (batch * n.size(),));
        let values = if T::OWNS_TAPE {
            let len = self.logits.shape().num_elements();
            let logits = self.logits.clone().contiguous().reshape_like(&(len,));
            surrogate(values, [(logits, partials())])
        } else {
            values.put_tape(T::default())
        };
        values.reshape_like(&(batch, n))
    }

    /// E\[f(x)\], element by element, where `f` may depend on the element; dE\[f\]/dlₖ = pₖ (f(xₖ) − E\[f\]).
    fn expectation(&self, f: impl Fn(usize, f64) -> f64) -> Batch<N, E, T> {
        let p = softmax(self.untaped(), Axis::<2>);
        let means = means(&p, &f);
        self.differentiable(means.iter().map(|mean| E::of(*mean)).collect(), || {
            let (levels, last) = (self.levels(), (self.levels() - 1) as f64);
            let of_logit = |(i, p): (usize, &E)| {
                let (row, level) = (i / levels, (i % levels) as f64);
                E::of(p.as_f64() * (f(row, level / last) - means[row]))
            };
            as_slice(&p).iter().enumerate().map(of_logit).collect()
        })
    }
}

/// Σₖ pₖ f(xₖ) for each element, in `f64`.
fn means<N: Dim, L: Dim, E: Real>(
    p: &Tensor<(usize, N, L), E, Cpu>,
    f: impl Fn(usize, f64) -> f64,
) -> Vec<f64> {
    let levels = p.shape().2.size();
    let mean = |(row, p): (usize, &[E])| {
        let x = |k: usize| k as f64 / (levels - 1) as f64;
        let terms = p.iter().enumerate();
        terms.map(|(k, p)| p.as_f64() * f(row, x(k))).sum()
    };
    as_slice(p).chunks(levels).enumerate().map(mean).collect()
}

impl<N: Dim, L: Dim, E: Real, T: Record<E>> ElementDensity<N, E, T>
    for PixelCategorical<N, L, E, T>
{
    fn log_prob_of_elements(&self, x: &Batch<N, E, T>) -> Batch<N, E, T> {
        let (levels, grid) = (self.levels(), Grid::of(self.levels() as f64));
        let log_p = log_softmax(self.untaped(), Axis::<2>);
        let x = x.retaped::<NoneTape>().contiguous();
        let (batch, n, _) = *self.logits.shape();
        assert_eq!(*x.shape(), (batch, n), "shapes of events and logits differ");
        // Where x is a level, its place among all logits.
        let place = |(i, x): (usize, &E)| Some(i * levels + grid.level(x.as_f64())? as usize);
        let places = || as_slice(&x).iter().enumerate().map(place);
        let value = |place: Option<usize>| place.map_or(E::neg_infinity(), |k| as_slice(&log_p)[k]);
        self.differentiable(places().map(value).collect(), || {
            let negative = formula([log_p.clone()], |[log_p]| -log_p.exp());
            let mut partials = as_slice(&negative).to_vec();
            for (row, place) in places().enumerate() {
                match place {
                    Some(k) if as_slice(&log_p)[k] > E::neg_infinity() => partials[k] += E::one(),
                    _ => partials[row * levels..][..levels].fill(E::zero()),
                }
            }
            partials
        })
    }
}

impl<N: Dim, L: Dim, E: Real, T: Record<E>> Density<N, E, T> for PixelCategorical<N, L, E, T> {
    /// Σ lₖ − ln Σⱼ exp lⱼ.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        sum_over(self.log_prob_of_elements(x), Axis::<1>)
    }
}

impl<N: Dim, L: Dim, E: Real, T: Record<E>> Moments<N, E, T> for PixelCategorical<N, L, E, T> {
    /// Σₖ pₖ k/(L − 1)
    fn mean(&self) -> Batch<N, E, T> {
        self.expectation(|_, x| x)
    }

    /// Σₖ pₖ (k/(L − 1) − μ)²
    fn variance(&self) -> Batch<N, E, T> {
        let means = means(&softmax(self.untaped(), Axis::<2>), |_, x| x);
        // The derivative by way of μ is 0.
        self.expectation(|row, x| (x - means[row]).powi(2))
    }
}

impl<N: Dim, L: Dim, E: Real, T: Record<E>> Sample<N, E> for PixelCategorical<N, L, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        let (batch, n, _) = *self.logits.shape();
        let (levels, last) = (self.levels(), (self.levels() - 1) as f64);
        let p = softmax(self.untaped(), Axis::<2>);
        let level = |p: &[E]| {
            let threshold = uniform(rng) * p.iter().map(|p| p.as_f64()).sum::<f64>();
            let mut sum = 0.0;
            let passed = |p: &&E| {
                sum += p.as_f64();
                sum <= threshold
            };
            E::of(p.iter().take_while(passed).count().min(levels - 1) as f64 / last)
        };
        let values = as_slice(&p).chunks(levels).map(level).collect();
        Cpu::default().tensor_from_vec(values, (batch, n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};
    use vae_ops::{GradTape, backward, batch_mean};

    /// 256 levels, their logits from a formula.
    fn logits<E: Real>(of: impl Fn(f64) -> f64) -> Tensor<(usize, usize, usize), E, Cpu> {
        let values = (0..256).map(|k| E::of(of(f64::from(k)))).collect();
        Cpu::default().tensor_from_vec(values, (1, 1, 256))
    }

    fn number<E: Real>(x: f64) -> Batch<usize, E> {
        Cpu::default().tensor_from_vec(vec![E::of(x)], (1, 1))
    }

    /// By torch 2.9.1: log_softmax(100 sin k) in float64.
    #[test]
    fn known_densities_of_256_levels() {
        fn check<E: Real>(tolerance: f64) {
            let p = PixelCategorical {
                logits: logits::<E>(|k| 100.0 * k.sin()),
            };
            for (level, expected) in [
                (0.0, -102.33327216181668),
                (33.0, -2.342086151089958),
                (128.0, -30.229501111643515),
                (255.0, -152.97243565426575),
            ] {
                let log_prob = p.log_prob(&number(level / 255.0)).as_vec()[0].as_f64();
                assert!(
                    (log_prob - expected).abs() <= tolerance * (1.0 + expected.abs()),
                    "{log_prob} is not {expected}"
                );
            }
        }
        check::<f64>(1e-14);
        // As the logits are rounded.
        check::<f32>(1e-5);
    }

    #[test]
    fn enormous_logits_neither_overflow_nor_cancel() {
        let leaf = logits::<f32>(|k| if k == 200.0 { 1e4 } else { -1e4 });
        let p = PixelCategorical {
            logits: leaf.retaped::<GradTape>(),
        };
        for (level, expected, others) in [(200.0, 0.0, 0.0), (7.0, -2e4, -1.0)] {
            let log_prob = p.log_prob(&number(level / 255.0).retaped());
            assert_eq!(log_prob.as_vec(), [expected]);
            let gradient = backward(batch_mean(log_prob), 1.0).get(&leaf).as_vec();
            assert_eq!([gradient[7], gradient[200]], [-others, others]);
            assert!(gradient.iter().sum::<f32>() == 0.0);
        }
        assert_eq!(p.mean().as_vec(), [200.0 / 255.0]);
        assert_eq!(p.variance().as_vec(), [0.0]);
        assert_eq!(
            p.sample(&mut StdRng::seed_from_u64(1)).as_vec(),
            [200.0 / 255.0]
        );
        // Two that are equal in all their digits but the last.
        let p = PixelCategorical {
            logits: logits::<f32>(|k| if k < 2.0 { 1e4 } else { -1e4 }),
        };
        assert_eq!(p.log_prob(&number(0.0)).as_vec(), [-(2f32.ln())]);
    }

    #[test]
    fn only_levels_are_possible() {
        let leaf = logits::<f64>(f64::sin);
        let p = PixelCategorical {
            logits: leaf.retaped::<GradTape<f64>>(),
        };
        for x in [0.5 / 255.0, -1.0 / 255.0, 256.0 / 255.0, 0.02 / 255.0] {
            let log_prob = p.log_prob(&number(x).retaped());
            assert_eq!(log_prob.as_vec(), [f64::NEG_INFINITY]);
            let gradient = backward(batch_mean(log_prob), 1.0).get(&leaf);
            assert_eq!(gradient.as_vec(), [0.0; 256]);
        }
        let near = p.log_prob(&number(100.009 / 255.0).retaped());
        assert_eq!(
            near.as_vec(),
            p.log_prob(&number(100.0 / 255.0).retaped()).as_vec()
        );
    }

    #[test]
    fn one_level_is_refused() {
        let one = Cpu::default().tensor_from_vec(vec![0.0f64], (1, 1, 1));
        assert!(PixelCategorical::new(one).is_err());
    }
}
