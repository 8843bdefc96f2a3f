use crate::dims::{Product, SplineNumbers};
use dfdx::prelude::{Const, ConstDim};
use vae_ops::{Batch, Direction, PerExample, Real, Record, columns, formula};
use vae_ops::{rational_quadratic, sum_formula};

/// An increasing function of one element, with numbers of its own for each: what an [`Autoregressive`](crate::Autoregressive)
/// flow does to every element. Numbers that are all 0 make about the identity.
///
/// `numbers`, (B, P · N), holds the first number of every element, then the second of every element, and so on.
pub trait Transform: Copy + Default + std::fmt::Debug + Send + Sync + 'static {
    /// How many numbers an element takes, P.
    type Numbers: ConstDim;

    /// y = f(x), (B, N), and Σ ln f′(x), (B,).
    fn forward<N: ConstDim, E: Real, T: Record<E>>(
        x: Batch<N, E, T>,
        numbers: Batch<Product<Self::Numbers, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>);

    /// x = f⁻¹(y), (B, N), and Σ ln (f⁻¹)′(y), (B,).
    fn inverse<N: ConstDim, E: Real, T: Record<E>>(
        y: Batch<N, E, T>,
        numbers: Batch<Product<Self::Numbers, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>);
}

/// The first number of every element, the second of every element, …
fn split<const P: usize, N: ConstDim, E: Real, T: Record<E>>(
    numbers: Batch<Product<Const<P>, N>, E, T>,
) -> [Batch<N, E, T>; P] {
    std::array::from_fn(|p| columns(numbers.clone(), p * N::SIZE, N::default()))
}

/// y = x + m, NICE (Dinh et al. 2015).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Product, Shift, Transform};
/// use vae_ops::Batch;
///
/// let x: Batch<Const<1>, f64> = Cpu::default().tensor_from_vec(vec![3.0], (1, Const));
/// let numbers = Cpu::default().tensor_from_vec(vec![0.5], (1, Product::default()));
/// let (y, log_det) = Shift::forward(x, numbers);
/// assert_eq!((y.as_vec(), log_det.as_vec()), (vec![3.5], vec![0.0]));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Shift;

impl Transform for Shift {
    type Numbers = Const<1>;

    fn forward<N: ConstDim, E: Real, T: Record<E>>(
        x: Batch<N, E, T>,
        numbers: Batch<Product<Const<1>, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let log_det = crate::flow::keeps_volume(&x);
        let [m] = split(numbers);
        (formula([x, m], |[x, m]| x + m), log_det)
    }

    fn inverse<N: ConstDim, E: Real, T: Record<E>>(
        y: Batch<N, E, T>,
        numbers: Batch<Product<Const<1>, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let log_det = crate::flow::keeps_volume(&y);
        let [m] = split(numbers);
        (formula([y, m], |[y, m]| y - m), log_det)
    }
}

/// y = x eˢ + m (Dinh et al. 2017; Papamakarios et al. 2017), with s = 2 tanh(s̃/2), so that no scale leaves
/// (e⁻², e²).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Product, Scaled, Transform};
/// use vae_ops::Batch;
///
/// let x: Batch<Const<1>, f64> = Cpu::default().tensor_from_vec(vec![3.0], (1, Const));
/// let numbers = Cpu::default().tensor_from_vec(vec![1e3, 0.5], (1, Product::default()));
/// let (y, log_det) = Scaled::forward(x, numbers);
/// assert!((y.as_vec()[0] - (3.0 * 2f64.exp() + 0.5)).abs() < 1e-14);
/// assert_eq!(log_det.as_vec(), [2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Scaled;

impl Scaled {
    /// s and m
    fn numbers<N: ConstDim, E: Real, T: Record<E>>(
        numbers: Batch<Product<Const<2>, N>, E, T>,
    ) -> [Batch<N, E, T>; 2] {
        let [s, m] = split(numbers);
        [formula([s], |[s]| 2.0 * (0.5 * s).tanh()), m]
    }
}

impl Transform for Scaled {
    type Numbers = Const<2>;

    fn forward<N: ConstDim, E: Real, T: Record<E>>(
        x: Batch<N, E, T>,
        numbers: Batch<Product<Const<2>, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let [s, m] = Self::numbers(numbers);
        let y = formula([x, s.clone(), m], |[x, s, m]| x * s.exp() + m);
        (y, sum_formula([s], |[s]| s))
    }

    fn inverse<N: ConstDim, E: Real, T: Record<E>>(
        y: Batch<N, E, T>,
        numbers: Batch<Product<Const<2>, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let [s, m] = Self::numbers(numbers);
        let x = formula([y, s.clone(), m], |[y, s, m]| (y - m) * (-s).exp());
        (x, sum_formula([s], |[s]| -s))
    }
}

/// y = σ(s) x + (1 − σ(s)) m (Kingma et al. 2016, eq. 14), with s = s̃ + 2: the gate starts 0.88 open.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Product, Gated, Transform};
/// use vae_ops::Batch;
///
/// let x: Batch<Const<1>, f64> = Cpu::default().tensor_from_vec(vec![3.0], (1, Const));
/// let numbers = Cpu::default().tensor_from_vec(vec![-2.0, 1.0], (1, Product::default()));
/// let (y, log_det) = Gated::forward(x, numbers);
/// assert_eq!(y.as_vec(), [2.0]); // half open, halfway from 3 to 1
/// assert!((log_det.as_vec()[0] - 0.5f64.ln()).abs() < 1e-15);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Gated;

impl Transform for Gated {
    type Numbers = Const<2>;

    fn forward<N: ConstDim, E: Real, T: Record<E>>(
        x: Batch<N, E, T>,
        numbers: Batch<Product<Const<2>, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let [s, m] = split(numbers);
        let y = formula([x, s.clone(), m], |[x, s, m]| {
            x * (s + 2.0).sigmoid() + m * (-s - 2.0).sigmoid()
        });
        (y, sum_formula([s], |[s]| (s + 2.0).log_sigmoid()))
    }

    fn inverse<N: ConstDim, E: Real, T: Record<E>>(
        y: Batch<N, E, T>,
        numbers: Batch<Product<Const<2>, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        let [s, m] = split(numbers);
        // 1/σ(s) = 1 + e⁻ˢ
        let x = formula([y, s.clone(), m], |[y, s, m]| {
            y + (y - m) * (-s - 2.0).exp()
        });
        (x, sum_formula([s], |[s]| -(s + 2.0).log_sigmoid()))
    }
}

/// The rational-quadratic spline of `BINS` bins on [−`BOUND`, `BOUND`], see
/// [`rational_quadratic`](vae_ops::rational_quadratic) (Durkan et al. 2019).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Product, RationalQuadratic, Transform};
/// use vae_ops::Batch;
///
/// let x: Batch<Const<1>, f64> = Cpu::default().tensor_from_vec(vec![0.0, 7.0], (2, Const));
/// // Two bins as wide as each other, the second nearly three times as high.
/// let numbers = [0.0, 0.0, 0.0, 3f64.ln(), 0.0].repeat(2);
/// let numbers = Cpu::default().tensor_from_vec(numbers, (2, Product::default()));
/// let y = RationalQuadratic::<2>::forward(x, numbers).0.as_vec();
/// assert!((y[0] - 6.0 * (0.001 + 0.998 / 4.0) + 3.0).abs() < 1e-14 && y[1] == 7.0);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct RationalQuadratic<const BINS: usize, const BOUND: usize = 3>;

impl<const BINS: usize, const BOUND: usize> Transform for RationalQuadratic<BINS, BOUND> {
    type Numbers = SplineNumbers<Const<BINS>>;

    fn forward<N: ConstDim, E: Real, T: Record<E>>(
        x: Batch<N, E, T>,
        numbers: Batch<Product<Self::Numbers, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        rational_quadratic::<BINS, _, _, _, _>(x, numbers, BOUND as f64, Direction::Forward)
    }

    fn inverse<N: ConstDim, E: Real, T: Record<E>>(
        y: Batch<N, E, T>,
        numbers: Batch<Product<Self::Numbers, N>, E, T>,
    ) -> (Batch<N, E, T>, PerExample<E, T>) {
        rational_quadratic::<BINS, _, _, _, _>(y, numbers, BOUND as f64, Direction::Inverse)
    }
}
