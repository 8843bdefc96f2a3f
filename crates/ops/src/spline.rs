use crate::gradients::address;
use crate::{Batch, Dual, PerExample, Real, Record, as_slice};
use dfdx::prelude::{Dim, HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};

/// Which way a bijection is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// x ↦ y
    Forward,
    /// y ↦ x
    Inverse,
}

/// The monotone rational-quadratic spline from [−B, B] onto itself, of K bins, with the identity outside (Durkan et al. 2019,
/// §3.1): y = f(x) for each element, by parameters of its own, and Σ ln f′(x) for each example; or x = f⁻¹(y) and
/// Σ ln (f⁻¹)′(y).
///
/// Shapes: `x` (B, N), `numbers` (B, (3K − 1) N), results (B, N) and (B,). The first number of every element comes before the
/// second of any: K of them make, by softmax, the widths of the bins, K the heights, and K − 1, by softplus, the slopes at
/// the knots in between; at ±B the slope is 1. No bin is narrower or lower than 10⁻³ of the whole, no slope is less than 10⁻³.
/// Numbers that are all 0 make the identity.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{Batch, Direction, rational_quadratic};
///
/// let x: Batch<Const<2>, f64> = Cpu::default().tensor_from_vec(vec![0.5, -7.0], (1, Const));
/// let numbers = Cpu::default().tensor_from_vec(vec![0.0; 2 * 11], (1, Const::<22>));
/// let (y, log_det) = rational_quadratic::<4, _, _, _, _>(x, numbers, 3.0, Direction::Forward);
/// assert!((y.as_vec()[0] - 0.5).abs() < 1e-15 && y.as_vec()[1] == -7.0);
/// assert!(log_det.as_vec()[0].abs() < 1e-15);
/// ```
///
/// # Panics
/// If the batches differ in size, or there are not that many numbers.
pub fn rational_quadratic<const K: usize, N: Dim, Q: Dim, E: Real, T: Record<E>>(
    x: Batch<N, E, T>,
    numbers: Batch<Q, E, T>,
    bound: f64,
    direction: Direction,
) -> (Batch<N, E, T>, PerExample<E, T>) {
    const { assert!(K > 0 && K < 500, "bins of a thousandth have to fit") };
    let (x, x_tape) = x.contiguous().split_tape();
    let (numbers, numbers_tape) = numbers.contiguous().split_tape();
    let mut tape = x_tape.merge(numbers_tape);
    let (shape, n) = (*x.shape(), x.shape().1.size());
    let expected = (shape.0, (3 * K - 1) * n);
    let found = (numbers.shape().0, numbers.shape().1.size());
    assert_eq!(found, expected, "the numbers of splines");

    let spline = Spline::<K> { bound, direction };
    let (mut y, mut log_det) = (vec![E::zero(); shape.0 * n], vec![E::zero(); shape.0]);
    let given = (as_slice(&x), as_slice(&numbers));
    values(spline, n, given, &mut y, &mut log_det);
    let y = x.device().tensor_from_vec(y, shape);
    let log_det = x.device().tensor_from_vec(log_det, (shape.0,));

    if T::OWNS_TAPE {
        let (y_ghost, log_det_ghost) = (y.ghost(), log_det.ghost());
        tape.record(&[address(&x), address(&numbers)], move |gradients| {
            let slots = &mut gradients.slots;
            let grad_y = std::mem::take(&mut **slots.get_or_alloc_mut(&y_ghost)?);
            let grad_log_det = std::mem::take(&mut **slots.get_or_alloc_mut(&log_det_ghost)?);
            let mut grad_x = std::mem::take(&mut **slots.get_or_alloc_mut(&x)?);
            let grad_numbers = slots.get_or_alloc_mut(&numbers)?;
            let given = (as_slice(&x), as_slice(&numbers));
            let outer = (&grad_y[..], &grad_log_det[..]);
            add_gradients(spline, n, given, outer, (&mut grad_x, grad_numbers));
            **slots.get_or_alloc_mut(&x)? = grad_x;
            Ok(())
        });
    }
    (y.put_tape(tape.clone()), log_det.put_tape(tape))
}

/// The least width and height of a bin, as a share of the whole, and the least slope.
const LEAST: f64 = 1e-3;

#[derive(Clone, Copy)]
struct Spline<const K: usize> {
    bound: f64,
    direction: Direction,
}

/// What an element meets: the numbers of its bin, and how they came about.
struct Bin<E, const K: usize> {
    index: usize,
    /// Softmax of the numbers of widths and of heights.
    shares: [[E; K]; 2],
    /// (xₖ, yₖ), where the bin begins.
    corner: [E; 2],
    /// Width, height, and the slopes at its two ends.
    sizes: [E; 4],
}

impl<const K: usize> Spline<K> {
    /// The bin that an element is in; none outside of [−B, B], and for NaN.
    ///
    /// `numbers` are those of an example from the first of this element on, `n` elements apart.
    #[inline(always)]
    fn bin<E: Real>(self, x: E, numbers: &[E], n: usize) -> Option<Bin<E, K>> {
        if x.is_nan() || x.abs() >= E::of(self.bound) {
            return None;
        }
        let mut shares = [[E::zero(); K]; 2];
        for (shares, first) in shares.iter_mut().zip([0, K]) {
            for (j, share) in shares.iter_mut().enumerate() {
                *share = numbers[(first + j) * n];
            }
            softmax(shares);
        }
        let [along, across] = self.axes();
        let mut corner = [E::of(-self.bound); 2];
        let (mut index, mut knot) = (0, corner);
        for j in 1..K {
            knot[along] += self.length(shares[along][j - 1]);
            knot[across] += self.length(shares[across][j - 1]);
            if x >= knot[along] {
                (index, corner) = (j, knot);
            }
        }
        let slope = |knot: usize| match knot {
            0 => E::one(),
            _ if knot == K => E::one(),
            _ => E::of(LEAST) + (numbers[(2 * K + knot - 1) * n] + slope_offset()).softplus(),
        };
        let [width, height] = [0, 1].map(|i| self.length(shares[i][index]));
        Some(Bin {
            index,
            shares,
            corner,
            sizes: [width, height, slope(index), slope(index + 1)],
        })
    }

    /// 2B of the share of a bin in what is left over from the least shares of all.
    #[inline(always)]
    fn length<E: Real>(self, share: E) -> E {
        E::of(2.0 * self.bound * LEAST) + E::of(self.scale()) * share
    }

    fn scale(self) -> f64 {
        2.0 * self.bound * (1.0 - K as f64 * LEAST)
    }

    /// What an element adds to the two coordinates where its bin begins, and ln of the slope there.
    #[inline(always)]
    fn within<E: Real, const D: usize>(self, variables: [Dual<E, D>; 5]) -> [Dual<E, D>; 2] {
        let [from_corner, width, height, left, right] = variables;
        let s = height / width;
        let bend = left + right - 2.0 * s;
        let xi = match self.direction {
            Direction::Forward => from_corner / width,
            Direction::Inverse => {
                let a = height * (s - left) + from_corner * bend;
                let b = height * left - from_corner * bend;
                let c = -s * from_corner;
                let mut discriminant = b.square() - 4.0 * a * c;
                if discriminant.value <= E::zero() {
                    // By rounding only.
                    discriminant = Dual::constant(f64::MIN_POSITIVE);
                }
                2.0 * c / (-b - discriminant.sqrt())
            }
        };
        let rest = 1.0 - xi;
        let product = xi * rest;
        let denominator = s + bend * product;
        let numerator = right * xi.square() + 2.0 * s * product + left * rest.square();
        let log_slope = 2.0 * (s.ln() - denominator.ln()) + numerator.ln();
        match self.direction {
            Direction::Forward => {
                let y = height * (s * xi.square() + left * product) / denominator;
                [y, log_slope]
            }
            Direction::Inverse => [width * xi, -log_slope],
        }
    }

    /// Which coordinate of the corner the argument is measured from, and which the value.
    #[inline(always)]
    fn axes(self) -> [usize; 2] {
        match self.direction {
            Direction::Forward => [0, 1],
            Direction::Inverse => [1, 0],
        }
    }
}

/// Makes the slope of the number 0 be 1.
#[inline(always)]
fn slope_offset<E: Real>() -> E {
    // ln(e^(1 − LEAST) − 1)
    E::of(0.539_742_417_236_952_2)
}

#[inline(always)]
fn softmax<E: Real, const K: usize>(x: &mut [E; K]) {
    let max = x.iter().copied().fold(E::neg_infinity(), E::max);
    x.iter_mut().for_each(|x| *x = (*x - max).exp_v());
    let sum = x.iter().fold(E::zero(), |sum, x| sum + *x);
    x.iter_mut().for_each(|x| *x /= sum);
}

/// Values, and the sums of ln f′.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn values<E: Real, const K: usize>(
    spline: Spline<K>,
    n: usize,
    (x, numbers): (&[E], &[E]),
    y: &mut [E],
    log_det: &mut [E],
) {
    let [along, across] = spline.axes();
    for (example, log_det) in log_det.iter_mut().enumerate() {
        let numbers = &numbers[example * (3 * K - 1) * n..];
        let mut sum = 0.0;
        for i in 0..n {
            let x = x[example * n + i];
            let mut value = x;
            if let Some(bin) = spline.bin(x, &numbers[i..], n) {
                let [width, height, left, right] = bin.sizes;
                let given = [x - bin.corner[along], width, height, left, right];
                let [added, log_slope] = spline.within(given.map(|value| Dual::<E, 0> {
                    value,
                    partials: [],
                }));
                value = bin.corner[across] + added.value;
                sum += log_slope.value.as_f64();
            }
            y[example * n + i] = value;
        }
        *log_det = E::of(sum);
    }
}

/// Adds to the gradients of the elements and of their numbers.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_gradients<E: Real, const K: usize>(
    spline: Spline<K>,
    n: usize,
    (x, numbers): (&[E], &[E]),
    (grad_y, grad_log_det): (&[E], &[E]),
    (grad_x, grad_numbers): (&mut [E], &mut [E]),
) {
    let [along, across] = spline.axes();
    let scale = E::of(spline.scale());
    for (example, outer_log_det) in grad_log_det.iter().enumerate() {
        let first = example * (3 * K - 1) * n;
        for i in 0..n {
            let (x, outer) = (x[example * n + i], grad_y[example * n + i]);
            let grad_x = &mut grad_x[example * n + i];
            let Some(bin) = spline.bin(x, &numbers[first + i..], n) else {
                *grad_x += outer;
                continue;
            };
            let [width, height, left, right] = bin.sizes;
            let given = [x - bin.corner[along], width, height, left, right];
            let [added, log_slope] = spline.within(Dual::variables(given));
            let mut grads = [E::zero(); 5];
            for (j, grad) in grads.iter_mut().enumerate() {
                *grad = outer * added.partials[j] + *outer_log_det * log_slope.partials[j];
            }
            let [from_corner, of_width, of_height, of_left, of_right] = grads;
            *grad_x += from_corner;

            let mut of_corner = [E::zero(); 2];
            of_corner[along] = -from_corner;
            of_corner[across] = outer;
            let grad = &mut grad_numbers[first + i..];
            for (axis, of_length) in [of_width, of_height].into_iter().enumerate() {
                // The corner is the sum of the lengths of the bins before.
                let mut of_shares = [E::zero(); K];
                of_shares[..bin.index].fill(scale * of_corner[axis]);
                of_shares[bin.index] = scale * of_length;
                let shares = &bin.shares[axis];
                let pairs = shares.iter().zip(&of_shares);
                let mean = pairs.fold(E::zero(), |sum, (share, of)| sum + *share * *of);
                for j in 0..K {
                    grad[(axis * K + j) * n] += shares[j] * (of_shares[j] - mean);
                }
            }
            for (knot, of_slope) in [(bin.index, of_left), (bin.index + 1, of_right)] {
                if knot > 0 && knot < K {
                    let at = (2 * K + knot - 1) * n;
                    grad[at] += of_slope * (numbers[first + i + at] + slope_offset()).sigmoid();
                }
            }
        }
    }
}
