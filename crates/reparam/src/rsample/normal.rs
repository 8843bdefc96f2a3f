use super::{Rsample, noise_like};
use crate::Noise;
use dfdx::prelude::{Dim, HasShape};
use vae_distributions::Normal;
use vae_ops::{Batch, PerExample, Real, Record, elementwise, sample_and_kl};

/// z = μ + σ·ε with ε ~ N(0, I).
impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T> for Normal<N, E, T> {
    fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
        let half = E::of(0.5);
        elementwise(
            [self.mean.clone(), self.log_var.clone()],
            [noise_like(&self.mean, |width, e| {
                noise.fill_normal_rows(width, e)
            })],
            |[mean, log_var], [e]| {
                let deviation = (half * log_var).exp_v() * e;
                (mean + deviation, [E::one(), half * deviation])
            },
        )
    }
}

/// [`Rsample`] and KL(q ‖ N(0, I)) in one pass, with one backward pass for both: the hot path of a standard VAE. The noise
/// is worked out again on the way back, from its address, and never stored; see [`sample_and_kl`].
pub fn rsample_and_kl<N: Dim, E: Real, T: Record<E>>(
    q: &Normal<N, E, T>,
    noise: Noise,
) -> (Batch<N, E, T>, PerExample<E, T>) {
    let width = q.mean.shape().1.size();
    sample_and_kl(q.mean.clone(), q.log_var.clone(), move |first, e| {
        noise.skip(first).fill_normal_rows(width, e);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;
    use vae_distributions::{KlTo, StandardNormal};
    use vae_ops::{GradTape, as_slice, backward, batch_mean, sum_event};
    use vae_testkit::{assert_grad, assert_ks};

    #[test]
    fn gradients_with_fixed_noise() {
        let noise = Noise::new(1, "test");
        assert_grad(-2.0..2.0, |[mean, log_var]| {
            Normal { mean, log_var }.rsample(noise)
        });
    }

    #[test]
    fn fused_it_is_the_same() {
        let noise = Noise::new(5, "test");
        assert_grad(-2.0..2.0, |[mean, log_var]| {
            rsample_and_kl(&Normal { mean, log_var }, noise).0
        });
        assert_grad(-2.0..2.0, |[mean, log_var]| {
            rsample_and_kl(&Normal { mean, log_var }, noise).1
        });
        // More than one chunk of a sum, and log-variances from the underflow of σ² to its overflow.
        let device = Cpu::default();
        let tensor = |scale: f32| -> Batch<usize> {
            let values = (0..3 * 2500).map(|i| scale * (i as f32).sin());
            device.tensor_from_vec(values.collect(), (3, 2500))
        };
        let (mean, log_var) = (tensor(3.0), tensor(60.0));
        let run = |fused: bool, of_z: bool| {
            let q = Normal {
                mean: mean.retaped::<GradTape>(),
                log_var: log_var.retaped(),
            };
            let (z, kl) = match fused {
                true => rsample_and_kl(&q, noise),
                false => (q.rsample(noise), q.kl_to(&StandardNormal)),
            };
            let values = [z.as_vec(), kl.as_vec()];
            // Apart: the sum of the two gradients cancels where they are opposed.
            let gradients = match of_z {
                true => backward(batch_mean(sum_event([z], [], |[z], []| (z, [1.0]))), 1.0),
                false => backward(batch_mean(kl), 1.0),
            };
            let gradients = [&mean, &log_var].map(|t| gradients.get(t).as_vec());
            (values, gradients.concat())
        };
        for of_z in [true, false] {
            let (values, gradients) = run(true, of_z);
            let (composed_values, composed_gradients) = run(false, of_z);
            assert_eq!(values, composed_values);
            for (a, b) in gradients.iter().zip(composed_gradients) {
                assert!((a - b).abs() <= 2.4e-7 * b.abs(), "{a} against {b}");
            }
        }
    }

    #[test]
    fn samples_follow_the_distribution() {
        let device = Cpu::default();
        let constant =
            |x: f64| -> Batch<usize, f64> { device.tensor_from_vec(vec![x; 100_000], (100, 1000)) };
        let q = Normal {
            mean: constant(0.7),
            log_var: constant(4f64.ln()),
        };
        let z = q.rsample(Noise::new(2, "test"));
        assert_ks(as_slice(&z), |z| {
            0.5 * libm::erfc(-(z - 0.7) / 2.0 / 2f64.sqrt())
        });
    }

    #[test]
    fn extreme_log_variances_give_the_mean_or_overflow_but_no_nan() {
        let device = Cpu::default();
        let mean: Batch<usize> = device.tensor_from_vec(vec![1.0; 4], (1, 4));
        let log_var = |x: f32| device.tensor_from_vec(vec![x; 4], (1, 4));
        let sample = |x| {
            let q = Normal {
                mean: mean.clone(),
                log_var: log_var(x),
            };
            q.rsample(Noise::new(3, "test"))
        };
        assert!(as_slice(&sample(-300.0)).iter().all(|z| *z == 1.0));
        assert!(as_slice(&sample(100.0)).iter().all(|z| z.is_finite()));
        assert!(as_slice(&sample(300.0)).iter().all(|z| z.is_infinite()));
    }
}
