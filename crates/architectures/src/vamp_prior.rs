use crate::{ConditionalNormal, Layer, Width};
use dfdx::prelude::{
    Const, ConstDim, Cpu, Device, Dim, Dtype, HasShape, ModuleVisitor, NoneTape, PutTape,
};
use dfdx::prelude::{ReshapeTo, Tensor, TensorCollection, TensorFromVec, TensorOptions};
use rayon::prelude::*;
use std::any::Any;
use vae_distributions::Normal;
use vae_ops::{Batch, GradTape, Gradients, PerExample, Real, Record};
use vae_ops::{as_mut_slice, as_slice, backward, batch_mean, normal_mixture, sum_event};
use vae_priors::Prior;
use vae_reparam::{Noise, Rsample, init_normal, thin};

/// The variational mixture of posteriors, p(z) = 1/K Σₖ q(z|uₖ), of `K` pseudo-inputs uₖ that are learned with the model (Tomczak
/// & Welling 2018, eq. 9). q is the encoder of the model that the prior is a part of, of type `Q`.
///
/// Pseudo-inputs start about 0; [`start_at`](Self::start_at) has them start at observations. Nothing keeps them within the range
/// of observations.
///
/// The way back through K pseudo-inputs is most of the work of a step on a small batch. [`thinned`](Self::thinned) lets a few of them,
/// [drawn](vae_reparam::thin) by how long the gradient in their component is, stand for all: the gradient stays unbiased, the
/// density and the bound are those of all.
///
/// ```
/// use dfdx::prelude::{BuildModule, Const, Cpu};
/// use vae_architectures::{BernoulliDecoder, GaussianEncoder, LatentModel, Mlp, Vae, VampPrior};
/// use vae_reparam::Noise;
///
/// type X = Const<784>;
/// type Z = Const<40>;
/// type Encoder = GaussianEncoder<Mlp<X, Const<100>>, Z>;
/// type Decoder = BernoulliDecoder<Mlp<Z, Const<100>>, X>;
/// type Model = Vae<Encoder, Decoder, VampPrior<50, X, Encoder>>;
///
/// let model = Model::build(&Cpu::seed_from_u64(0));
/// assert_eq!(model.sample(3, Noise::new(0, "prior")).as_vec().len(), 3 * 784);
/// ```
#[derive(Clone, Debug)]
pub struct VampPrior<const K: usize, X: Width, Q, E: Dtype = f32, D: Device<E> = Cpu> {
    /// u, shape (K, X).
    pub pseudo_inputs: Tensor<(Const<K>, X), E, D>,
    /// How many pseudo-inputs the gradient goes through; all that have one, if none is said.
    pub thinned: Option<usize>,
    /// That of the model, once the prior is beside it.
    encoder: Option<Q>,
    /// μ and ln σ² of q(z|uₖ), K rows each, once computed. Their width is that of z.
    components: Option<[Tensor<(usize, usize), E, D>; 2]>,
}

/// Pseudo-inputs that are encoded at a time.
const ROWS: usize = 125;

impl<const K: usize, X: Width, Q, E: Real> VampPrior<K, X, Q, E>
where
    Cpu: Device<E>,
{
    /// Has the pseudo-inputs start at K observations, K · X numbers row after row.
    ///
    /// # Panics
    /// If there are not as many numbers.
    pub fn start_at(&mut self, observations: &[E]) {
        as_mut_slice(&mut self.pseudo_inputs).copy_from_slice(observations);
    }

    /// Some of the pseudo-inputs.
    fn rows(&self, rows: &[usize]) -> Batch<X, E> {
        let width = self.pseudo_inputs.shape().1;
        let u = as_slice(&self.pseudo_inputs).chunks(width.size().max(1));
        let u: Vec<&[E]> = u.collect();
        let values = rows.iter().map(|row| u[*row]).collect::<Vec<_>>().concat();
        Cpu::default().tensor_from_vec(values, (rows.len(), width))
    }
}

impl<const K: usize, E, Body, Head> VampPrior<K, Body::Input, ConditionalNormal<Body, Head>, E>
where
    E: Real,
    Body: Layer<E, Input: Width>,
    Head: Layer<E, Input = Body::Output, Output: Width>,
    Cpu: Device<E>,
{
    fn encoder(&self) -> &ConditionalNormal<Body, Head> {
        let encoder = self.encoder.as_ref();
        encoder.expect(
            "a VampPrior is used beside the encoder of its model: ask the model for its prior",
        )
    }

    /// q(z|uₖ) for all k.
    fn components<T: Record<E>>(&self) -> Normal<Head::Output, E, T> {
        if let Some(components) = &self.components {
            let width = Head::Output::default();
            let [mean, log_var] = components
                .each_ref()
                .map(|t| t.retaped::<T>().reshape_like(&(K, width)));
            return Normal { mean, log_var };
        }
        let shape = (K, self.pseudo_inputs.shape().1);
        let u = self.pseudo_inputs.retaped::<T>().reshape_like(&shape);
        self.encoder().at(u)
    }
}

impl<const K: usize, E, Body, Head> Prior<E>
    for VampPrior<K, Body::Input, ConditionalNormal<Body, Head>, E>
where
    E: Real,
    Body: Layer<E, Input: Width> + Clone + Sync + 'static,
    Head: Layer<E, Input = Body::Output, Output: Width> + Clone + Sync + 'static,
    Cpu: Device<E>,
{
    type Latent = Head::Output;

    fn log_prob<T: Record<E>>(&self, z: &Batch<Head::Output, E, T>) -> PerExample<E, T> {
        let Normal { mean, log_var } = self.components::<T>();
        let equal = vec![E::of(-(K as f64).ln()); K];
        let equal: PerExample<E> = Cpu::default().tensor_from_vec(equal, (K,));
        normal_mixture(z.clone(), equal.put_tape(T::for_data()), mean, log_var)
    }

    fn sample(&self, count: usize, noise: Noise) -> Batch<Head::Output, E> {
        let Normal { mean, log_var } = self.components::<NoneTape>();
        let mut uniform = vec![0.0; count];
        noise.part(0).fill_uniform(&mut uniform);
        let drawn = uniform.iter().map(|u| ((u * K as f64) as usize).min(K - 1));
        let of_drawn = |parameter: &Batch<Head::Output, E>| {
            let rows = as_slice(parameter).chunks(Head::Output::SIZE);
            let rows: Vec<&[E]> = rows.collect();
            let values = drawn.clone().flat_map(|k| rows[k]).copied().collect();
            Cpu::default().tensor_from_vec(values, (count, Head::Output::default()))
        };
        let z = Normal {
            mean: of_drawn(&mean),
            log_var: of_drawn(&log_var),
        };
        z.rsample(noise.part(1))
    }

    fn beside<Q: 'static>(&self, encoder: &Q) -> Self {
        let encoder: Option<&ConditionalNormal<Body, Head>> = (encoder as &dyn Any).downcast_ref();
        Self {
            encoder: Some(
                encoder
                    .expect("the encoder of the model is of the type that its VampPrior names")
                    .clone(),
            ),
            ..self.clone()
        }
    }

    fn prepared(&self) -> Self {
        let all: Vec<usize> = (0..K).collect();
        let encode = |rows: &[usize]| {
            let q = self.encoder().at(self.rows(rows));
            [q.mean, q.log_var].map(|t| as_slice(&t.contiguous()).to_vec())
        };
        let parts: Vec<[Vec<E>; 2]> = all.par_chunks(ROWS).map(encode).collect();
        let joined = |i: usize| {
            let values = parts.iter().flat_map(|part| &part[i]).copied().collect();
            Cpu::default().tensor_from_vec(values, (K, Head::Output::SIZE))
        };
        Self {
            components: Some([joined(0), joined(1)]),
            ..self.clone()
        }
    }

    /// Encodes the pseudo-inputs that some code was near to once more, with a tape: often a small part of them, or made one.
    fn pull_back(&self, shards: &mut [Gradients<E>], noise: Noise) -> Vec<Gradients<E>> {
        let Some(components) = &self.components else {
            return Vec::new();
        };
        let latent = Head::Output::SIZE;
        let slopes = components.each_ref().map(|t| Gradients::sum(shards, t));
        let of_row = |i: usize, k: usize| &slopes[i][k * latent..(k + 1) * latent];
        let squares = |k: usize| [0, 1].map(|i| of_row(i, k).iter().map(|s| s.as_f64().powi(2)));
        let length = |k: usize| squares(k).into_iter().flatten().sum::<f64>().sqrt();
        let lengths: Vec<f64> = (0..K).map(length).collect();
        let mut u = [0.0];
        noise.fill_uniform(&mut u);
        let near = thin(&lengths, self.thinned.unwrap_or(K), u[0]);
        let differentiate = |near: &[(usize, f64)]| {
            let rows: Vec<usize> = near.iter().map(|(k, _)| *k).collect();
            let u = self.rows(&rows);
            let q = self.encoder().at(u.clone().put_tape(GradTape::new()));
            let slopes = [0, 1].map(|i| {
                let weighed = |(k, weight): &(usize, f64)| {
                    let weight = E::of(*weight);
                    of_row(i, *k).iter().map(move |slope| weight * *slope)
                };
                let values = near.iter().flat_map(weighed).collect();
                Cpu::default().tensor_from_vec(values, (rows.len(), Head::Output::default()))
            });
            // A function of the parameters with the same gradient.
            let product = sum_event([q.mean, q.log_var], slopes, |[m, v], [of_m, of_v]| {
                (m * of_m + v * of_v, [of_m, of_v])
            });
            let gradients = backward(batch_mean(product), E::of(rows.len() as f64));
            let of_u = as_slice(&gradients.get(&u)).to_vec();
            (gradients, of_u)
        };
        let part = near.len().div_ceil(2).clamp(1, ROWS);
        let parts: Vec<_> = near.par_chunks(part).map(differentiate).collect();
        let width = self.pseudo_inputs.shape().1.size();
        let mut of_u = vec![E::zero(); K * width];
        let of_near = parts.iter().flat_map(|(_, of_u)| of_u.chunks(width));
        for ((k, _), of_row) in near.iter().zip(of_near) {
            of_u[k * width..(k + 1) * width].copy_from_slice(of_row);
        }
        let mut gradients: Vec<Gradients<E>> = parts.into_iter().map(|(g, _)| g).collect();
        if let Some(first) = gradients.first_mut() {
            first.add(&self.pseudo_inputs, &of_u);
        }
        gradients
    }
}

impl<const K: usize, X: Width, Q, E: Real, D: Device<E>> TensorCollection<E, D>
    for VampPrior<K, X, Q, E, D>
where
    Q: TensorCollection<E, D>,
{
    type To<E2: Dtype, D2: Device<E2>> = VampPrior<K, X, Q::To<E2, D2>, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let small = TensorOptions::reset_with(|u: &mut Tensor<(Const<K>, X), E, D>| {
            init_normal(u, 0.01);
            Ok(())
        });
        visitor.visit_fields(
            Self::tensor(
                "pseudo_inputs",
                |s| &s.pseudo_inputs,
                |s| &mut s.pseudo_inputs,
                small,
            ),
            |pseudo_inputs| VampPrior {
                pseudo_inputs,
                thinned: None,
                encoder: None,
                components: None,
            },
        )
    }
}
