use crate::gradients::address;
use crate::reduce::add_up;
use crate::{Batch, PerExample, Real, Record, as_slice};
use dfdx::prelude::{Dim, HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};

/// z = μ + σ·ε and KL(N(μ, diag σ²) ‖ N(0, I)) = ½ Σ (σ² − 1 − ln σ² + μ²) in one pass, with one backward pass for both
/// (Kingma & Welling 2014, §2.4 and appendix B).
///
/// `mean` is μ, `log_var` is ln σ², `noise` is ε ~ N(0, I), all (B, N); the results are z (B, N) and the divergence in
/// nats (B,). Any real ln σ² is valid. The values are those of the two computed apart, to the bit.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{sample_and_kl, Batch};
///
/// let device = Cpu::default();
/// let tensor = |x| -> Batch<Const<1>, f64> { device.tensor_from_vec(vec![x], (1, Const)) };
/// let (z, kl) = sample_and_kl(tensor(3.0), tensor(0.0), tensor(0.5));
/// assert_eq!((z.as_vec(), kl.as_vec()), (vec![3.5], vec![4.5]));
/// ```
///
/// # Panics
/// If the shapes differ.
pub fn sample_and_kl<N: Dim, E: Real, T: Record<E>>(
    mean: Batch<N, E, T>,
    log_var: Batch<N, E, T>,
    noise: Batch<N, E>,
) -> (Batch<N, E, T>, PerExample<E, T>) {
    let (mean, mean_tape) = mean.contiguous().split_tape();
    let (log_var, log_var_tape) = log_var.contiguous().split_tape();
    let noise = noise.contiguous();
    let mut tape = mean_tape.merge(log_var_tape);
    let (shape, device) = (*mean.shape(), mean.device().clone());
    assert_eq!((log_var.shape(), noise.shape()), (&shape, &shape));
    let event = shape.1.size();

    let (mut z, mut kl) = (vec![E::zero(); shape.0 * event], vec![E::zero(); shape.0]);
    let inputs = [&mean, &log_var, &noise].map(as_slice);
    forward(&mut z, &mut kl, event, inputs);
    let z = device.tensor_from_vec(z, shape);
    let kl = device.tensor_from_vec(kl, (shape.0,));

    if T::OWNS_TAPE {
        let (z_ghost, kl_ghost) = (z.ghost(), kl.ghost());
        tape.record(&[address(&mean), address(&log_var)], move |gradients| {
            let slots = &mut gradients.slots;
            let grad_z = std::mem::take(&mut **slots.get_or_alloc_mut(&z_ghost)?);
            let grad_kl = std::mem::take(&mut **slots.get_or_alloc_mut(&kl_ghost)?);
            let inputs = [&mean, &log_var, &noise].map(as_slice);
            let (d_mean, d_log_var) = backward(&grad_z, &grad_kl, event, inputs);
            for (input, grad) in [(&mean, d_mean), (&log_var, d_log_var)] {
                let slot = slots.get_or_alloc_mut(input)?;
                slot.iter_mut().zip(grad).for_each(|(s, g)| *s += g);
            }
            Ok(())
        });
    }
    (z.put_tape(tape.clone()), kl.put_tape(tape))
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn forward<E: Real>(z: &mut [E], kl: &mut [E], event: usize, [mean, log_var, noise]: [&[E]; 3]) {
    let half = E::of(0.5);
    for (i, z) in z.iter_mut().enumerate() {
        *z = mean[i] + (half * log_var[i]).exp_v() * noise[i];
    }
    let mut terms = vec![E::zero(); event];
    for (row, kl) in kl.iter_mut().enumerate() {
        let range = row * event..(row + 1) * event;
        let (mean, log_var) = (&mean[range.clone()], &log_var[range]);
        for ((term, m), v) in terms.iter_mut().zip(mean).zip(log_var) {
            *term = half * (v.exp_m1_residual() + *m * *m);
        }
        let mut sums = [0.0; 16];
        add_up(&mut sums, &terms);
        *kl = E::of(sums.iter().sum());
    }
}

/// The gradients of μ and of ln σ².
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn backward<E: Real>(
    grad_z: &[E],
    grad_kl: &[E],
    event: usize,
    [mean, log_var, noise]: [&[E]; 3],
) -> (Vec<E>, Vec<E>) {
    let half = E::of(0.5);
    let (mut d_mean, mut d_log_var) = (grad_z.to_vec(), grad_z.to_vec());
    for (row, g_kl) in grad_kl.iter().enumerate() {
        for i in row * event..(row + 1) * event {
            let sigma = (half * log_var[i]).exp_v();
            d_mean[i] += *g_kl * mean[i];
            // σ² − 1 = (σ − 1)(σ + 1) would cancel: it is taken from ln σ² itself.
            d_log_var[i] = half * (grad_z[i] * sigma * noise[i] + *g_kl * log_var[i].exp_m1_v());
        }
    }
    (d_mean, d_log_var)
}
