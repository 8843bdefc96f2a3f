use crate::gradients::GradientSum;
use crate::reduce::{add_up, total};
use crate::{Gradients, Real};
use dfdx::prelude::{
    Cpu, Device, HasShape, RecursiveWalker, Shape, Tensor, TensorCollection, TensorOptions,
};
use dfdx::prelude::{TensorVisitor, ViewTensorRef};
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
/// let mut shards = [w.leaky_trace().square().sum::<Rank0, _>().backward().into()];
/// assert_eq!(clip_gradient_norm(&w, &mut shards, 1.0), 5.0);
/// assert_eq!(shards[0].get(&w).array(), [0.6, 0.8]);
/// ```
pub fn clip_gradient_norm<E: Real, M: TensorCollection<E, Cpu>>(
    model: &M,
    shards: &mut [Gradients<E>],
    max_norm: f64,
) -> f64
where
    Cpu: Device<E>,
{
    let mut sum = 0.0;
    for_each_parameter(model, shards, |gradient, len| {
        sum += sum_of_squares(&gradient, len);
    });
    let norm = sum.sqrt();
    if norm > max_norm && norm.is_finite() {
        let factor = E::of(max_norm / norm);
        for_each_parameter(model, shards, |mut gradient, _| gradient.scale(factor));
    }
    norm
}

/// Over chunks of fixed size, so that the number of threads does not change it.
fn sum_of_squares<E: Real>(gradient: &GradientSum<E>, len: usize) -> f64 {
    let chunk = gradient.chunk();
    let chunks = (0..len.div_ceil(chunk)).into_par_iter();
    let chunks = chunks.map_init(Vec::new, |part, i| {
        gradient.fill(i * chunk..((i + 1) * chunk).min(len), part);
        sum_of_squares_of_chunk(part)
    });
    chunks.collect::<Vec<f64>>().iter().sum()
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn sum_of_squares_of_chunk<E: Real>(gradient: &[E]) -> f64 {
    let (mut sums, mut squares) = ([0.0; 16], [0.0; 1024]);
    for gradient in gradient.chunks(squares.len()) {
        let squares = &mut squares[..gradient.len()];
        for (square, g) in squares.iter_mut().zip(gradient) {
            *square = g.as_f64() * g.as_f64();
        }
        add_up(&mut sums, squares);
    }
    total(&sums)
}

/// Calls `visit` with the gradient of every trained parameter, and its length.
fn for_each_parameter<E: Real, M: TensorCollection<E, Cpu>>(
    model: &M,
    shards: &mut [Gradients<E>],
    visit: impl FnMut(GradientSum<E>, usize),
) where
    Cpu: Device<E>,
{
    let Ok(_) = M::iter_tensors(&mut RecursiveWalker {
        m: model,
        f: &mut Visitor { shards, visit },
    });
}

struct Visitor<'a, E: Real, F> {
    shards: &'a mut [Gradients<E>],
    visit: F,
}

impl<E: Real, F: FnMut(GradientSum<E>, usize)> TensorVisitor<E, Cpu> for Visitor<'_, E, F>
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
            let len = parameter.shape().num_elements();
            (self.visit)(GradientSum::of(parameter, self.shards), len);
        }
        Ok(None)
    }
}
