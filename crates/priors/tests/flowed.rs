//! A normal distribution bent by a flow: its samples, its density, and where gradients do not go.

use dfdx::prelude::*;
use vae_distributions::{Density, Normal};
use vae_flows::{Affine, Chain, Iaf, Planar, Reverse};
use vae_ops::{Batch, GradTape, Record, as_slice, backward, batch_mean};
use vae_priors::{Flowed, Posterior, StandardNormal};
use vae_reparam::{Noise, Parameters, Rsample};
use vae_testkit::{assert_close, assert_ks, edit_parameters, spread};

type C = Const<2>;

fn rows<N: ConstDim, T: Record<f64>>(values: &[f64], count: usize) -> Batch<N, f64, T> {
    let values = values.iter().copied().cycle().take(count * N::SIZE);
    let values: Batch<N, f64> =
        Cpu::default().tensor_from_vec(values.collect(), (count, N::default()));
    values.retaped()
}

fn flow<F: BuildModule<Cpu, f64>>() -> F {
    let mut flow = F::build(&Cpu::seed_from_u64(0));
    let mut stream = 0;
    edit_parameters(&mut flow, |_, values| {
        let values = values.iter_mut().zip(spread::<f64>(stream, 1000));
        values.for_each(|(value, number)| *value = 0.7 * number);
        stream += 1;
    });
    flow
}

/// The same distribution for each of `count` examples.
fn bent<N: ConstDim, F, T: Record<f64>>(count: usize) -> Flowed<F, f64, T>
where
    F: vae_flows::Flow<f64, Event = N, Context = C> + BuildModule<Cpu, f64>,
{
    let mean: Vec<f64> = spread(91, N::SIZE);
    let log_var: Vec<f64> = spread(92, N::SIZE);
    Flowed {
        base: Normal {
            mean: rows(&mean, count),
            log_var: rows(&log_var, count),
        },
        context: rows(&[0.6, -0.4], count),
        flow: flow(),
    }
}

type Wide = Chain<(Iaf<Const<4>, Const<8>, C, f64>, Reverse<Const<4>, C>), 2>;

#[test]
fn samples_follow_the_density() {
    type One = Const<1>;
    type Flow = (
        Planar<One, C, f64>,
        Affine<One, C, f64>,
        Planar<One, C, f64>,
    );
    let (start, step, points) = (-12.0, 24.0 / 48_000.0, 48_001);
    let grid: Vec<f64> = (0..points).map(|i| start + step * f64::from(i)).collect();
    let q: Flowed<Flow, f64, NoneTape> = bent(points as usize);
    let log_density = q.log_prob(&rows::<One, NoneTape>(&grid, points as usize));
    let mut mass = 0.0;
    let cumulative = as_slice(&log_density).iter().map(|log_q| {
        mass += log_q.exp() * step;
        mass
    });
    let cumulative: Vec<f64> = cumulative.collect();
    assert_close(cumulative[48_000], 1.0, 1e-9);
    let q: Flowed<Flow, f64, NoneTape> = bent(100_000);
    assert_ks(as_slice(&q.rsample(Noise::new(1, "latent"))), |z| {
        cumulative[((z - start) / step) as usize]
    });
}

#[test]
fn the_density_of_a_sample_needs_no_inverse() {
    let q: Flowed<Wide, f64, NoneTape> = bent(50);
    let noise = Noise::new(2, "latent");
    let (z, log_q) = q.rsample_and_log_prob(noise);
    assert_eq!(z.as_vec(), q.rsample(noise).as_vec());
    let prior = StandardNormal::default();
    let (same, kl) = q.rsample_and_kl(&prior, noise);
    assert_eq!(z.as_vec(), same.as_vec());
    let by_inverse = [q.log_prob(&z), q.kl(&prior, &z)];
    for (found, expected) in [log_q, kl].iter().zip(&by_inverse) {
        for (found, expected) in as_slice(found).iter().zip(as_slice(expected)) {
            assert_close(*found, *expected, 1e-9);
        }
    }
}

#[test]
fn a_repeated_distribution_samples_each_example_in_adjacent_rows() {
    let q: Flowed<Wide, f64, NoneTape> = bent(3);
    let z = q.repeat(2).rsample(Noise::new(3, "latent"));
    assert_eq!(z.shape().0, 6);
    assert_eq!(q.repeat(2).log_prob(&z).shape().0, 6);
}

#[test]
fn no_gradient_gets_to_a_detached_distribution() {
    let run = |detach: bool| {
        let q: Flowed<Wide, f64, GradTape<f64>> = bent(5);
        let z = rows::<Const<4>, GradTape<f64>>(&spread(4, 20), 5);
        let log_q = match detach {
            true => q.detach().log_prob(&z),
            false => q.log_prob(&z),
        };
        let values = log_q.as_vec();
        let gradients = backward(batch_mean(log_q), 1.0);
        let weight = &q.flow.modules[0].0.made.last.weight;
        let of_parameters = [
            as_slice(&gradients.get(weight)).to_vec(),
            gradients.get(&q.base.mean).as_vec(),
            gradients.get(&q.context).as_vec(),
        ];
        (values, gradients.get(&z).as_vec(), of_parameters)
    };
    let (free, detached) = (run(false), run(true));
    // The density and its gradient in z stay.
    assert_eq!((&free.0, &free.1), (&detached.0, &detached.1));
    assert!(free.1.iter().any(|g| *g != 0.0));
    for (free, detached) in free.2.iter().zip(&detached.2) {
        assert!(free.iter().any(|g| *g != 0.0));
        assert!(detached.iter().all(|g| *g == 0.0));
    }
}
