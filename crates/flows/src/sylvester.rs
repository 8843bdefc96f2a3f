use crate::compose::Chain;
use crate::dims::Triangle;
use crate::root::tanh_root;
use crate::rows::padded;
use crate::{Amortized, Flow, Householder};
use dfdx::prelude::{Const, ConstDim, Cpu, Device, Dtype, ModuleVisitor, TensorCollection};
use vae_ops::{Batch, PerExample, Real, Record, columns, formula};
use vae_ops::{strictly_upper_product, sum_formula};

/// y = x + Q R tanh(R̃ Qᵀx + b) (van den Berg et al. 2018), with M ≤ N orthonormal columns Q and upper triangular R and
/// R̃: ln |det| = Σ ln(1 + rᵢᵢ r̃ᵢᵢ tanh′).
///
/// Q are the first columns of a product of `K` [`Householder`] reflections. The diagonals of R and R̃ are tanh of their numbers,
/// so that rᵢᵢ r̃ᵢᵢ > −1 and the flow is invertible; one element of Qᵀx after the other, from the last to the first, is found by
/// Newton's method.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, Sylvester, no_context};
/// use vae_ops::Batch;
///
/// // Eight columns, made of four reflections.
/// let flow: Sylvester<Const<40>, Const<8>, 4, Const<0>, f64> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let x: Batch<Const<40>, f64> = Cpu::default().tensor_from_vec(vec![0.5; 40], (1, Const));
/// let (y, _) = flow.forward(&x, &no_context(1));
/// let (back, _) = flow.inverse(&y, &no_context(1));
/// assert!((back.as_vec()[39] - 0.5).abs() < 1e-14);
/// ```
#[derive(Clone, Debug)]
pub struct Sylvester<
    N: ConstDim,
    M: ConstDim,
    const K: usize,
    C: ConstDim = Const<0>,
    E: Dtype = f32,
    D: Device<E> = Cpu,
> {
    /// Of which Q is made.
    pub reflections: Chain<Householder<N, C, E, D>, K>,
    /// R above the diagonal, row after row, and R̃ likewise.
    pub upper: [Amortized<Triangle<M>, C, E, D>; 2],
    /// tanh⁻¹ of the diagonal of R, and of that of R̃.
    pub diagonal: [Amortized<M, C, E, D>; 2],
    /// b
    pub b: Amortized<M, C, E, D>,
}

/// The numbers of each example.
struct Numbers<M: ConstDim, E: Real, T> {
    /// R and R̃ above the diagonal.
    upper: [Batch<Triangle<M>, E, T>; 2],
    /// Their diagonals.
    diagonal: [Batch<M, E, T>; 2],
    b: Batch<M, E, T>,
}

impl<M: ConstDim, E: Real, T: Record<E>> Numbers<M, E, T> {
    /// R̃ z + b without the diagonal.
    fn off_diagonal(&self, z: &Batch<M, E, T>) -> Batch<M, E, T> {
        let product = strictly_upper_product(self.upper[1].clone(), z.clone());
        formula([product, self.b.clone()], |[s, b]| s + b)
    }

    /// h = tanh(R̃ z + b), given what is not on the diagonal.
    fn tanh(&self, z: &Batch<M, E, T>, off_diagonal: Batch<M, E, T>) -> Batch<M, E, T> {
        let given = [z.clone(), self.diagonal[1].clone(), off_diagonal];
        formula(given, |[z, d, s]| (d * z + s).tanh())
    }

    /// R h, and ln |det|.
    fn step(&self, z: &Batch<M, E, T>) -> (Batch<M, E, T>, PerExample<E, T>) {
        let h = self.tanh(z, self.off_diagonal(z));
        let [r, r_tilde] = self.diagonal.clone();
        let product = strictly_upper_product(self.upper[0].clone(), h.clone());
        let step = formula([product, r.clone(), h.clone()], |[s, r, h]| s + r * h);
        let log_det = sum_formula([r, r_tilde, h], |[r, r_tilde, h]| {
            (r * r_tilde * (1.0 - h.square())).ln_1p()
        });
        (step, log_det)
    }

    /// z + R tanh(R̃ z + b) = w, solved for z. With every pass, one more element is right, the last one first.
    fn solve(&self, w: &Batch<M, E, T>) -> Batch<M, E, T> {
        let mut z = w.clone();
        for _ in 0..M::SIZE {
            let off_diagonal = self.off_diagonal(&z);
            let h = self.tanh(&z, off_diagonal.clone());
            let product = strictly_upper_product(self.upper[0].clone(), h);
            let rest = formula([w.clone(), product], |[w, s]| w - s);
            let [r, r_tilde] = self.diagonal.clone();
            z = tanh_root([r, r_tilde, off_diagonal, rest]);
        }
        z
    }
}

impl<N: ConstDim, M: ConstDim, const K: usize, C: ConstDim, E: Real> Sylvester<N, M, K, C, E>
where
    Cpu: Device<E>,
{
    const FITS: () = assert!(M::SIZE <= N::SIZE, "Q has no more columns than rows");

    fn numbers<T: Record<E>>(&self, context: &Batch<C, E, T>) -> Numbers<M, E, T> {
        let () = Self::FITS;
        Numbers {
            upper: self.upper.each_ref().map(|numbers| numbers.of(context)),
            diagonal: self
                .diagonal
                .each_ref()
                .map(|numbers| formula([numbers.of(context)], |[d]| d.tanh())),
            b: self.b.of(context),
        }
    }

    /// Qᵀ x
    fn project<T: Record<E>>(
        &self,
        x: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> Batch<M, E, T> {
        columns(self.reflections.forward(x, context).0, 0, M::default())
    }

    /// Q z
    fn lift<T: Record<E>>(&self, z: Batch<M, E, T>, context: &Batch<C, E, T>) -> Batch<N, E, T> {
        self.reflections.inverse(&padded(z), context).0
    }
}

impl<N: ConstDim, M: ConstDim, const K: usize, C: ConstDim, E: Real> Flow<E>
    for Sylvester<N, M, K, C, E>
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
        let z = self.project(x, context);
        let (step, log_det) = self.numbers(context).step(&z);
        let step = self.lift(step, context);
        (formula([x.clone(), step], |[x, step]| x + step), log_det)
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<N, E, T>,
        context: &Batch<C, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let numbers = self.numbers(context);
        let z = numbers.solve(&self.project(y, context));
        let (step, log_det) = numbers.step(&z);
        let step = self.lift(step, context);
        let x = formula([y.clone(), step], |[y, step]| y - step);
        (x, formula([log_det], |[l]| -l))
    }
}

impl<N: ConstDim, M: ConstDim, const K: usize, C: ConstDim, E: Real, D: Device<E>>
    TensorCollection<E, D> for Sylvester<N, M, K, C, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Sylvester<N, M, K, C, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("reflections", |s| &s.reflections, |s| &mut s.reflections),
                Self::module("upper", |s| &s.upper[0], |s| &mut s.upper[0]),
                Self::module("upper_tilde", |s| &s.upper[1], |s| &mut s.upper[1]),
                Self::module("diagonal", |s| &s.diagonal[0], |s| &mut s.diagonal[0]),
                Self::module("diagonal_tilde", |s| &s.diagonal[1], |s| &mut s.diagonal[1]),
                Self::module("b", |s| &s.b, |s| &mut s.b),
            ),
            |(reflections, upper, upper_tilde, diagonal, diagonal_tilde, b)| Sylvester {
                reflections,
                upper: [upper, upper_tilde],
                diagonal: [diagonal, diagonal_tilde],
                b,
            },
        )
    }
}
