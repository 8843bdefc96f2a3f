use super::array::Array;
use crate::Dual;
use std::cell::RefCell;

/// A matrix of one example inside of a [`matrix_formula`](super::matrix_formula), in `f64`. An event is a column.
///
/// `+` and `−` work element by element and repeat an operand of one row or one column, as [`each`](Matrix::each) does;
/// `*` is the matrix product.
#[derive(Clone, Copy)]
pub struct Matrix<'t> {
    pub(super) tape: &'t Tape,
    pub(super) index: usize,
}

/// What has been computed, in order.
#[derive(Default)]
pub(super) struct Tape(pub RefCell<Vec<Node>>);

pub(super) struct Node {
    pub value: Array,
    /// Adds to the gradients of the operands, from this node's value and gradient. Nothing for inputs and constants.
    pull: Option<Pull>,
}

type Pull = Box<dyn Fn(&[Node], &Array, &Array, &mut [Option<Array>])>;

impl Tape {
    pub fn constant(&self, value: Array) -> Matrix<'_> {
        self.push(value, None)
    }

    fn push(&self, value: Array, pull: Option<Pull>) -> Matrix<'_> {
        let mut nodes = self.0.borrow_mut();
        nodes.push(Node { value, pull });
        let index = nodes.len() - 1;
        Matrix { tape: self, index }
    }

    /// The gradient of each of the first `inputs` nodes, from the one of the node `last`.
    pub fn gradients(&self, inputs: usize, last: usize, gradient: Array) -> Vec<Option<Array>> {
        let nodes = self.0.borrow();
        let mut gradients = vec![None; nodes.len()];
        gradients[last] = Some(gradient);
        for (index, node) in nodes.iter().enumerate().rev() {
            if let Some(pull) = &node.pull
                && let Some(gradient) = gradients[index].take()
            {
                pull(&nodes, &node.value, &gradient, &mut gradients);
            }
        }
        gradients.truncate(inputs);
        gradients
    }
}

impl<'t> Matrix<'t> {
    /// The number of rows and of columns.
    pub fn shape(self) -> [usize; 2] {
        let value = &self.tape.0.borrow()[self.index].value;
        [value.rows, value.columns]
    }

    /// A matrix with this value everywhere, of which no gradient is taken.
    pub fn constant(self, [rows, columns]: [usize; 2], value: f64) -> Self {
        self.tape
            .constant(Array::from_fn(rows, columns, |_, _| value))
    }

    /// The identity, of which no gradient is taken.
    pub fn identity(self, size: usize) -> Self {
        self.constant([size; 2], 1.0).masked(|i, j| i == j)
    }

    /// A new matrix, and how the gradients of its operands follow from (operands, result, its gradient).
    pub(super) fn operation<const K: usize>(
        operands: [Self; K],
        value: impl FnOnce([&Array; K]) -> Array,
        pull: impl Fn([&Array; K], &Array, &Array) -> [Array; K] + 'static,
    ) -> Self {
        let tape = operands[0].tape;
        let indices = operands.map(|m| m.index);
        let value = {
            let nodes = tape.0.borrow();
            value(indices.map(|i| &nodes[i].value))
        };
        let pull: Pull = Box::new(move |nodes, value, gradient, gradients| {
            let shares = pull(indices.map(|i| &nodes[i].value), value, gradient);
            for (index, share) in indices.into_iter().zip(shares) {
                match &mut gradients[index] {
                    Some(sum) => sum.add(&share),
                    empty => *empty = Some(share),
                }
            }
        });
        tape.push(value, Some(pull))
    }

    /// A formula of `K` matrices, element by element. One row is repeated for all rows, and one column for all columns.
    pub fn each<const K: usize>(
        operands: [Self; K],
        f: impl Fn([Dual<f64, K>; K]) -> Dual<f64, K> + Copy + 'static,
    ) -> Self {
        let at =
            move |xs: [&Array; K], i, j| f(Dual::variables(xs.map(|x| x.values[x.index(i, j)])));
        Self::operation(
            operands,
            |xs| {
                let (rows, columns) = (common(xs.map(|x| x.rows)), common(xs.map(|x| x.columns)));
                Array::from_fn(rows, columns, |i, j| at(xs, i, j).value)
            },
            move |xs, _, gradient| {
                let mut shares = xs.map(|x| Array::zeros(x.rows, x.columns));
                for i in 0..gradient.rows {
                    for (j, g) in gradient.row(i).iter().enumerate() {
                        for (share, partial) in shares.iter_mut().zip(at(xs, i, j).partials) {
                            let index = share.index(i, j);
                            share.values[index] += g * partial;
                        }
                    }
                }
                shares
            },
        )
    }

    /// A formula of every element.
    pub fn map(self, f: impl Fn(Dual<f64, 1>) -> Dual<f64, 1> + Copy + 'static) -> Self {
        Self::each([self], move |[x]| f(x))
    }

    /// Aᵀ
    pub fn transpose(self) -> Self {
        Self::operation(
            [self],
            |[a]| a.transposed(),
            |_, _, gradient| [gradient.transposed()],
        )
    }

    /// Only the elements of which (row, column) is to be kept; the others are 0.
    pub fn masked(self, keep: impl Fn(usize, usize) -> bool + Copy + 'static) -> Self {
        Self::operation(
            [self],
            |[a]| a.masked(keep),
            move |_, _, gradient| [gradient.masked(keep)],
        )
    }

    /// The lower triangle, with the diagonal.
    pub fn lower(self) -> Self {
        self.masked(|i, j| j <= i)
    }

    /// The diagonal, as a column.
    pub fn diagonal(self) -> Self {
        self.masked(|i, j| i == j).row_sums()
    }

    /// The sum of every row, as a column.
    pub fn row_sums(self) -> Self {
        Self::operation(
            [self],
            |[a]| Array::from_fn(a.rows, 1, |i, _| a.row(i).iter().sum()),
            |[a], _, gradient| [Array::from_fn(a.rows, a.columns, |i, _| gradient.values[i])],
        )
    }

    /// The sum of all elements, 1 × 1.
    pub fn sum(self) -> Self {
        self.row_sums().transpose().row_sums()
    }

    /// ‖A‖² = Σ aᵢⱼ², 1 × 1.
    pub fn square_norm(self) -> Self {
        self.map(Dual::square).sum()
    }

    /// The rows of A, and the rows of B below them.
    pub fn over(self, below: Self) -> Self {
        Self::operation(
            [self, below],
            |[a, b]| {
                assert_eq!(a.columns, b.columns, "the widths of what is stacked");
                Array {
                    rows: a.rows + b.rows,
                    columns: a.columns,
                    values: [&a.values[..], &b.values[..]].concat(),
                }
            },
            |[a, b], _, gradient| {
                let (above, below) = gradient.values.split_at(a.values.len());
                [(a, above), (b, below)].map(|(x, values)| Array {
                    values: values.to_vec(),
                    ..*x
                })
            },
        )
    }

    /// L⁻¹ B, for the L in the lower triangle of this matrix; what is above is not read.
    pub fn solve_lower(self, b: Self) -> Self {
        Self::operation(
            [self, b],
            |[l, b]| l.solve_lower(b),
            |[l, _], x, gradient| {
                let b = l.solve_lower_transposed(gradient);
                [lower_product(&b, x), b]
            },
        )
    }

    /// L⁻ᵀ B, for the L in the lower triangle of this matrix; what is above is not read.
    pub fn solve_lower_transposed(self, b: Self) -> Self {
        Self::operation(
            [self, b],
            |[l, b]| l.solve_lower_transposed(b),
            |[l, _], x, gradient| {
                let b = l.solve_lower(gradient);
                [lower_product(x, &b), b]
            },
        )
    }

    /// The Cholesky factor of Aᵀ A: the lower-triangular L with positive diagonal and L Lᵀ = Aᵀ A, for an A of full
    /// column rank.
    ///
    /// From A itself, by Householder's reflections: forming Aᵀ A would square the condition number. The gradient is the
    /// one of Murray (2016), *Differentiation of the Cholesky decomposition*.
    pub fn gram_factor(self) -> Self {
        Self::operation(
            [self],
            |[a]| a.gram_factor(),
            |[a], l, gradient| {
                // With Φ the lower triangle and half the diagonal, dL = L Φ(L⁻¹ d(AᵀA) L⁻ᵀ). So with Q = A L⁻ᵀ the
                // gradient of A is Q (P + Pᵀ) L⁻¹, P = Φ(Lᵀ L̄).
                let product = l.transposed().times(gradient);
                let symmetric =
                    Array::from_fn(l.rows, l.rows, |i, j| product.row(i.max(j))[i.min(j)]);
                let right = l.solve_lower_transposed(&symmetric).transposed();
                let q = l.solve_lower(&a.transposed()).transposed();
                [q.times(&right)]
            },
        )
    }
}

/// −the lower triangle of A Bᵀ.
fn lower_product(a: &Array, b: &Array) -> Array {
    Array::from_fn(a.rows, b.rows, |i, j| {
        if j > i {
            return 0.0;
        }
        -a.row(i)
            .iter()
            .zip(b.row(j))
            .map(|(a, b)| a * b)
            .sum::<f64>()
    })
}

/// The number of rows or columns that all operands have, unless they have one.
fn common<const K: usize>(sizes: [usize; K]) -> usize {
    let size = sizes.into_iter().find(|n| *n != 1).unwrap_or(1);
    assert!(
        sizes.iter().all(|n| *n == size || *n == 1),
        "sizes {sizes:?} of an element-wise operation differ"
    );
    size
}
