//! Maximum likelihood, from points drawn anew in every step.

use super::Toy;
use dfdx::prelude::*;
use std::f64::consts::TAU;
use vae_flows::{Flow, no_context};
use vae_ops::{Adam, Batch, GradTape, Optimizer, PerExample, Record, Scheduled, as_slice};
use vae_ops::{backward, batch_mean, cosine, formula, sum_formula};
use vae_reparam::Noise;

pub type Z = Const<2>;

/// ln p(y) for p(x) = N(0, I).
pub fn log_prob<F: Flow<f32, Event = Z, Context = Const<0>>, T: Record<f32>>(
    flow: &F,
    y: &Batch<Z, f32, T>,
) -> PerExample<f32, T> {
    let (x, log_det) = flow.inverse(y, &no_context(y.shape().0));
    let base = sum_formula([x], |[x]| -0.5 * (x.square() + TAU.ln()));
    formula([base, log_det], |[base, log_det]| base + log_det)
}

fn points(toy: Toy, count: usize, noise: Noise) -> Batch<Z> {
    let numbers = toy.points(count, noise).flatten().map(|x| x as f32);
    Cpu::default().tensor_from_vec(numbers.collect(), (count, Const))
}

pub fn fit<F>(toy: Toy, steps: u64) -> F
where
    F: Flow<f32, Event = Z, Context = Const<0>> + BuildModule<Cpu, f32>,
{
    let mut flow = F::build(&Cpu::seed_from_u64(0));
    let mut adam = Scheduled {
        optimizer: Adam::new(3e-3),
        schedule: |adam: &mut Adam, t| adam.learning_rate = 3e-3 * cosine(t, steps),
    };
    for step in 0..steps {
        let y = points(toy, 512, Noise::new(0, "train").at(step));
        let y = y.put_tape(GradTape::for_data());
        let loss = formula([log_prob(&flow, &y)], |[l]| -l);
        adam.update(&mut flow, &mut [backward(batch_mean(loss), 1.0)]);
    }
    flow
}

/// −E ln p of fresh points, and its standard error.
pub fn cross_entropy<F>(flow: &F, toy: Toy) -> [f64; 2]
where
    F: Flow<f32, Event = Z, Context = Const<0>>,
{
    let terms = log_prob(flow, &points(toy, 20_000, Noise::new(0, "test")));
    estimate(as_slice(&terms).iter().map(|l| -f64::from(*l)))
}

/// The mean and its standard error.
pub fn estimate(terms: impl Iterator<Item = f64>) -> [f64; 2] {
    let terms: Vec<f64> = terms.collect();
    let count = terms.len() as f64;
    let mean = terms.iter().sum::<f64>() / count;
    let square = terms.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / count;
    [mean, (square / count).sqrt()]
}
