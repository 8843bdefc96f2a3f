use crate::{Amortized, Flow};
use dfdx::prelude::{Const, ConstDim, Cpu, Device, Dtype, ModuleVisitor, PutTape, ReshapeTo};
use dfdx::prelude::{Tensor, TensorCollection, TensorFromVec, TensorOptions};
use vae_ops::linalg::matrix_formula;
use vae_ops::sum_formula;
use vae_ops::{Batch, Identity, PerExample, Real, Record, elementwise, formula, linear};

/// y = L D U x + b, with unit lower and upper triangular L and U and a diagonal D > 0 (Kingma & Dhariwal 2018, §3.2: the
/// factors of their P L (U + diag s); for the permutation P, put a [`Shuffle`](crate::Shuffle) behind): ln |det| = Σ ln dᵢ.
///
/// ln D and b depend on the context, L and U are the same for all. L and U start as the identity.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, InvertibleLinear, no_context};
/// use vae_ops::Batch;
///
/// let mut flow: InvertibleLinear<Const<2>, Const<0>, f64> = BuildModule::build(&Cpu::default());
/// flow.triangles = Cpu::default().tensor([[0.0, 5.0], [3.0, 0.0]]);
/// flow.log_diagonal.bias = Cpu::default().tensor([0.0, 0.0]);
/// flow.shift.bias = Cpu::default().tensor([0.0, 0.0]);
/// let x: Batch<Const<2>, f64> = Cpu::default().tensor_from_vec(vec![1.0, 2.0], (1, Const));
/// let (y, _) = flow.forward(&x, &no_context(1));
/// assert_eq!(y.as_vec(), [1.0 + 5.0 * 2.0, 3.0 * (1.0 + 5.0 * 2.0) + 2.0]);
/// ```
#[derive(Clone, Debug)]
pub struct InvertibleLinear<N: ConstDim, C: ConstDim = Const<0>, E: Dtype = f32, D: Device<E> = Cpu>
{
    /// L below the diagonal and U above, shape (N, N).
    pub triangles: Tensor<(N, N), E, D>,
    /// ln D
    pub log_diagonal: Amortized<N, C, E, D>,
    /// b
    pub shift: Amortized<N, C, E, D>,
}

impl<N: ConstDim, C: ConstDim, E: Real> InvertibleLinear<N, C, E>
where
    Cpu: Device<E>,
{
    /// The elements of `triangles` that are to be kept, and ones on the diagonal.
    fn triangle<T: Record<E>>(&self, keep: fn(usize, usize) -> bool) -> Tensor<(N, N), E, Cpu, T> {
        let n = N::SIZE;
        let constant = |f: &dyn Fn(usize, usize) -> bool| -> Tensor<(N, N), E, Cpu> {
            let element = |i| if f(i / n, i % n) { E::one() } else { E::zero() };
            let elements = (0..n * n).map(element).collect();
            Cpu::default().tensor_from_vec(elements, (N::default(), N::default()))
        };
        let constants = [constant(&keep), constant(&|i, j| i == j)];
        elementwise(
            [self.triangles.retaped::<T>()],
            constants,
            |[t], [mask, one]| (t * mask + one, [mask]),
        )
    }

    fn lower<T: Record<E>>(&self) -> Tensor<(N, N), E, Cpu, T> {
        self.triangle(|i, j| j < i)
    }

    fn upper<T: Record<E>>(&self) -> Tensor<(N, N), E, Cpu, T> {
        self.triangle(|i, j| j > i)
    }
}

/// A x for each example.
fn product<N: ConstDim, E: Real, T: Record<E>>(
    x: Batch<N, E, T>,
    matrix: Tensor<(N, N), E, Cpu, T>,
) -> Batch<N, E, T> {
    let zeros = Cpu::default().tensor_from_vec(vec![E::zero(); N::SIZE], (N::default(),));
    linear(x, matrix, zeros.put_tape(T::for_data()), Identity)
}

/// L⁻¹
fn inverse_of_lower<N: ConstDim, E: Real, T: Record<E>>(
    lower: Tensor<(N, N), E, Cpu, T>,
) -> Tensor<(N, N), E, Cpu, T> {
    let one = (1, N::default(), N::default());
    let lower = lower.reshape_like(&one);
    let inverse = matrix_formula([lower.into()], one, |[l]| {
        l.solve_lower(l.identity(N::SIZE))
    });
    inverse.reshape_like(&(N::default(), N::default()))
}

/// U⁻¹
fn inverse_of_upper<N: ConstDim, E: Real, T: Record<E>>(
    upper: Tensor<(N, N), E, Cpu, T>,
) -> Tensor<(N, N), E, Cpu, T> {
    let one = (1, N::default(), N::default());
    let upper = upper.reshape_like(&one);
    let inverse = matrix_formula([upper.into()], one, |[u]| {
        let transposed = u.transpose().solve_lower(u.identity(N::SIZE));
        transposed.transpose()
    });
    inverse.reshape_like(&(N::default(), N::default()))
}

impl<N: ConstDim, C: ConstDim, E: Real> Flow<E> for InvertibleLinear<N, C, E>
where
    Cpu: Device<E>,
{
    type Event = N;
    type Context = C;

    fn forward<T: Record<E>>(
        &self,
        x: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let [s, b] = [&self.log_diagonal, &self.shift].map(|numbers| numbers.of(context));
        let x = product(x.clone(), self.upper());
        let x = formula([x, s.clone()], |[x, s]| x * s.exp());
        let y = formula([product(x, self.lower()), b], |[y, b]| y + b);
        (y, sum_formula([s], |[s]| s))
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let [s, b] = [&self.log_diagonal, &self.shift].map(|numbers| numbers.of(context));
        let y = formula([y.clone(), b], |[y, b]| y - b);
        let y = product(y, inverse_of_lower(self.lower()));
        let y = formula([y, s.clone()], |[y, s]| y * (-s).exp());
        let x = product(y, inverse_of_upper(self.upper()));
        (x, sum_formula([s], |[s]| -s))
    }
}

impl<N: ConstDim, C: ConstDim, E: Real, D: Device<E>> TensorCollection<E, D>
    for InvertibleLinear<N, C, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = InvertibleLinear<N, C, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let zeros = TensorOptions::reset_to_zeros();
        visitor.visit_fields(
            (
                Self::tensor("triangles", |s| &s.triangles, |s| &mut s.triangles, zeros),
                Self::module("log_diagonal", |s| &s.log_diagonal, |s| &mut s.log_diagonal),
                Self::module("shift", |s| &s.shift, |s| &mut s.shift),
            ),
            |(triangles, log_diagonal, shift)| InvertibleLinear {
                triangles,
                log_diagonal,
                shift,
            },
        )
    }
}
