//! Flows fitted to densities in the plane by maximum likelihood come close to their entropies, and not below.

use dfdx::prelude::*;
use std::f64::consts::{PI, TAU};
use vae_flows::{Chain, Flow, Maf, NeuralSpline, Reverse, no_context};
use vae_ops::{Adam, Batch, GradTape, Optimizer, PerExample, Record, Scheduled, as_slice};
use vae_ops::{backward, batch_mean, cosine, formula, sum_formula};
use vae_reparam::Noise;
use vae_testkit::integrate;

type Z = Const<2>;
type H = Const<64>;

/// Two uniform and two normal numbers for each of as many points.
fn numbers(count: usize, noise: Noise) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
    let (mut uniform, mut normal) = (vec![0.0; 2 * count], vec![0.0; 2 * count]);
    noise.part(0).fill_uniform(&mut uniform);
    noise.part(1).fill_normal(&mut normal);
    let pair = |x: Vec<f64>| x.as_chunks::<2>().0.to_vec().into_iter();
    pair(uniform).zip(pair(normal))
}

/// Uniform on the black fields of a board of 4 × 4 on [−2, 2]².
fn checkerboard((u, _): ([f64; 2], [f64; 2])) -> [f64; 2] {
    let (column, field) = ((4.0 * u[0]).floor(), 4.0 * u[1]);
    let row = 2.0 * (field / 2.0).floor() + (column % 2.0);
    [4.0 * u[0] - 2.0, row + 0.5 * field.rem_euclid(2.0) - 2.0]
}

/// Two circles around 0, with normal noise of the radius.
fn rings((u, e): ([f64; 2], [f64; 2])) -> [f64; 2] {
    let radius = RADII[usize::from(u[0] < 0.5)] + SPREAD * e[0];
    let angle = TAU * u[1];
    [radius * angle.cos(), radius * angle.sin()]
}

const RADII: [f64; 2] = [1.0, 2.0];
const SPREAD: f64 = 0.15;

/// −∫ p(r) ln(p(r) / 2πr) dr
fn entropy_of_rings() -> f64 {
    let density = |r: f64| {
        let of = |mean: f64| (-0.5 * ((r - mean) / SPREAD).powi(2)).exp();
        0.5 * RADII.map(of).iter().sum::<f64>() / (SPREAD * TAU.sqrt())
    };
    let term = |r: f64| -density(r) * (density(r) / (TAU * r)).ln();
    // No radius is below 0.1 or above 3 but with a probability of 10⁻⁹.
    integrate(&[0.1, 1.0, 2.0, 3.0], |r| {
        r.iter().map(|r| term(*r)).collect()
    })
}

/// Two half circles that grip into each other, with normal noise.
fn moons((u, e): ([f64; 2], [f64; 2])) -> [f64; 2] {
    let [x, y] = on_moon(usize::from(u[0] < 0.5), PI * u[1]);
    [x + SPREAD * e[0], y + SPREAD * e[1]]
}

fn on_moon(which: usize, angle: f64) -> [f64; 2] {
    match which {
        0 => [angle.cos() - 0.5, angle.sin() - 0.25],
        _ => [0.5 - angle.cos(), 0.25 - angle.sin()],
    }
}

/// −∫ p ln p, by the trapezoidal rule along the moons and in the plane.
fn entropy_of_moons() -> f64 {
    let centers: Vec<[f64; 2]> = (0..200)
        .flat_map(|i| [0, 1].map(|which| on_moon(which, PI * (f64::from(i) + 0.5) / 200.0)))
        .collect();
    let density = |x: f64, y: f64| {
        let of = |c: &[f64; 2]| {
            (-0.5 * ((x - c[0]).powi(2) + (y - c[1]).powi(2)) / SPREAD.powi(2)).exp()
        };
        let mean = centers.iter().map(of).sum::<f64>() / centers.len() as f64;
        mean / (TAU * SPREAD * SPREAD)
    };
    let step = 0.03;
    let places = || (-90..=90).map(|i| step * f64::from(i));
    let terms = places().flat_map(|x| places().map(move |y| (x, y)));
    let term = |p: f64| if p > 0.0 { -p * p.ln() } else { 0.0 };
    step * step * terms.map(|(x, y)| term(density(x, y))).sum::<f64>()
}

/// ln p(y) for p(x) = N(0, I).
fn log_prob<F: Flow<f32, Event = Z, Context = Const<0>>, T: Record<f32>>(
    flow: &F,
    y: &Batch<Z, f32, T>,
) -> PerExample<f32, T> {
    let (x, log_det) = flow.inverse(y, &no_context(y.shape().0));
    let base = sum_formula([x], |[x]| -0.5 * (x.square() + TAU.ln()));
    formula([base, log_det], |[base, log_det]| base + log_det)
}

/// The cross entropy of fresh points, and its standard error, after training.
fn fit<F>(toy: fn(([f64; 2], [f64; 2])) -> [f64; 2], steps: u64) -> [f64; 2]
where
    F: Flow<f32, Event = Z, Context = Const<0>> + BuildModule<Cpu, f32>,
{
    let points = |count: usize, noise: Noise| -> Batch<Z> {
        let points = numbers(count, noise).flat_map(toy).map(|x| x as f32);
        Cpu::default().tensor_from_vec(points.collect(), (count, Const))
    };
    let mut flow = F::build(&Cpu::seed_from_u64(0));
    let mut adam = Scheduled {
        optimizer: Adam::new(3e-3),
        schedule: |adam: &mut Adam, t| adam.learning_rate = 3e-3 * cosine(t, steps),
    };
    for step in 0..steps {
        let y = points(512, Noise::new(0, "train").at(step));
        let y = y.put_tape(GradTape::for_data());
        let loss = formula([log_prob(&flow, &y)], |[l]| -l);
        adam.update(&mut flow, &mut [backward(batch_mean(loss), 1.0)]);
    }
    let count = 20_000;
    let terms = log_prob(&flow, &points(count, Noise::new(0, "test")));
    let terms: Vec<f64> = as_slice(&terms).iter().map(|l| -f64::from(*l)).collect();
    let mean = terms.iter().sum::<f64>() / count as f64;
    let square = terms.iter().map(|t| (t - mean).powi(2)).sum::<f64>() / count as f64;
    [mean, (square / count as f64).sqrt()]
}

/// What a fit loses against the truth is KL(truth ‖ flow) ≥ 0.
#[track_caller]
fn check(entropy: f64, [cross_entropy, error]: [f64; 2], most: f64) {
    let excess = cross_entropy - entropy;
    assert!(
        -4.0 * error < excess && excess < most,
        "{cross_entropy} ± {error} against an entropy of {entropy}"
    );
}

type Splines = Chain<(NeuralSpline<Z, H>, Reverse<Z>), 4>;

#[test]
fn splines_on_a_checkerboard() {
    check(8f64.ln(), fit::<Splines>(checkerboard, 1500), 0.1);
}

#[test]
fn splines_on_rings() {
    check(entropy_of_rings(), fit::<Splines>(rings, 1500), 0.1);
}

#[test]
fn masked_autoregressive_flows_on_moons() {
    type Mafs = Chain<(Maf<Z, H>, Reverse<Z>), 5>;
    check(entropy_of_moons(), fit::<Mafs>(moons, 1500), 0.1);
}
