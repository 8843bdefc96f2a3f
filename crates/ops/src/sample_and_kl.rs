use crate::event::RowSums;
use crate::gradients::address;
use crate::{Batch, PerExample, Real, Record, as_slice};
use dfdx::prelude::{Dim, HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};
use rayon::prelude::*;

/// z = μ + σ·ε and KL(N(μ, diag σ²) ‖ N(0, I)) = ½ Σ (σ² − 1 − ln σ² + μ²) in one pass, with one backward pass for both
/// (Kingma & Welling 2014, §2.4 and appendix B).
///
/// `mean` is μ, `log_var` is ln σ², both (B, N); the results are z (B, N) and the divergence in nats (B,). `noise` writes
/// ε ~ N(0, I) to a slice, from the element on that it is given, row by row; it is asked for every element once on the way
/// forward and once on the way back, and has to give the same numbers: nothing of the size of ε is ever kept. Any real
/// ln σ² is valid. Values and gradients are those of the two computed apart, but for rounding.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{sample_and_kl, Batch};
///
/// let device = Cpu::default();
/// let tensor = |x| -> Batch<Const<1>, f64> { device.tensor_from_vec(vec![x], (1, Const)) };
/// let (z, kl) = sample_and_kl(tensor(3.0), tensor(0.0), |_, e| e.fill(0.5));
/// assert_eq!((z.as_vec(), kl.as_vec()), (vec![3.5], vec![4.5]));
/// ```
///
/// # Panics
/// If the shapes differ.
pub fn sample_and_kl<N: Dim, E: Real, T: Record<E>>(
    mean: Batch<N, E, T>,
    log_var: Batch<N, E, T>,
    noise: impl Fn(usize, &mut [E]) + Send + Sync + 'static,
) -> (Batch<N, E, T>, PerExample<E, T>) {
    let (mean, mean_tape) = mean.contiguous().split_tape();
    let (log_var, log_var_tape) = log_var.contiguous().split_tape();
    let mut tape = mean_tape.merge(log_var_tape);
    let (shape, device) = (*mean.shape(), mean.device().clone());
    assert_eq!(log_var.shape(), &shape);
    let event = shape.1.size();

    let (mut z, mut kl) = (vec![E::zero(); shape.0 * event], vec![E::zero(); shape.0]);
    let rows = rows_of_part(event);
    let len = rows * event.max(1);
    let parts = z.chunks_mut(len).zip(kl.chunks_mut(rows)).enumerate();
    on_threads(parts.collect(), |(i, out)| {
        forward(out, event, i * len, [&mean, &log_var].map(as_slice), &noise);
    });
    let z = device.tensor_from_vec(z, shape);
    let kl = device.tensor_from_vec(kl, (shape.0,));

    if T::OWNS_TAPE {
        let (z_ghost, kl_ghost) = (z.ghost(), kl.ghost());
        tape.record(&[address(&mean), address(&log_var)], move |gradients| {
            let slots = &mut gradients.slots;
            let grad_z = std::mem::take(&mut **slots.get_or_alloc_mut(&z_ghost)?);
            let grad_kl = std::mem::take(&mut **slots.get_or_alloc_mut(&kl_ghost)?);
            let mut d_mean = std::mem::take(&mut **slots.get_or_alloc_mut(&mean)?);
            // If both inputs are one tensor, its slot is now empty.
            let mut d_log_var = std::mem::take(&mut **slots.get_or_alloc_mut(&log_var)?);
            d_log_var.resize(grad_z.len(), E::zero());

            let parts = d_mean
                .chunks_mut(len)
                .zip(d_log_var.chunks_mut(len))
                .enumerate();
            on_threads(parts.collect(), |(i, out)| {
                let inputs = [&mean, &log_var].map(as_slice);
                backward(out, [&grad_z, &grad_kl], event, i * len, inputs, &noise);
            });
            **slots.get_or_alloc_mut(&mean)? = d_mean;
            let slot = slots.get_or_alloc_mut(&log_var)?;
            if slot.is_empty() {
                **slot = d_log_var;
            } else {
                slot.iter_mut().zip(&d_log_var).for_each(|(s, g)| *s += *g);
            }
            Ok(())
        });
    }
    (z.put_tape(tape.clone()), kl.put_tape(tape))
}

/// Rows that are worth a thread's attention: a number that does not depend on the threads.
fn rows_of_part(event: usize) -> usize {
    (1usize << 15).div_ceil(event.max(1))
}

fn on_threads<I: Send>(parts: Vec<I>, work: impl Fn(I) + Send + Sync) {
    if parts.len() > 1 {
        parts.into_par_iter().for_each(work);
    } else {
        parts.into_iter().for_each(work);
    }
}

/// Elements that are worked on at a time: few enough for the first-level cache.
const CHUNK: usize = 1024;

/// z and the divergence of some rows, of which the first element is number `first` of all.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn forward<E: Real>(
    (z, kl): (&mut [E], &mut [E]),
    event: usize,
    first: usize,
    [mean, log_var]: [&[E]; 2],
    noise: &impl Fn(usize, &mut [E]),
) {
    let half = E::of(0.5);
    let [mut noise_of_chunk, mut terms] = [[E::zero(); CHUNK]; 2];
    let mut sums = RowSums::new(event, kl);
    for (chunk, z) in z.chunks_mut(CHUNK).enumerate() {
        let (start, n) = (chunk * CHUNK, z.len());
        let (e, terms) = (&mut noise_of_chunk[..n], &mut terms[..n]);
        noise(first + start, e);
        let (mean, log_var) = (&mean[first + start..][..n], &log_var[first + start..][..n]);
        for i in 0..n {
            z[i] = mean[i] + (half * log_var[i]).exp_v() * e[i];
            terms[i] = half * (log_var[i].exp_m1_residual() + mean[i] * mean[i]);
        }
        sums.add(start, terms);
    }
}

/// Adds to the gradients of μ and of ln σ².
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn backward<E: Real>(
    (d_mean, d_log_var): (&mut [E], &mut [E]),
    [grad_z, grad_kl]: [&[E]; 2],
    event: usize,
    first: usize,
    [mean, log_var]: [&[E]; 2],
    noise: &impl Fn(usize, &mut [E]),
) {
    let half = E::of(0.5);
    let [mut noise_of_chunk, mut of_rows] = [[E::zero(); CHUNK]; 2];
    let targets = d_mean.chunks_mut(CHUNK).zip(d_log_var.chunks_mut(CHUNK));
    for (chunk, (d_mean, d_log_var)) in targets.enumerate() {
        let (start, n) = (first + chunk * CHUNK, d_mean.len());
        let d_log_var = &mut d_log_var[..n];
        let (e, of_rows) = (&mut noise_of_chunk[..n], &mut of_rows[..n]);
        noise(start, e);
        spread_rows(of_rows, grad_kl, event, start);
        let [mean, log_var, grad_z] = [mean, log_var, grad_z].map(|x| &x[start..][..n]);
        for i in 0..n {
            let sigma = (half * log_var[i]).exp_v();
            d_mean[i] += grad_z[i] + of_rows[i] * mean[i];
            // σ² − 1 = (σ − 1)(σ + 1) would cancel: it is taken from ln σ² itself.
            let of_kl = of_rows[i] * log_var[i].exp_m1_v();
            d_log_var[i] += half * (grad_z[i] * sigma * e[i] + of_kl);
        }
    }
}

/// The value of each element's row, from element `start` on.
#[inline(always)]
fn spread_rows<E: Real>(mut out: &mut [E], of_rows: &[E], event: usize, mut start: usize) {
    while !out.is_empty() {
        let (row, column) = (start / event, start % event);
        let len = out.len().min(event - column);
        let (part, rest) = out.split_at_mut(len);
        part.fill(of_rows[row]);
        (out, start) = (rest, start + len);
    }
}
