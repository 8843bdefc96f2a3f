use super::{ANOTHER_MODEL, Optimizer, OptimizerState, Pass, Update, adam};
use crate::gradients::GradientSum;
use crate::matmul::{Matrix, set_product};
use crate::{Gradients, Real, as_mut_slice};
use dfdx::prelude::{Cpu, Device, HasShape, Shape, Tensor, TensorCollection};
use rayon::prelude::*;

/// Muon: momentum, orthogonalized (Jordan et al. 2024), for the weights of layers; [`Adam`](crate::Adam) for everything else.
///
/// With the gradient G of an m × n matrix W: M ← βM + (1−β)G, N = βM + (1−β)G as Nesterov has it, and
/// W ← (1 − αλ) W − α · 0.2 √max(m, n) · UVᵀ, where N = UΣVᵀ: every direction that the gradient knows of is learned at the same
/// speed, which takes fewer steps than Adam, though each costs about 30 products of the matrix with itself. The factor makes
/// steps as long as Adam's, so both learn at one α (Liu et al. 2025). UVᵀ comes from five Newton–Schulz iterations, which leave
/// Σ between 0.7 and 1.2 rather than at 1.
///
/// A kernel of a convolution is the matrix whose rows are the kernels of its first axis. Vectors, such as biases, follow Adam.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Muon, Optimizer};
///
/// let mut w = Cpu::default().zeros::<Rank2<2, 3>>();
/// let steep = Cpu::default().tensor([[100.0f32, 0.0, 0.0], [0.0, 1.0, 0.0]]);
/// let loss = (w.leaky_trace() * steep).sum::<Rank0, _>();
/// Muon::new(0.1).update(&mut w, &mut [loss.backward().into()]);
/// // Both directions move, though the gradient is a hundred times steeper along the first.
/// let [[first, ..], [_, second, _]] = w.array();
/// assert!((0.5..1.8).contains(&(first / second)));
/// ```
#[derive(Clone, Debug)]
pub struct Muon<E = f32> {
    /// Step size α.
    pub learning_rate: f64,
    /// β, the decay rate of a matrix's momentum.
    pub momentum: f64,
    /// λ, the decay of matrices.
    pub weight_decay: f64,
    /// Decay rates β₁ and β₂ of Adam's moments.
    pub betas: [f64; 2],
    /// ε of Adam.
    pub epsilon: f64,
    /// What has to be saved to resume training.
    pub state: OptimizerState<E>,
}

impl<E: Real> Muon<E> {
    /// With β = 0.95 and λ = 0, and Adam's β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    pub fn new(learning_rate: f64) -> Self {
        Self {
            learning_rate,
            momentum: 0.95,
            weight_decay: 0.0,
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            state: OptimizerState::default(),
        }
    }
}

impl<E: Real> Optimizer<E> for Muon<E> {
    fn averages(&self) -> usize {
        2
    }

    /// That of the vectors.
    fn rule(&self, step: u64) -> impl Fn(E, E, [E; 2]) -> (E, [E; 2]) + Send + Sync {
        adam::rule(self.learning_rate, self.betas, self.epsilon, step)
    }

    fn state(&mut self) -> &mut OptimizerState<E> {
        &mut self.state
    }

    fn update<M: TensorCollection<E, Cpu>>(&mut self, model: &mut M, shards: &mut [Gradients<E>])
    where
        Cpu: Device<E>,
    {
        let mut state = std::mem::take(&mut self.state);
        state.step += 1;
        let collect = Collect {
            momentum: E::of(self.momentum),
            moments: &mut state.moments,
            shards,
            parameter: 0,
            directions: Vec::new(),
        };
        let mut directions = collect.over(model).directions;
        directions.par_iter_mut().for_each(Direction::orthogonalize);
        let apply = Apply {
            vectors: Update {
                rule: self.rule(state.step),
                averages: 2,
                moments: &mut state.moments,
                shards,
                parameter: 0,
            },
            directions: directions.into_iter(),
            learning_rate: self.learning_rate,
            keep: E::of(1.0 - self.learning_rate * self.weight_decay),
        };
        let parameters = apply.over(model).vectors.parameter;
        assert_eq!(parameters, state.moments.len(), "{ANOTHER_MODEL}");
        self.state = state;
    }
}

/// Rows and columns of a parameter, if it is a matrix and not a vector.
fn matrix_shape<S: Shape>(shape: &S) -> Option<(usize, usize)> {
    let rows = shape.concrete().into_iter().next()?;
    let cols = shape.num_elements().checked_div(rows)?;
    (S::NUM_DIMS > 1 && rows > 1 && cols > 1).then_some((rows, cols))
}

/// Moves the momentum of each matrix, and takes down where it points.
struct Collect<'a, E: Real> {
    momentum: E,
    moments: &'a mut Vec<[Vec<E>; 2]>,
    shards: &'a mut [Gradients<E>],
    parameter: usize,
    directions: Vec<Direction<E>>,
}

impl<E: Real> Pass<E> for Collect<'_, E>
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        if self.parameter == self.moments.len() {
            self.moments.push(Default::default());
        }
        let [momentum, _] = &mut self.moments[self.parameter];
        self.parameter += 1;
        let Some((rows, cols)) = matrix_shape(parameter.shape()) else {
            return;
        };
        if momentum.is_empty() {
            *momentum = vec![E::zero(); rows * cols];
        }
        assert_eq!(momentum.len(), rows * cols, "{ANOTHER_MODEL}");
        let sum = GradientSum::of(parameter, self.shards);
        let (keep, add) = (self.momentum, E::one() - self.momentum);
        let mut direction = vec![E::zero(); rows * cols];
        let chunk = sum.chunk();
        let chunks = direction
            .par_chunks_mut(chunk)
            .zip(momentum.par_chunks_mut(chunk));
        chunks
            .enumerate()
            .for_each_init(Vec::new, |gradient, (i, (direction, momentum))| {
                sum.fill(i * chunk..i * chunk + direction.len(), gradient);
                for ((d, m), g) in direction.iter_mut().zip(momentum).zip(gradient) {
                    *m = keep * *m + add * *g;
                    *d = keep * *m + add * *g;
                }
            });
        self.directions.push(Direction {
            rows,
            cols,
            values: direction,
        });
    }
}

/// Moves the parameters.
struct Apply<'a, E: Real, R> {
    vectors: Update<'a, E, R>,
    directions: std::vec::IntoIter<Direction<E>>,
    learning_rate: f64,
    keep: E,
}

impl<E: Real, R: Fn(E, E, [E; 2]) -> (E, [E; 2]) + Sync> Pass<E> for Apply<'_, E, R>
where
    Cpu: Device<E>,
{
    fn trained<S: Shape>(&mut self, parameter: &mut Tensor<S, E, Cpu>) {
        let Some((rows, cols)) = matrix_shape(parameter.shape()) else {
            return self.vectors.trained(parameter);
        };
        let direction = self.directions.next().expect("one for each matrix");
        let alpha = E::of(self.learning_rate * 0.2 * (rows.max(cols) as f64).sqrt());
        for (w, d) in as_mut_slice(parameter).iter_mut().zip(direction.values) {
            *w = self.keep * *w - alpha * d;
        }
        self.vectors.parameter += 1;
    }

    fn untrained<S: Shape>(&mut self, average: &mut Tensor<S, E, Cpu>) {
        self.vectors.untrained(average);
    }
}

/// Where a matrix is to move.
struct Direction<E> {
    rows: usize,
    cols: usize,
    values: Vec<E>,
}

impl<E: Real> Direction<E> {
    /// UΣVᵀ becomes nearly UVᵀ: X ← (a + b XXᵀ + c (XXᵀ)²) X, five times, from X of norm 1.
    fn orthogonalize(&mut self) {
        const COEFFICIENTS: [f64; 3] = [3.4445, -4.7750, 2.0315];
        let [a, b, c] = COEFFICIENTS.map(E::of);
        let (m, n) = (self.rows.min(self.cols), self.rows.max(self.cols));
        let squares = self.values.iter().map(|x| x.as_f64() * x.as_f64());
        let scale = E::of(1.0 / squares.sum::<f64>().sqrt().max(1e-30));
        let mut x: Vec<E> = self.values.iter().map(|x| *x * scale).collect();
        // Whichever axis is the shorter makes the smaller square; the layout stays as it is.
        let wide = self.rows <= self.cols;
        let mut next = vec![E::zero(); m * n];
        let (mut gram, mut polynomial) = (vec![E::zero(); m * m], vec![E::zero(); m * m]);
        for _ in 0..5 {
            let matrix = Matrix::new(&x, self.rows, self.cols);
            let transposed = matrix.transposed();
            if wide {
                set_product(&mut gram, matrix, transposed);
            } else {
                set_product(&mut gram, transposed, matrix);
            }
            let square = Matrix::new(&gram, m, m);
            set_product(&mut polynomial, square, square);
            for (i, (p, g)) in polynomial.iter_mut().zip(&gram).enumerate() {
                let one = if i % (m + 1) == 0 { a } else { E::zero() };
                *p = one + b * *g + c * *p;
            }
            let polynomial = Matrix::new(&polynomial, m, m);
            if wide {
                set_product(&mut next, polynomial, matrix);
            } else {
                set_product(&mut next, matrix, polynomial);
            }
            std::mem::swap(&mut x, &mut next);
        }
        self.values = x;
    }
}
