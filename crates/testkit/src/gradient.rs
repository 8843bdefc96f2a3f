use dfdx::prelude::{AsArray, Axes2, Axis};
use dfdx::prelude::{
    BroadcastTo, Cpu, HasShape, PermuteTo, PutTape, ReshapeTo, Shape, Tensor, TensorFromVec,
};
use std::ops::Range;
use vae_ops::{GradTape, Real, Scalar, as_slice, backward, batch_mean, sum_event};

/// What an operation under test is given: (rows, columns), in `f64`, on a tape.
pub type Matrix = Tensor<(usize, usize), f64, Cpu, GradTape<f64>>;

/// Asserts that the gradients of `f` with respect to its `K` inputs agree with central differences, to 10⁻⁶.
///
/// Inputs are drawn from `domain`; `f` has to be smooth there. It is run on matrices of odd sizes and of size 1, each
/// input in turn contiguous, transposed in memory, a row broadcast over all rows, and a column broadcast over all
/// columns. An operation that confuses the logical with the physical layout fails.
///
/// ```
/// vae_testkit::assert_grad(-2.0..2.0, |[x]| vae_ops::elementwise([x], [], |[x], []| (x * x, [2.0 * x])));
/// ```
#[track_caller]
pub fn assert_grad<const K: usize, S: Shape>(
    domain: Range<f64>,
    f: impl Fn([Matrix; K]) -> Tensor<S, f64, Cpu, GradTape<f64>>,
) {
    for (rows, columns) in [(3, 5), (1, 1), (1, 7), (6, 1), (17, 19)] {
        for shift in 0..LAYOUTS.len() {
            let layouts: [Layout; K] =
                std::array::from_fn(|k| LAYOUTS[(k + shift) % LAYOUTS.len()]);
            let leaves: [Vec<f64>; K] = std::array::from_fn(|k| {
                let len = layouts[k].len(rows, columns);
                (0..len)
                    .map(|i| domain.start + (domain.end - domain.start) * hash(k, i))
                    .collect()
            });
            let place = format!("{rows}×{columns}, {layouts:?}");
            check(
                leaves,
                |leaves| {
                    f(std::array::from_fn(|k| {
                        layouts[k].matrix(&leaves[k], rows, columns)
                    }))
                },
                &place,
            );
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    Contiguous,
    Transposed,
    Row,
    Column,
}

const LAYOUTS: [Layout; 4] = [
    Layout::Contiguous,
    Layout::Transposed,
    Layout::Row,
    Layout::Column,
];

/// A parameter: its elements as they lie in memory.
type Leaf = Tensor<(usize,), f64, Cpu, GradTape<f64>>;

impl Layout {
    fn len(self, rows: usize, columns: usize) -> usize {
        match self {
            Layout::Contiguous | Layout::Transposed => rows * columns,
            Layout::Row => columns,
            Layout::Column => rows,
        }
    }

    fn matrix(self, leaf: &Leaf, rows: usize, columns: usize) -> Matrix {
        let leaf = leaf.clone();
        match self {
            Layout::Contiguous => leaf.reshape_like(&(rows, columns)),
            Layout::Transposed => leaf
                .reshape_like(&(columns, rows))
                .permute::<(usize, usize), Axes2<1, 0>>(),
            Layout::Row => leaf.broadcast_like::<(usize, usize), Axis<0>>(&(rows, columns)),
            Layout::Column => leaf.broadcast_like::<(usize, usize), Axis<1>>(&(rows, columns)),
        }
    }
}

/// Compares the gradients of a fixed weighted sum of f(leaves).
#[track_caller]
fn check<const K: usize, S: Shape>(
    leaves: [Vec<f64>; K],
    f: impl Fn(&[Leaf; K]) -> Tensor<S, f64, Cpu, GradTape<f64>>,
    place: &str,
) {
    let device = Cpu::default();
    let run = |leaves: &[Vec<f64>; K]| {
        let leaves = leaves
            .each_ref()
            .map(|leaf| device.tensor_from_vec(leaf.clone(), (leaf.len(),)));
        let tape = GradTape::new();
        let out = f(&leaves
            .each_ref()
            .map(|leaf| leaf.clone().put_tape(tape.clone())));
        let weight = |i| 0.5 + hash(K, i);
        (leaves, weighted_sum(out, weight))
    };
    let (traced, loss) = run(&leaves);
    let gradients = backward(loss, 1.0);
    for k in 0..K {
        let gradient = gradients.get(&traced[k]);
        for i in 0..leaves[k].len() {
            let difference = |step: f64| {
                let mut moved = leaves.clone();
                moved[k][i] += step;
                run(&moved).1.array()
            };
            let step = 1e-5 * (1.0 + leaves[k][i].abs());
            let numeric = (difference(step) - difference(-step)) / (2.0 * step);
            let analytic = as_slice(&gradient)[i];
            assert!(
                (analytic - numeric).abs() <= 1e-6 * (1.0 + numeric.abs()),
                "{place}: the gradient of input {k} at {i} is {analytic}, finite differences give {numeric}",
            );
        }
    }
}

/// Σᵢ weightᵢ · outᵢ: a loss that all elements of a result take part in.
///
/// ```
/// use dfdx::prelude::*;
///
/// let out = Cpu::default().tensor([[1.0f64, 2.0], [3.0, 4.0]]);
/// let sum = vae_testkit::weighted_sum(out.retaped(), |i| i as f64);
/// assert_eq!(sum.array(), 20.0);
/// ```
pub fn weighted_sum<S: Shape, E: Real>(
    out: Tensor<S, E, Cpu, GradTape<E>>,
    weight: impl Fn(usize) -> E,
) -> Scalar<E, GradTape<E>> {
    let len = out.shape().num_elements();
    let weights = Cpu::default().tensor_from_vec((0..len).map(weight).collect(), (1, len));
    let out = out.contiguous().reshape_like(&(1, len));
    batch_mean(sum_event([out], [weights], |[x], [w]| (w * x, [w])))
}

/// Well-spread numbers in [0, 1), the same in every run.
fn hash(stream: usize, i: usize) -> f64 {
    ((i + 1) as f64 * 0.754_877_666_246_693 + stream as f64 * 0.569_840_290_998_053).fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vae_ops::elementwise;

    #[test]
    #[should_panic(expected = "finite differences give")]
    fn refuses_a_wrong_derivative() {
        assert_grad(1.0..2.0, |[x]| elementwise([x], [], |[x], []| (x * x, [x])));
    }

    #[test]
    #[should_panic(expected = "Transposed")]
    fn refuses_an_operation_that_ignores_the_layout() {
        // `dfdx` differentiates its softmax in the wrong layout.
        assert_grad(-1.0..1.0, |[x]| x.softmax::<Axis<1>>());
    }
}
