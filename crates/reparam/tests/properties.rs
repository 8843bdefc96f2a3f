//! The sampling path for any shape, seed and number of threads.

use dfdx::prelude::*;
use proptest::prelude::*;
use vae_distributions::Normal;
use vae_ops::{Batch, GradTape, PerExample, as_slice, backward, batch_mean, elementwise};
use vae_ops::{formula, sum_event};
use vae_reparam::{Noise, Rsample, rsample_and_kl};

fn tensor(shape: (usize, usize), value: impl Fn(usize) -> f64) -> Batch<usize, f64> {
    let values = (0..shape.0 * shape.1).map(value).collect();
    Cpu::default().tensor_from_vec(values, shape)
}

/// z, the divergence, and the gradients of a loss of both in μ and ln σ².
fn run(mean: &Batch<usize, f64>, log_var: &Batch<usize, f64>, noise: Noise) -> [Vec<f64>; 4] {
    let q = Normal {
        mean: mean.retaped::<GradTape<f64>>(),
        log_var: log_var.retaped(),
    };
    let (z, kl) = rsample_and_kl(&q, noise);
    let values = [z.as_vec(), kl.as_vec()];
    let weights = tensor(*mean.shape(), |i| (i as f64).cos());
    let weighted = sum_event([z], [weights], |[z], [c]| (c * z, [c]));
    // Each example counts differently.
    let counts = (0..mean.shape().0).map(count).collect();
    let counts: PerExample<f64> = Cpu::default().tensor_from_vec(counts, (mean.shape().0,));
    let loss = elementwise([weighted, kl], [counts], |[z, kl], [n]| {
        (n * (z + kl), [n, n])
    });
    let loss = batch_mean(loss);
    let gradients = backward(loss, mean.shape().0 as f64);
    let [z, kl] = values;
    [
        z,
        kl,
        gradients.get(mean).as_vec(),
        gradients.get(log_var).as_vec(),
    ]
}

fn count(example: usize) -> f64 {
    1.0 + 0.5 * (example as f64).sin()
}

fn loss([z, kl, ..]: &[Vec<f64>; 4]) -> f64 {
    let width = z.len() / kl.len();
    let weighted = z
        .iter()
        .enumerate()
        .map(|(i, z)| count(i / width) * (i as f64).cos() * z);
    let divergences = kl.iter().enumerate().map(|(b, kl)| count(b) * kl);
    weighted.sum::<f64>() + divergences.sum::<f64>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn gradients_are_those_of_differences(
        batch in 1usize..40, width in 1usize..80, seed: u64, step: u32, place: prop::sample::Index,
    ) {
        let shape = (batch, width);
        let noise = Noise::new(seed, "latent").at(step.into());
        let [mean, log_var] = [1.0, 2.0].map(|f| tensor(shape, |i| f * (i as f64 + f).sin()));
        let [_, _, d_mean, d_log_var] = run(&mean, &log_var, noise);
        let i = place.index(batch * width);
        let h = 1e-5;
        let moved = |x: &Batch<usize, f64>, h: f64| {
            let values = x.as_vec();
            tensor(shape, move |j| values[j] + if j == i { h } else { 0.0 })
        };
        let of_mean = [h, -h].map(|h| loss(&run(&moved(&mean, h), &log_var, noise)));
        let of_log_var = [h, -h].map(|h| loss(&run(&mean, &moved(&log_var, h), noise)));
        for (g, [above, below]) in [(d_mean[i], of_mean), (d_log_var[i], of_log_var)] {
            let difference = (above - below) / (2.0 * h);
            prop_assert!((g - difference).abs() < 1e-6 * (1.0 + g.abs()), "{g} against {difference}");
        }
    }

    #[test]
    fn samples_have_the_mean_and_the_variance(
        mean in -5.0f64..5.0, log_var in -6.0f64..6.0, width in 1usize..300, seed: u64,
    ) {
        let shape = (30_000usize.div_ceil(width), width);
        let q = Normal { mean: tensor(shape, |_| mean), log_var: tensor(shape, |_| log_var) };
        let z = q.rsample(Noise::new(seed, "latent"));
        let (n, sigma) = (as_slice(&z).len() as f64, (0.5 * log_var).exp());
        let scaled = as_slice(&z).iter().map(|z| (z - mean) / sigma);
        let first = scaled.clone().sum::<f64>() / n;
        let second = scaled.map(|e| e * e).sum::<f64>() / n;
        // Five standard errors, for 32 cases of each.
        prop_assert!(first.abs() < 5.0 / n.sqrt(), "mean {first}");
        prop_assert!((second - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "variance {second}");
    }

    #[test]
    fn any_log_variance_gives_a_number(log_var in -100.0f32..100.0, mean in -1e3f32..1e3, seed: u64) {
        let row = |x: f32| -> Batch<usize> { Cpu::default().tensor_from_vec(vec![x; 40], (2, 20)) };
        let (mean, log_var) = (row(mean), row(log_var));
        let q = Normal { mean: mean.retaped::<GradTape>(), log_var: log_var.retaped() };
        let (z, kl) = rsample_and_kl(&q, Noise::new(seed, "latent"));
        let values = [z.as_vec(), kl.as_vec()].concat();
        let loss = formula([sum_event([z], [], |[z], []| (z, [1.0])), kl], |[z, kl]| z + kl);
        let gradients = backward(batch_mean(loss), 1.0);
        let gradients = [&mean, &log_var].map(|t| gradients.get(t).as_vec()).concat();
        prop_assert!(values.iter().all(|x| !x.is_nan()));
        // e^100 is more than an f32 holds, and is what the divergence and its gradient are then.
        prop_assert!(gradients.iter().all(|x| !x.is_nan()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    /// Shapes of several parts, which threads work on.
    #[test]
    fn threads_change_no_bit(batch in 300usize..900, width in 90usize..300, seed: u64) {
        let shape = (batch, width);
        let [mean, log_var] = [1.0, 2.0].map(|f| tensor(shape, |i| f * (i as f64 * f).sin()));
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads").install(|| run(&mean, &log_var, Noise::new(seed, "latent")))
        };
        let one = on(1);
        prop_assert!(on(2) == one && on(3) == one);
    }
}
