use crate::axis::maximum;
use crate::gradients::address;
use crate::reduce::{add_up, total};
use crate::{Batch, PerExample, Real, Record, as_slice};
use dfdx::prelude::TensorFromVec;
use dfdx::prelude::{Cpu, Dim, HasShape, PutTape, ReshapeTo, Shape, SplitTape, Tensor};
use std::f64::consts::TAU;

/// ln Σₖ wₖ N(z; μₖ, diag σₖ²), (B,), the log-density of a mixture of K normal distributions at z (B, N), in nats.
///
/// `log_weights` is ln wₖ (K,), `mean` is μ and `log_var` is ln σ², both (K, N). No tensor of the size of all pairs times N is
/// ever made, and on the way back a pair of a code and a component is left out where wₖ N(z; μₖ, σₖ²) is less than 1/16 of the
/// rounding error of the sum. A component that no code is near to has a gradient of exactly 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{normal_mixture, Batch};
///
/// // Two components with means 0 and 4, seen from 2: both are 2 standard deviations away.
/// let device = Cpu::default();
/// let z: Batch<Const<1>, f64> = device.tensor_from_vec(vec![2.0], (1, Const));
/// let half = device.tensor([0.5f64.ln(); 2]);
/// let log_p = normal_mixture(z, half, device.tensor([[0.0], [4.0]]), device.tensor([[0.0], [0.0]]));
/// let log_density = -0.5 * (4.0 + std::f64::consts::TAU.ln());
/// assert!((log_p.as_vec()[0] - log_density).abs() < 1e-12);
/// ```
///
/// # Panics
/// If the shapes do not fit.
pub fn normal_mixture<K: Dim, N: Dim, E: Real, T: Record<E>>(
    z: Batch<N, E, T>,
    log_weights: Tensor<(K,), E, Cpu, T>,
    mean: Tensor<(K, N), E, Cpu, T>,
    log_var: Tensor<(K, N), E, Cpu, T>,
) -> PerExample<E, T> {
    let (z, wants_z, z_tape) = split(z);
    let (log_weights, wants_weights, weights_tape) = split(log_weights);
    let (mean, wants_mean, mean_tape) = split(mean);
    let (log_var, wants_log_var, log_var_tape) = split(log_var);
    let mut tape = z_tape
        .merge(weights_tape)
        .merge(mean_tape)
        .merge(log_var_tape);
    let (batch, n) = (z.shape().0, z.shape().1);
    let k = log_weights.shape().0;
    assert_eq!([mean.shape(), log_var.shape()], [&(k, n); 2]);

    let components = Components::new(n.size(), &log_weights, [&mean, &log_var]);
    let width = components.padded;
    let mut log_density = vec![E::zero(); batch];
    let mut shares = vec![E::zero(); if T::OWNS_TAPE { batch * width } else { 0 }];
    let mut terms = vec![E::zero(); CODES * width];
    for (part, out) in log_density.chunks_mut(CODES).enumerate() {
        let z = &as_slice(&z)[part * CODES * n.size()..][..out.len() * n.size()];
        let terms = &mut terms[..out.len() * width];
        log_terms(&components, z, terms);
        for (out, terms) in out.iter_mut().zip(terms.chunks_mut(width)) {
            *out = log_sum(terms);
        }
        if T::OWNS_TAPE {
            shares[part * CODES * width..][..terms.len()].copy_from_slice(terms);
        }
    }
    let out = z.device().tensor_from_vec(log_density, (batch,));

    if T::OWNS_TAPE {
        let out_ghost = out.ghost();
        let inputs = [
            address(&z),
            address(&log_weights),
            address(&mean),
            address(&log_var),
        ];
        tape.record(&inputs, move |gradients| {
            let slots = &mut gradients.slots;
            let grad_out = std::mem::take(&mut **slots.get_or_alloc_mut(&out_ghost)?);
            let [of_z, of_weights, of_mean, of_log_var] =
                components.gradients([as_slice(&z), as_slice(&mean)], &shares, &grad_out);
            if wants_z {
                add(slots.get_or_alloc_mut(&z)?, &of_z);
            }
            if wants_weights {
                add(slots.get_or_alloc_mut(&log_weights)?, &of_weights);
            }
            if wants_mean {
                add(slots.get_or_alloc_mut(&mean)?, &of_mean);
            }
            if wants_log_var {
                add(slots.get_or_alloc_mut(&log_var)?, &of_log_var);
            }
            Ok(())
        });
    }
    out.put_tape(tape)
}

/// A contiguous tensor, whether its gradient is wanted, and its tape.
fn split<S: Shape, E: Real, T: Record<E>>(x: Tensor<S, E, Cpu, T>) -> (Tensor<S, E, Cpu>, bool, T) {
    let (x, tape) = x.contiguous().split_tape();
    let wanted = T::OWNS_TAPE && tape.wants_gradient();
    (x, wanted, tape)
}

/// Codes that share a pass over the components.
const CODES: usize = 4;

/// Components of one step of a loop: with more, the sums do not stay in registers, and it takes three times as long.
const LANES: usize = 16;

/// Where side by side are the numbers of different components, K is rounded up to whole lanes.
struct Components<E> {
    n: usize,
    padded: usize,
    /// μ, N × K.
    mean: Vec<E>,
    /// 1/σ², N × K.
    precision: Vec<E>,
    /// ln wₖ − ½ Σ ln 2πσₖ², and −∞ for those that are none.
    constants: Vec<E>,
    /// 1/σ², K × N.
    precision_by_row: Vec<E>,
}

impl<E: Real> Components<E> {
    fn new<K: Dim, N: Dim>(
        n: usize,
        log_weights: &Tensor<(K,), E, Cpu>,
        [mean, log_var]: [&Tensor<(K, N), E, Cpu>; 2],
    ) -> Self {
        let log_weights = as_slice(log_weights);
        let padded = log_weights.len().next_multiple_of(LANES);
        let precision_by_row = precisions(as_slice(log_var));
        let mut constants = vec![E::neg_infinity(); padded];
        for (k, (constant, log_weight)) in constants.iter_mut().zip(log_weights).enumerate() {
            let mut sums = [0.0; 16];
            add_up(&mut sums, &as_slice(log_var)[k * n..][..n]);
            let log_volume = 0.5 * (n as f64 * TAU.ln() + total(&sums));
            *constant = E::of(log_weight.as_f64() - log_volume);
        }
        Self {
            n,
            padded,
            mean: side_by_side(as_slice(mean), n, padded),
            precision: side_by_side(&precision_by_row, n, padded),
            constants,
            precision_by_row,
        }
    }

    /// The gradients in z, ln w, μ and ln σ².
    fn gradients(&self, [z, mean]: [&[E]; 2], shares: &[E], grad_out: &[E]) -> [Vec<E>; 4] {
        let n = self.n;
        let zeros = |len: usize| vec![E::zero(); len];
        let (mut of_z, mut of_weights) = (zeros(z.len()), zeros(mean.len() / n.max(1)));
        let (mut of_mean, mut of_log_var) = (zeros(mean.len()), zeros(mean.len()));
        for (i, shares) in shares.chunks(self.padded).enumerate() {
            for (k, of_weight) in of_weights.iter_mut().enumerate() {
                if shares[k] == E::zero() {
                    continue;
                }
                let share = shares[k] * grad_out[i];
                *of_weight += share;
                let (row, component) = (i * n..(i + 1) * n, k * n..(k + 1) * n);
                pair_gradients(
                    [
                        &z[row.clone()],
                        &mean[component.clone()],
                        &self.precision_by_row[component.clone()],
                    ],
                    share,
                    [
                        &mut of_z[row],
                        &mut of_mean[component.clone()],
                        &mut of_log_var[component],
                    ],
                );
            }
        }
        [of_z, of_weights, of_mean, of_log_var]
    }
}

/// 1/σ² of ln σ².
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn precisions<E: Real>(log_var: &[E]) -> Vec<E> {
    log_var.iter().map(|v| (-*v).exp_v()).collect()
}

/// K × N numbers as N × K, the rest 1, with which no density is NaN.
fn side_by_side<E: Real>(rows: &[E], n: usize, padded: usize) -> Vec<E> {
    let mut columns = vec![E::one(); n * padded];
    for (k, row) in rows.chunks(n.max(1)).enumerate() {
        for (d, x) in row.iter().enumerate() {
            columns[d * padded + k] = *x;
        }
    }
    columns
}

/// ln wₖ N(z; μₖ, diag σₖ²) of up to [`CODES`] codes.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn log_terms<E: Real>(of: &Components<E>, z: &[E], out: &mut [E]) {
    let (n, width) = (of.n, of.padded);
    let codes = out.len() / width;
    // A code that is not there is the last one.
    let z: [&[E]; CODES] = std::array::from_fn(|i| &z[i.min(codes - 1) * n..][..n]);
    for first in (0..width).step_by(LANES) {
        let mut squares = [[E::zero(); LANES]; CODES];
        for d in 0..n {
            let lanes = d * width + first..d * width + first + LANES;
            let (mean, precision) = (&of.mean[lanes.clone()], &of.precision[lanes]);
            for (squares, z) in squares.iter_mut().zip(&z) {
                add_squares(squares, z[d], mean, precision);
            }
        }
        let constants = &of.constants[first..][..LANES];
        for (out, squares) in out.chunks_mut(width).zip(&squares) {
            let out = &mut out[first..][..LANES];
            for lane in 0..LANES {
                out[lane] = constants[lane] - E::of(0.5) * squares[lane];
            }
        }
    }
}

#[inline(always)]
fn add_squares<E: Real>(squares: &mut [E; LANES], z: E, mean: &[E], precision: &[E]) {
    for ((square, mean), precision) in squares.iter_mut().zip(mean).zip(precision) {
        let e = z - *mean;
        *square = (e * *precision).mul_add(e, *square);
    }
}

/// The logarithm of the sum of exponentials; the terms become their shares in it, 0 where they are negligible.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn log_sum<E: Real>(terms: &mut [E]) -> E {
    let largest = maximum(terms);
    if !largest.is_finite() {
        return largest;
    }
    for term in &mut *terms {
        *term = (*term - largest).exp_v();
    }
    let mut sums = [0.0; 16];
    add_up(&mut sums, terms);
    let sum = total(&sums);
    let (scale, negligible) = (E::of(1.0 / sum), E::epsilon() / E::of(16.0));
    for term in terms {
        let share = *term * scale;
        *term = if share < negligible { E::zero() } else { share };
    }
    E::of(largest.as_f64() + sum.ln())
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn pair_gradients<E: Real>(
    [z, mean, precision]: [&[E]; 3],
    share: E,
    [of_z, of_mean, of_log_var]: [&mut [E]; 3],
) {
    let (n, half) = (z.len(), E::of(0.5));
    let (mean, precision) = (&mean[..n], &precision[..n]);
    let (of_z, of_mean, of_log_var) = (&mut of_z[..n], &mut of_mean[..n], &mut of_log_var[..n]);
    for d in 0..n {
        let e = z[d] - mean[d];
        let slope = share * e * precision[d];
        of_z[d] -= slope;
        of_mean[d] += slope;
        of_log_var[d] += half * (slope * e - share);
    }
}

fn add<E: Real>(grad: &mut [E], terms: &[E]) {
    grad.iter_mut().zip(terms).for_each(|(g, t)| *g += *t);
}
