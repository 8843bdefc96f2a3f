use crate::{Bernoulli, Density, Moments, Sample};
use dfdx::prelude::{Cpu, Dim, HasShape, NoneTape, PutTape, ReshapeTo, Tensor, TensorFromVec};
use rand::Rng;
use vae_ops::{Batch, Identity, PerExample, Real, Record, as_slice, elementwise, formula, linear};

/// Binary variables that depend on those before them, p(xᵢ | x₁ … xᵢ₋₁) = Bernoulli(σ(lᵢ + bᵢ + Σⱼ﹤ᵢ wᵢⱼ xⱼ)), from logits l
/// (B, N), and a bias b (N,) and weights W (N, N) that all examples share: the fully visible sigmoid belief network (Neal 1992; Frey 1998).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{AutoregressiveBernoulli, Density};
///
/// let device = Cpu::default();
/// let p: AutoregressiveBernoulli<Const<2>> = AutoregressiveBernoulli {
///     logits: device.tensor_from_vec(vec![0.0, -50.0], (1, Const)),
///     bias: device.zeros(),
///     // The second is what the first is. What is not below the diagonal has no say.
///     weight: device.tensor([[7.0, 7.0], [100.0, 7.0]]),
/// };
/// let half = -(2.0f32.ln());
/// assert_eq!(p.log_prob(&device.tensor_from_vec(vec![1.0, 1.0], (1, Const))).as_vec(), [half]);
/// assert_eq!(p.log_prob(&device.tensor_from_vec(vec![0.0, 1.0], (1, Const))).as_vec(), [half - 50.0]);
/// ```
#[derive(Clone, Debug)]
pub struct AutoregressiveBernoulli<N: Dim, E: Real = f32, T = NoneTape> {
    /// l
    pub logits: Batch<N, E, T>,
    /// b
    pub bias: Tensor<(N,), E, Cpu, T>,
    /// W; only what lies below the diagonal counts.
    pub weight: Tensor<(N, N), E, Cpu, T>,
}

impl<N: Dim, E: Real, T: Record<E>> Density<N, E, T> for AutoregressiveBernoulli<N, E, T> {
    /// That of [`Bernoulli`] at the logits which the elements before give.
    fn log_prob(&self, x: &Batch<N, E, T>) -> PerExample<E, T> {
        let (n, size) = (self.logits.shape().1, self.logits.shape().1.size());
        let below = (0..size * size).map(|i| E::of(f64::from(u8::from(i % size < i / size))));
        let below = Cpu::default().tensor_from_vec(below.collect(), (n, n));
        let weight = elementwise([self.weight.clone()], [below], |[w], [b]| (w * b, [b]));
        let of_others = linear(x.clone(), weight, self.bias.clone(), Identity);
        let logits = formula([self.logits.clone(), of_others], |[l, o]| l + o);
        Bernoulli { logits }.log_prob(x)
    }
}

impl<N: Dim, E: Real, T: Record<E>> Moments<N, E, T> for AutoregressiveBernoulli<N, E, T> {
    /// Each element's mean given the means of those before it: E\[x\] where W is 0, near it where W is small. E\[x\] itself is a
    /// sum over 2ᴺ states. No gradient is taken.
    fn mean(&self) -> Batch<N, E, T> {
        self.ancestral(|p| p).put_tape(T::for_data())
    }

    /// NaN: it is a sum over 2ᴺ states.
    fn variance(&self) -> Batch<N, E, T> {
        self.ancestral(|_| f64::NAN).put_tape(T::for_data())
    }
}

impl<N: Dim, E: Real, T: Record<E>> Sample<N, E> for AutoregressiveBernoulli<N, E, T> {
    fn sample<R: Rng>(&self, rng: &mut R) -> Batch<N, E> {
        self.ancestral(|p| f64::from(u8::from(rng.gen_bool(p))))
    }
}

impl<N: Dim, E: Real, T: Record<E>> AutoregressiveBernoulli<N, E, T> {
    /// One element after the other, each from its probability given those before it.
    fn ancestral(&self, mut element: impl FnMut(f64) -> f64) -> Batch<N, E> {
        let logits = self.logits.retaped::<NoneTape>().contiguous();
        let bias = self.bias.retaped::<NoneTape>().contiguous();
        let weight = self.weight.retaped::<NoneTape>().contiguous();
        let (shape, n) = (*logits.shape(), self.logits.shape().1.size());
        let mut values = Vec::with_capacity(shape.0 * n);
        for logits in as_slice(&logits).chunks_exact(n.max(1)) {
            let start = values.len();
            for (i, (logit, bias)) in logits.iter().zip(as_slice(&bias)).enumerate() {
                let weights = &as_slice(&weight)[i * n..][..i];
                let before = weights.iter().zip(&values[start..]);
                let logit = before
                    .fold(*logit + *bias, |sum, (w, x)| sum + *w * *x)
                    .as_f64();
                values.push(E::of(element(1.0 / (1.0 + (-logit).exp()))));
            }
        }
        Cpu::default().tensor_from_vec(values, shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{BroadcastTo, Const};
    use rand::{SeedableRng, rngs::StdRng};
    use vae_testkit::{assert_chi_square, assert_close, spread};

    type N = Const<4>;

    fn p(rows: usize) -> AutoregressiveBernoulli<N, f64> {
        let device = Cpu::default();
        let logits = spread(3, 4).repeat(rows);
        AutoregressiveBernoulli {
            logits: device.tensor_from_vec(logits, (rows, Const)),
            bias: device.tensor_from_vec(spread(4, 4), (Const,)),
            weight: device.tensor_from_vec(spread(5, 16), (Const, Const)),
        }
    }

    /// The binary digits of the row's number.
    fn states() -> Batch<N, f64> {
        let bit = |i: usize| f64::from(u8::from((i / 4) >> (i % 4) & 1 == 1));
        Cpu::default().tensor_from_vec((0..64).map(bit).collect(), (16, Const))
    }

    #[test]
    fn adds_up_to_one_over_all_states() {
        let total: f64 = p(16)
            .log_prob(&states())
            .as_vec()
            .iter()
            .map(|l| l.exp())
            .sum();
        assert_close(total, 1.0, 1e-14);
    }

    #[test]
    fn samples_have_its_probabilities() {
        const ROWS: usize = 40_000;
        let draws = p(ROWS).sample(&mut StdRng::seed_from_u64(1)).as_vec();
        let mut counts = [0.0; 16];
        for draw in draws.chunks(4) {
            let state: f64 = (0..4).map(|i| draw[i] * f64::from(1 << i)).sum();
            counts[state as usize] += 1.0;
        }
        let log_probs = p(16).log_prob(&states()).as_vec();
        let expected: Vec<f64> = log_probs.iter().map(|l| ROWS as f64 * l.exp()).collect();
        assert_chi_square(&counts, &expected);
    }

    #[test]
    fn without_weights_it_is_that_of_independent_variables() {
        let mut p = p(16);
        p.weight = Cpu::default().tensor_from_vec(vec![0.0; 16], (Const, Const));
        let logits = formula(
            [p.logits.clone(), p.bias.clone().broadcast_like(&p.logits)],
            |[l, b]| l + b,
        );
        let apart = Bernoulli { logits };
        assert_eq!(
            p.log_prob(&states()).as_vec(),
            apart.log_prob(&states()).as_vec()
        );
        for (ours, theirs) in p.mean().as_vec().iter().zip(apart.mean().as_vec()) {
            assert_close(*ours, theirs, 1e-14);
        }
    }
}
