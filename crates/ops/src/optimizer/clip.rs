use super::{CHUNK, gradients_of};
use crate::Real;
use crate::reduce::add_up;
use dfdx::prelude::{
    Cpu, Device, Gradients, RecursiveWalker, Shape, Tensor, TensorCollection, TensorOptions,
};
use dfdx::prelude::{TensorVisitor, ViewTensorRef};
use multiversion::multiversion;
use rayon::prelude::*;

/// Scales the gradient down to the norm `max_norm` if it is longer, and returns the norm that it had (Pascanu et al.
/// 2013, algorithm 1).
///
/// The gradient is the sum of `shards` over all parameters together, the one along which
/// [`Optimizer::update`](crate::Optimizer::update) will step; every shard is scaled by the same factor. Its Euclidean
/// norm is summed up in `f64`. If that is NaN or infinite, the gradient stays as it is: no factor would mend it.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::clip_gradient_norm;
///
/// let w = Cpu::default().tensor([1.5f32, 2.0]);
/// let mut shards = [w.leaky_trace().square().sum::<Rank0, _>().backward()];
/// assert_eq!(clip_gradient_norm(&w, &mut shards, 1.0), 5.0);
/// assert_eq!(shards[0].get(&w).array(), [0.6, 0.8]);
/// ```
pub fn clip_gradient_norm<E: Real, M: TensorCollection<E, Cpu>>(
    model: &M,
    shards: &mut [Gradients<E, Cpu>],
    max_norm: f64,
) -> f64
where
    Cpu: Device<E>,
{
    let mut sum = 0.0;
    for_each_parameter(model, shards, |shards| sum += sum_of_squares(&shards));
    let norm = sum.sqrt();
    if norm > max_norm && norm.is_finite() {
        let factor = E::of(max_norm / norm);
        for_each_parameter(model, shards, |shards| {
            let gradients = shards.into_iter().flat_map(|g| g.iter_mut());
            gradients.for_each(|g| *g *= factor);
        });
    }
    norm
}

/// ‖Σ shards‖², over chunks of fixed size, so that the number of threads does not change it.
fn sum_of_squares<E: Real>(shards: &[&mut [E]]) -> f64 {
    let len = shards.first().map_or(0, |shard| shard.len());
    let chunks = (0..len.div_ceil(CHUNK)).into_par_iter().map(|i| {
        let range = i * CHUNK..((i + 1) * CHUNK).min(len);
        let shards: Vec<&[E]> = shards.iter().map(|shard| &shard[range.clone()]).collect();
        sum_of_squares_of_chunk(&shards)
    });
    chunks.collect::<Vec<f64>>().iter().sum()
}

#[multiversion(targets = "simd")]
fn sum_of_squares_of_chunk<E: Real>(shards: &[&[E]]) -> f64 {
    let (mut sums, mut terms) = ([0.0; 16], [0.0; 1024]);
    let len = shards[0].len();
    for start in (0..len).step_by(terms.len()) {
        let terms = &mut terms[..(len - start).min(1024)];
        terms.fill(0.0);
        for shard in shards {
            for (term, g) in terms.iter_mut().zip(&shard[start..]) {
                *term += g.as_f64();
            }
        }
        terms.iter_mut().for_each(|term| *term *= *term);
        add_up(&mut sums, terms);
    }
    sums.iter().sum()
}

/// Calls `visit` with the gradients of every trained parameter in each of the shards.
fn for_each_parameter<E: Real, M: TensorCollection<E, Cpu>>(
    model: &M,
    shards: &mut [Gradients<E, Cpu>],
    visit: impl FnMut(Vec<&mut [E]>),
) where
    Cpu: Device<E>,
{
    let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
        m: model,
        f: &mut Visitor { shards, visit },
    });
}

struct Visitor<'a, E: Real, F> {
    shards: &'a mut [Gradients<E, Cpu>],
    visit: F,
}

impl<E: Real, F: FnMut(Vec<&mut [E]>)> TensorVisitor<E, Cpu> for Visitor<'_, E, F>
where
    Cpu: Device<E>,
{
    type Viewer = ViewTensorRef;
    type Err = std::convert::Infallible;
    type E2 = E;
    type D2 = Cpu;

    fn visit<S: Shape>(
        &mut self,
        options: TensorOptions<S, E, Cpu>,
        parameter: &Tensor<S, E, Cpu>,
    ) -> Result<Option<Tensor<S, E, Cpu>>, Self::Err> {
        if options.do_gradient_update {
            (self.visit)(gradients_of(parameter, self.shards));
        }
        Ok(None)
    }
}
