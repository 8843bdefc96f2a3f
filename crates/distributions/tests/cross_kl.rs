//! The divergences between two families, each listed once: against the integral that defines them, their gradients
//! against finite differences, and both far out.

use dfdx::prelude::*;
use std::ops::Range;
use vae_distributions::*;
use vae_ops::{Batch, GradTape, PerExample, as_slice, backward, batch_mean, formula};
use vae_testkit::assert_grad;

type Column<T = NoneTape> = Batch<usize, f64, T>;

fn column(value: f64, rows: usize) -> Column {
    Cpu::default().tensor_from_vec(vec![value; rows], (rows, 1))
}

/// A family's member from numbers of any tape: each of its fields is `start + slope · number`, for numbers in (0, 1).
macro_rules! member {
    ($P:ident { $($field:ident: $start:literal + $slope:literal),* }, $numbers:expr) => {{
        let numbers = $numbers;
        $P { $($field: formula([numbers.next().unwrap()], |[u]| $start + $slope * u)),* }
    }};
}

/// Reads a parameter.
type At<'a> = &'a dyn Fn(&Column) -> f64;

/// Where to integrate: the points x and their weights dx, of a substitution by which p dx decays exponentially.
type Points = Vec<(f64, f64)>;

fn trapezoids(range: Range<f64>, f: impl Fn(f64) -> (f64, f64)) -> Points {
    let step = 0.02;
    let nodes = ((range.end - range.start) / step) as u32;
    (0..=nodes)
        .map(|i| f(range.start + step * f64::from(i)))
        .map(|(x, dx)| (x, dx * step))
        .collect()
}

fn above(low: f64) -> Points {
    trapezoids(-60.0..70.0, |t| (low + t.exp(), t.exp()))
}

fn between(low: f64, high: f64) -> Points {
    let s = |t: f64| 1.0 / (1.0 + (-t).exp());
    trapezoids(-60.0..60.0, |t| {
        // From the nearer end.
        let width = high - low;
        let x = if t < 0.0 {
            low + width * s(t)
        } else {
            high - width * s(-t)
        };
        (x, width * s(t) * s(-t))
    })
}

/// The line, in two at a point where the integrand may have a kink.
fn line(kink: f64) -> Points {
    let right = trapezoids(-40.0..6.0, |t| (t.exp(), t.exp()));
    let left = right.iter().map(|(x, dx)| (kink - x, *dx));
    left.chain(right.iter().map(|(x, dx)| (kink + x, *dx)))
        .collect()
}

fn as_column(values: Vec<f64>) -> Column {
    let rows = values.len();
    Cpu::default().tensor_from_vec(values, (rows, 1))
}

fn integral(
    points: &Points,
    log_p: PerExample<f64, NoneTape>,
    log_q: PerExample<f64, NoneTape>,
) -> [f64; 2] {
    let mut sums = [0.0; 2];
    let logs = as_slice(&log_p).iter().zip(as_slice(&log_q));
    for ((_, dx), (log_p, log_q)) in points.iter().zip(logs) {
        let p = log_p.exp() * dx;
        if p > 0.0 {
            sums[0] += p;
            sums[1] += p * (log_p - log_q);
        }
    }
    sums
}

/// Well-spread numbers in (0, 1).
fn numbers(count: usize, seed: usize) -> Vec<f64> {
    (0..count)
        .map(|i| {
            ((seed + 1) as f64 * 0.754_877_666 + (i * seed + i + 1) as f64 * 0.569_840_291).fract()
        })
        .collect()
}

macro_rules! pairs {
    ($($name:ident: $P:ident { $($p:tt)* } to $Q:ident { $($q:tt)* } over |$pp:ident, $qq:ident| $points:expr, $K:literal;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn is_its_integral() {
                for seed in 0..12 {
                    let u = numbers($K, seed);
                    let rows = |n: usize| u.iter().map(move |u| column(*u, n)).collect::<Vec<_>>().into_iter();
                    let pair = |n: usize| {
                        let mut all = rows(n);
                        (member!($P { $($p)* }, all.by_ref()), member!($Q { $($q)* }, all.by_ref()))
                    };
                    let (p, q) = pair(1);
                    let kl = as_slice(&p.kl_to(&q))[0];
                    assert!(kl >= 0.0);
                    let at = |x: &Column| as_slice(x)[0];
                    let points: Points = { #[allow(unused)] let ($pp, $qq) = (&p, &q); let _ = &at; $points(&at) };
                    let x = as_column(points.iter().map(|point| point.0).collect());
                    let (p, q) = pair(points.len());
                    let [mass, integral] = integral(&points, p.log_prob(&x), q.log_prob(&x));
                    assert!((mass - 1.0).abs() < 1e-8, "mass {mass} at {u:?}");
                    assert!((kl - integral).abs() <= 1e-8 * integral.abs(), "{kl} but the integral is {integral} at {u:?}");
                }
            }

            #[test]
            fn has_its_gradient() {
                assert_grad(0.1..0.9, |inputs: [_; $K]| {
                    let mut all = inputs.into_iter();
                    member!($P { $($p)* }, all.by_ref()).kl_to(&member!($Q { $($q)* }, all.by_ref()))
                });
            }
        }
    )*};
}

pairs! {
    beta_continuous_bernoulli: Beta { concentration1: 0.7 + 4.0, concentration0: 0.7 + 4.0 }
        to ContinuousBernoulli { logits: -6.0 + 12.0 } over |p, q| |_: At| between(0.0, 1.0), 3;
    beta_exponential: Beta { concentration1: 0.7 + 4.0, concentration0: 0.7 + 4.0 }
        to Exponential { rate: 0.1 + 5.0 } over |p, q| |_: At| between(0.0, 1.0), 3;
    beta_gamma: Beta { concentration1: 0.7 + 4.0, concentration0: 0.7 + 4.0 }
        to Gamma { concentration: 0.1 + 12.0, rate: 0.1 + 5.0 } over |p, q| |_: At| between(0.0, 1.0), 4;
    beta_normal: Beta { concentration1: 0.7 + 4.0, concentration0: 0.7 + 4.0 }
        to Normal { mean: -1.0 + 3.0, log_var: -3.0 + 4.0 } over |p, q| |_: At| between(0.0, 1.0), 4;
    beta_uniform: Beta { concentration1: 0.7 + 4.0, concentration0: 0.7 + 4.0 }
        to Uniform { low: -3.0 + 3.0, high: 1.0 + 2.0 } over |p, q| |_: At| between(0.0, 1.0), 4;
    continuous_bernoulli_exponential: ContinuousBernoulli { logits: -6.0 + 12.0 }
        to Exponential { rate: 0.1 + 5.0 } over |p, q| |_: At| between(0.0, 1.0), 2;
    continuous_bernoulli_normal: ContinuousBernoulli { logits: -6.0 + 12.0 }
        to Normal { mean: -1.0 + 3.0, log_var: -3.0 + 4.0 } over |p, q| |_: At| between(0.0, 1.0), 3;
    continuous_bernoulli_uniform: ContinuousBernoulli { logits: -6.0 + 12.0 }
        to Uniform { low: -3.0 + 3.0, high: 1.0 + 2.0 } over |p, q| |_: At| between(0.0, 1.0), 3;
    exponential_gamma: Exponential { rate: 0.1 + 3.0 }
        to Gamma { concentration: 0.1 + 12.0, rate: 0.1 + 5.0 } over |p, q| |_: At| above(0.0), 3;
    exponential_gumbel: Exponential { rate: 0.1 + 3.0 }
        to Gumbel { loc: -2.0 + 4.0, scale: 0.5 + 2.0 } over |p, q| |_: At| above(0.0), 3;
    exponential_normal: Exponential { rate: 0.1 + 3.0 }
        to Normal { mean: -1.0 + 3.0, log_var: -3.0 + 4.0 } over |p, q| |_: At| above(0.0), 3;
    gamma_exponential: Gamma { concentration: 0.5 + 12.0, rate: 0.1 + 5.0 }
        to Exponential { rate: 0.1 + 3.0 } over |p, q| |_: At| above(0.0), 3;
    gamma_gumbel: Gamma { concentration: 0.5 + 12.0, rate: 0.1 + 5.0 }
        to Gumbel { loc: -2.0 + 4.0, scale: 0.5 + 2.0 } over |p, q| |_: At| above(0.0), 4;
    gamma_normal: Gamma { concentration: 0.5 + 12.0, rate: 0.1 + 5.0 }
        to Normal { mean: -1.0 + 3.0, log_var: -1.0 + 4.0 } over |p, q| |_: At| above(0.0), 4;
    gumbel_normal: Gumbel { loc: -2.0 + 4.0, scale: 0.5 + 2.0 }
        to Normal { mean: -1.0 + 3.0, log_var: -3.0 + 4.0 } over |p, q| |at: At| line(at(&p.loc)), 4;
    laplace_normal: Laplace { loc: -2.0 + 4.0, scale: 0.5 + 2.0 }
        to Normal { mean: -1.0 + 3.0, log_var: -3.0 + 4.0 } over |p, q| |at: At| line(at(&p.loc)), 4;
    normal_gumbel: Normal { mean: -1.0 + 3.0, log_var: -3.0 + 4.0 }
        to Gumbel { loc: -2.0 + 4.0, scale: 0.6 + 2.0 } over |p, q| |at: At| line(at(&p.mean)), 4;
    normal_laplace: Normal { mean: -1.0 + 3.0, log_var: -3.0 + 4.0 }
        to Laplace { loc: -2.0 + 4.0, scale: 0.5 + 2.0 } over |p, q| |at: At| line(at(&q.loc)), 4;
    pareto_exponential: Pareto { scale: 0.5 + 2.0, alpha: 2.0 + 4.0 }
        to Exponential { rate: 0.1 + 3.0 } over |p, q| |at: At| above(at(&p.scale)), 3;
    pareto_gamma: Pareto { scale: 0.5 + 2.0, alpha: 2.0 + 4.0 }
        to Gamma { concentration: 0.1 + 12.0, rate: 0.1 + 5.0 } over |p, q| |at: At| above(at(&p.scale)), 4;
    pareto_normal: Pareto { scale: 0.5 + 2.0, alpha: 2.5 + 4.0 }
        to Normal { mean: -1.0 + 3.0, log_var: -1.0 + 4.0 } over |p, q| |at: At| above(at(&p.scale)), 4;
    uniform_beta: Uniform { low: 0.0 + 0.5, high: 0.5 + 0.5 }
        to Beta { concentration1: 0.2 + 9.0, concentration0: 0.2 + 9.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 4;
    narrow_uniform_beta: Uniform { low: 0.3 + 0.1, high: 0.45 + 0.1 }
        to Beta { concentration1: 0.2 + 9.0, concentration0: 0.2 + 9.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 4;
    uniform_continuous_bernoulli: Uniform { low: 0.0 + 0.5, high: 0.5 + 0.5 }
        to ContinuousBernoulli { logits: -6.0 + 12.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 3;
    uniform_exponential: Uniform { low: 0.0 + 1.0, high: 1.1 + 3.0 }
        to Exponential { rate: 0.1 + 3.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 3;
    uniform_gamma: Uniform { low: 0.0 + 1.0, high: 1.1 + 3.0 }
        to Gamma { concentration: 0.1 + 12.0, rate: 0.1 + 5.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 4;
    uniform_gumbel: Uniform { low: -1.0 + 2.0, high: 1.1 + 3.0 }
        to Gumbel { loc: -2.0 + 4.0, scale: 0.5 + 2.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 4;
    narrow_uniform_gumbel: Uniform { low: -1.0 + 0.1, high: -0.8 + 0.1 }
        to Gumbel { loc: -2.0 + 4.0, scale: 1.5 + 2.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 4;
    uniform_normal: Uniform { low: -1.0 + 2.0, high: 1.1 + 3.0 }
        to Normal { mean: -1.0 + 3.0, log_var: -1.0 + 4.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 4;
    uniform_pareto: Uniform { low: 1.0 + 1.0, high: 2.1 + 3.0 }
        to Pareto { scale: 0.1 + 0.9, alpha: 0.1 + 5.0 }
        over |p, q| |at: At| between(at(&p.low), at(&p.high)), 4;
    kumaraswamy_beta: Kumaraswamy { concentration1: 0.6 + 4.0, concentration0: 0.7 + 4.0 }
        to Beta { concentration1: 0.2 + 9.0, concentration0: 0.2 + 9.0 } over |p, q| |_: At| between(0.0, 1.0), 4;
}

/// The divergence and its gradients, of one pair on a tape.
macro_rules! traced {
    ($P:ident { $($p:ident: $pv:expr),* } to $Q:ident { $($q:ident: $qv:expr),* }) => {{
        let tape = GradTape::new();
        let leaves = [$(column($pv, 1),)* $(column($qv, 1)),*];
        let mut all = leaves.iter().map(|leaf| leaf.clone().put_tape(tape.clone()));
        let p = $P { $($p: all.next().unwrap()),* };
        let q = $Q { $($q: all.next().unwrap()),* };
        let kl: PerExample<f64, _> = p.kl_to(&q);
        let value = as_slice(&kl)[0];
        let gradients = backward(batch_mean(kl), 1.0);
        (value, leaves.map(|leaf| as_slice(&gradients.get(&leaf))[0]))
    }};
}

macro_rules! infinite {
    ($($P:ident { $($p:ident: $pv:expr),* } to $Q:ident { $($q:ident: $qv:expr),* };)*) => {$(
        let (value, gradients) = traced!($P { $($p: $pv),* } to $Q { $($q: $qv),* });
        assert_eq!(value, f64::INFINITY, "{} to {}", stringify!($P), stringify!($Q));
        assert!(gradients.iter().all(|g| *g == 0.0), "{} to {}: {gradients:?}", stringify!($P), stringify!($Q));
    )*};
}

#[test]
fn infinite_ones_are_flat() {
    infinite! {
        Bernoulli { logits: 0.3 } to Poisson { rate: 0.0 };
        Uniform { low: -0.1, high: 0.5 } to Beta { concentration1: 2.0, concentration0: 3.0 };
        Uniform { low: 0.1, high: 1.5 } to Beta { concentration1: 2.0, concentration0: 3.0 };
        Uniform { low: -0.1, high: 0.5 } to ContinuousBernoulli { logits: 2.0 };
        Uniform { low: 0.1, high: 1.5 } to ContinuousBernoulli { logits: 2.0 };
        Uniform { low: -0.1, high: 0.5 } to Exponential { rate: 2.0 };
        Uniform { low: -0.1, high: 0.5 } to Gamma { concentration: 2.0, rate: 2.0 };
        Uniform { low: 0.1, high: 0.5 } to Pareto { scale: 0.2, alpha: 2.0 };
        Beta { concentration1: 2.0, concentration0: 3.0 } to Uniform { low: 0.1, high: 3.0 };
        Beta { concentration1: 2.0, concentration0: 3.0 } to Uniform { low: 0.0, high: 0.9 };
        ContinuousBernoulli { logits: 2.0 } to Uniform { low: 0.1, high: 3.0 };
        ContinuousBernoulli { logits: 2.0 } to Uniform { low: 0.0, high: 0.9 };
        Pareto { scale: 1.0, alpha: 1.0 } to Exponential { rate: 2.0 };
        Pareto { scale: 1.0, alpha: 0.5 } to Gamma { concentration: 2.0, rate: 2.0 };
        Pareto { scale: 1.0, alpha: 2.0 } to Normal { mean: 2.0, log_var: 2.0 };
    }
}

macro_rules! zero {
    ($($P:ident { $($p:ident: $pv:expr),* } to $Q:ident { $($q:ident: $qv:expr),* };)*) => {$(
        let (value, gradients) = traced!($P { $($p: $pv),* } to $Q { $($q: $qv),* });
        assert!((0.0..1e-13).contains(&value), "{} to {}: {value}", stringify!($P), stringify!($Q));
        assert!(gradients.iter().all(|g| g.is_finite()), "{gradients:?}");
    )*};
}

#[test]
fn the_same_distribution_of_another_family() {
    zero! {
        Beta { concentration1: 1.0, concentration0: 1.0 } to Uniform { low: 0.0, high: 1.0 };
        Beta { concentration1: 1.0, concentration0: 1.0 } to ContinuousBernoulli { logits: 0.0 };
        ContinuousBernoulli { logits: 0.0 } to Uniform { low: 0.0, high: 1.0 };
        Uniform { low: 0.0, high: 1.0 } to Beta { concentration1: 1.0, concentration0: 1.0 };
        Uniform { low: 0.0, high: 1.0 } to ContinuousBernoulli { logits: 0.0 };
        Exponential { rate: 3.0 } to Gamma { concentration: 1.0, rate: 3.0 };
        Gamma { concentration: 1.0, rate: 3.0 } to Exponential { rate: 3.0 };
        Kumaraswamy { concentration1: 1.0, concentration0: 0.3 } to Beta { concentration1: 1.0, concentration0: 0.3 };
        Kumaraswamy { concentration1: 7.0, concentration0: 1.0 } to Beta { concentration1: 7.0, concentration0: 1.0 };
        Kumaraswamy { concentration1: 1.0, concentration0: 50.0 } to Beta { concentration1: 1.0, concentration0: 50.0 };
    }
}

fn real(x: f64) -> f64 {
    x
}

fn positive(x: f64) -> f64 {
    x.exp()
}

fn negative(x: f64) -> f64 {
    -x.exp()
}

fn above_one(x: f64) -> f64 {
    1.0 + x.exp()
}

fn above_two(x: f64) -> f64 {
    2.0 + 1e-6 + x.exp()
}

macro_rules! far_out {
    ($($P:ident { $($p:ident: $pk:ident),* } to $Q:ident { $($q:ident: $qk:ident),* };)*) => {$(
        let count = [$(stringify!($p),)* $(stringify!($q)),*].len();
        for code in 0..3usize.pow(count as u32) {
            let mut digits = (0..).map(|i| [-20.0f64, 0.0, 20.0][code / 3usize.pow(i) % 3]);
            let (value, gradients) = traced!($P { $($p: $pk(digits.next().unwrap())),* } to $Q { $($q: $qk(digits.next().unwrap())),* });
            assert!(value >= 0.0, "{} to {}, {code}: {value}", stringify!($P), stringify!($Q));
            assert!(gradients.iter().all(|g| g.is_finite()), "{} to {}, {code}: {value} {gradients:?}", stringify!($P), stringify!($Q));
        }
    )*};
}

#[test]
fn gradients_are_finite_far_out() {
    far_out! {
        Bernoulli { logits: real } to Poisson { rate: positive };
        Beta { concentration1: positive, concentration0: positive } to ContinuousBernoulli { logits: real };
        Beta { concentration1: positive, concentration0: positive } to Exponential { rate: positive };
        Beta { concentration1: positive, concentration0: positive } to Gamma { concentration: positive, rate: positive };
        Beta { concentration1: positive, concentration0: positive } to Normal { mean: real, log_var: real };
        Beta { concentration1: positive, concentration0: positive } to Uniform { low: negative, high: above_one };
        ContinuousBernoulli { logits: real } to Exponential { rate: positive };
        ContinuousBernoulli { logits: real } to Normal { mean: real, log_var: real };
        ContinuousBernoulli { logits: real } to Uniform { low: negative, high: above_one };
        Exponential { rate: positive } to Gamma { concentration: positive, rate: positive };
        Exponential { rate: positive } to Gumbel { loc: real, scale: positive };
        Exponential { rate: positive } to Normal { mean: real, log_var: real };
        Gamma { concentration: positive, rate: positive } to Exponential { rate: positive };
        Gamma { concentration: positive, rate: positive } to Gumbel { loc: real, scale: positive };
        Gamma { concentration: positive, rate: positive } to Normal { mean: real, log_var: real };
        Gumbel { loc: real, scale: positive } to Normal { mean: real, log_var: real };
        Laplace { loc: real, scale: positive } to Normal { mean: real, log_var: real };
        Normal { mean: real, log_var: real } to Gumbel { loc: real, scale: positive };
        Normal { mean: real, log_var: real } to Laplace { loc: real, scale: positive };
        Pareto { scale: positive, alpha: above_two } to Exponential { rate: positive };
        Pareto { scale: positive, alpha: above_two } to Gamma { concentration: positive, rate: positive };
        Pareto { scale: positive, alpha: above_two } to Normal { mean: real, log_var: real };
        Uniform { low: negative, high: positive } to Gumbel { loc: real, scale: positive };
        Uniform { low: negative, high: positive } to Normal { mean: real, log_var: real };
        Kumaraswamy { concentration1: positive, concentration0: positive } to Beta { concentration1: positive, concentration0: positive };
    }
}

#[test]
fn of_bernoulli_and_poisson_is_its_sum() {
    for (l, rate) in [(0.3, 0.5), (-5.0, 2.0), (7.0, 0.01), (-12.0, 1e-5)] {
        let p = Bernoulli {
            logits: column(l, 1),
        };
        let q = Poisson {
            rate: column(rate, 1),
        };
        let sum: f64 = [0.0, 1.0]
            .iter()
            .map(|x| {
                let x = column(*x, 1);
                let (log_p, log_q) = (as_slice(&p.log_prob(&x))[0], as_slice(&q.log_prob(&x))[0]);
                log_p.exp() * (log_p - log_q)
            })
            .sum();
        let kl = as_slice(&p.kl_to(&q))[0];
        assert!((kl - sum).abs() < 1e-8 * sum, "{kl} {sum}");
    }
    assert_grad(0.1..0.9, |[logits, rate]| {
        Bernoulli { logits }.kl_to(&Poisson { rate })
    });
}
