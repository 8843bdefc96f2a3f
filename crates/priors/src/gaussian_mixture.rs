use crate::Prior;
use crate::expectation_maximization::{Component, FitError, maximize};
use dfdx::prelude::{
    Axis, Const, ConstDim, Cpu, Device, Dtype, HasShape, ModuleVisitor, ReshapeTo,
};
use dfdx::prelude::{PutTape, Tensor, TensorCollection, TensorFromVec, TensorOptions};
use std::f64::consts::TAU;
use vae_ops::{Batch, Identity, PerExample, Real, Record, as_slice};
use vae_ops::{elementwise, linear, log_softmax, log_sum_exp, sum_formula};
use vae_reparam::{Noise, init_normal};

/// A mixture of `K` normal distributions of any covariance, p(z) = Σₖ πₖ N(z; μₖ, Lₖ Lₖᵀ), [fitted](Self::fit) to the codes of a
/// model that has been trained with another prior (Ghosh et al. 2020). Training leaves it as it is; [`Mixture`](crate::Mixture)
/// learns with the model.
///
/// ```
/// use dfdx::prelude::{Const, Cpu, TensorFromVec};
/// use vae_ops::Batch;
/// use vae_priors::{GaussianMixture, Prior};
/// use vae_reparam::Noise;
///
/// // Four codes near −1, and four near 1.
/// let codes = [-1.1f64, -1.0, -1.0, -0.9, 0.9, 1.0, 1.0, 1.1].to_vec();
/// let codes: Batch<Const<1>, f64> = Cpu::default().tensor_from_vec(codes, (8, Const));
/// let prior = GaussianMixture::<2, Const<1>, f64>::fit(&codes, Noise::new(0, "mixture"))?;
/// let means = prior.means.as_vec();
/// assert!((means[0] + means[1]).abs() < 1e-6 && (means[0] * means[1] + 1.0).abs() < 1e-6);
/// # Ok::<(), vae_priors::FitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct GaussianMixture<const K: usize, Z: ConstDim, E: Dtype = f32, D: Device<E> = Cpu> {
    /// Unnormalized ln πₖ, shape (K,).
    pub logits: Tensor<(Const<K>,), E, D>,
    /// μₖ, shape (K, Z).
    pub means: Tensor<(Const<K>, Z), E, D>,
    /// Lₖ, lower-triangular with a positive diagonal, shape (K, Z, Z).
    pub scale_trils: Tensor<(Const<K>, Z, Z), E, D>,
}

impl<const K: usize, Z: ConstDim, E: Real> GaussianMixture<K, Z, E>
where
    Cpu: Device<E>,
{
    /// Fits the mixture to codes (B, Z) by expectation–maximization (Dempster, Laird & Rubin 1977) in `f64`, from means chosen as
    /// k-means++ does (Arthur & Vassilvitskii 2007), until an iteration gains less than 10⁻⁴ nats a code, or for 200 iterations.
    /// A millionth of the codes' mean variance is added to every variance, so that no component collapses onto one code.
    ///
    /// # Errors
    /// If there are fewer than `K` codes, or one is not finite.
    pub fn fit(codes: &Batch<Z, E>, noise: Noise) -> Result<Self, FitError> {
        let codes: Vec<f64> = as_slice(codes).iter().map(|x| x.as_f64()).collect();
        let components = maximize(&codes, Z::SIZE, K, noise)?;
        let collect = |part: fn(&Component) -> &[f64]| {
            let values = components.iter().flat_map(part);
            values.map(|x| E::of(*x)).collect::<Vec<E>>()
        };
        let device = Cpu::default();
        let logits = components.iter().map(|c| E::of(c.log_weight)).collect();
        Ok(Self {
            logits: device.tensor_from_vec(logits, (Const,)),
            means: device.tensor_from_vec(collect(|c| &c.mean), (Const, Z::default())),
            scale_trils: device.tensor_from_vec(
                collect(|c| &c.scale_tril),
                (Const, Z::default(), Z::default()),
            ),
        })
    }

    fn components(&self) -> Vec<Component> {
        let n = Z::SIZE;
        let part = |values: &[E], k: usize, size: usize| -> Vec<f64> {
            let values = &values[k * size..(k + 1) * size];
            values.iter().map(|x| x.as_f64()).collect()
        };
        let log_weights = log_softmax(self.logits.clone(), Axis::<0>);
        (0..K)
            .map(|k| Component {
                log_weight: as_slice(&log_weights)[k].as_f64(),
                mean: part(as_slice(&self.means), k, n),
                scale_tril: part(as_slice(&self.scale_trils), k, n * n),
            })
            .collect()
    }
}

impl<const K: usize, Z: ConstDim, E: Real> Prior<E> for GaussianMixture<K, Z, E>
where
    Cpu: Device<E>,
{
    type Latent = Z;

    /// ln Σₖ exp(ln πₖ − ½ ‖Lₖ⁻¹ (z − μₖ)‖² − ln |Lₖ| − ½ Z ln 2π), all products of a batch in one.
    fn log_prob<T: Record<E>>(&self, z: &Batch<Z, E, T>) -> PerExample<E, T> {
        let (n, batch) = (Z::SIZE, z.shape().0);
        let (mut whiten, mut shift, mut constants) = (Vec::new(), Vec::new(), Vec::new());
        for component in self.components() {
            let inverse = component.inverse_scale();
            for row in inverse.chunks_exact(n.max(1)) {
                let product = row.iter().zip(&component.mean).map(|(w, m)| w * m);
                shift.push(E::of(-product.sum::<f64>()));
                whiten.extend(row.iter().map(|w| E::of(*w)));
            }
            let normalizer = component.log_det() + 0.5 * n as f64 * TAU.ln();
            constants.push(E::of(component.log_weight - normalizer));
        }
        let device = Cpu::default();
        let whiten = device.tensor_from_vec(whiten, (K * n, Z::default()));
        let shift = device.tensor_from_vec(shift, (K * n,));
        let (whiten, shift) = (
            whiten.put_tape(T::for_data()),
            shift.put_tape(T::for_data()),
        );
        let white: Batch<usize, E, T> = linear(z.clone(), whiten, shift, Identity);
        let white: Batch<Z, E, T> = white.reshape_like(&(batch * K, Z::default()));
        let squares = sum_formula([white], |[y]| -0.5 * y.square());
        let constants = device.tensor_from_vec(constants.repeat(batch), (batch, K));
        let terms = elementwise(
            [squares.reshape_like(&(batch, K))],
            [constants],
            |[s], [c]| (s + c, [E::one()]),
        );
        log_sum_exp(terms, Axis::<1>)
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<Z, E> {
        let n = Z::SIZE;
        let components = self.components();
        let (mut uniform, mut normal) = (vec![0.0; count], vec![0.0; count * n]);
        noise.part(0).fill_uniform(&mut uniform);
        noise.part(1).fill_normal_rows(n, &mut normal);
        let mut z = Vec::with_capacity(count * n);
        for (mut u, e) in uniform.into_iter().zip(normal.chunks_exact(n.max(1))) {
            let passed = |c: &&Component| {
                u -= c.log_weight.exp();
                u > 0.0
            };
            let k = components.iter().take_while(passed).count().min(K - 1);
            z.extend(components[k].place(e).map(E::of));
        }
        Cpu::default().tensor_from_vec(z, (count, Z::default()))
    }
}

impl<const K: usize, Z: ConstDim, E: Real, D: Device<E>> TensorCollection<E, D>
    for GaussianMixture<K, Z, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = GaussianMixture<K, Z, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let scatter = TensorOptions::detached(|means| {
            init_normal(means, 1.0);
            Ok(())
        });
        let identity = TensorOptions::detached(|scale_trils| {
            let n = Z::SIZE;
            let on_diagonal = |i: usize| (i % (n * n)).is_multiple_of(n + 1);
            let element = |i| if on_diagonal(i) { E::one() } else { E::zero() };
            scale_trils.copy_from(&(0..K * n * n).map(element).collect::<Vec<E>>());
            Ok(())
        });
        visitor.visit_fields(
            (
                Self::tensor(
                    "logits",
                    |s| &s.logits,
                    |s| &mut s.logits,
                    TensorOptions::detached(|logits| logits.try_fill_with_zeros()),
                ),
                Self::tensor("means", |s| &s.means, |s| &mut s.means, scatter),
                Self::tensor(
                    "scale_trils",
                    |s| &s.scale_trils,
                    |s| &mut s.scale_trils,
                    identity,
                ),
            ),
            |(logits, means, scale_trils)| GaussianMixture {
                logits,
                means,
                scale_trils,
            },
        )
    }
}
