//! Muon against a trajectory by singular value decompositions, in every layout.

use dfdx::prelude::*;
use vae_ops::{Gradients, Muon, Optimizer, as_slice};

/// The problem of golden/muon.py: a matrix and a vector.
type Model = (Tensor<Rank2<2, 3>, f64, Cpu>, Tensor<Rank1<2>, f64, Cpu>);

fn start() -> Model {
    let device = Cpu::default();
    (
        device.tensor([[1.0, -1.25, 1.5], [-1.75, 2.0, -2.25]]),
        device.tensor([2.5, -2.75]),
    )
}

fn values(model: &Model) -> Vec<f64> {
    [as_slice(&model.0), as_slice(&model.1)].concat()
}

fn muon() -> Muon<f64> {
    Muon {
        weight_decay: 0.1,
        ..Muon::new(0.05)
    }
}

/// Puts numbers in the place of the gradient of a tensor.
fn set<S: Shape>(
    gradients: &mut dfdx::prelude::Gradients<f64, Cpu>,
    tensor: &Tensor<S, f64, Cpu>,
    value: impl Fn(usize) -> f64,
) {
    let slot = gradients.get_or_alloc_mut(tensor).unwrap();
    slot.iter_mut().enumerate().for_each(|(i, g)| *g = value(i));
}

fn step(optimizer: &mut Muon<f64>, model: &mut Model) {
    let theta = values(model);
    let gradient = |i: usize| {
        let (c, t) = (1.0 + i as f64 / 2.0, (3.0 - i as f64) / 2.0);
        c * (theta[i] - t) + theta[i].powi(3)
    };
    // In shards, which add up.
    let mut shards = [0.25, 0.75].map(|weight| {
        let mut gradients = dfdx::prelude::Gradients::leaky();
        set(&mut gradients, &model.0, |i| weight * gradient(i));
        set(&mut gradients, &model.1, |i| weight * gradient(6 + i));
        gradients.into()
    });
    optimizer.update(model, &mut shards);
}

#[test]
fn follows_the_trajectory_of_singular_value_decompositions() {
    let (mut model, mut optimizer) = (start(), muon());
    let golden = include_str!("golden/muon.csv").lines().skip(1);
    for (steps, line) in golden.enumerate() {
        step(&mut optimizer, &mut model);
        let row: Vec<f64> = line.split(',').map(|x| x.parse().unwrap()).collect();
        for (ours, theirs) in values(&model).iter().zip(&row[1..]) {
            let error = (ours - theirs).abs();
            assert!(error < 1e-10, "step {steps}: {ours} against {theirs}");
        }
    }
    assert_eq!(optimizer.state.step, 20);
}

#[test]
fn resumes_exactly_from_its_saved_state() {
    let (mut through, mut resumed) = (start(), start());
    let (mut optimizer, mut stopped) = (muon(), muon());
    (0..20).for_each(|_| step(&mut optimizer, &mut through));
    (0..9).for_each(|_| step(&mut stopped, &mut resumed));
    let saved = serde_json::to_string(&stopped.state).unwrap();
    let mut optimizer = muon();
    optimizer.state = serde_json::from_str(&saved).unwrap();
    (0..11).for_each(|_| step(&mut optimizer, &mut resumed));
    assert_eq!(values(&through), values(&resumed));
    // One momentum for a matrix, two moments for a vector.
    let kept = optimizer.state.moments.iter();
    let kept: Vec<[usize; 2]> = kept.map(|m| m.each_ref().map(Vec::len)).collect();
    assert_eq!(kept, [[6, 0], [2, 2]]);
}

/// Where a step of length 1 takes a tensor from 0, given its gradient.
fn moved<S: ConstShape>(gradient: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut tensor: Tensor<S, f64, Cpu> = Cpu::default().zeros();
    let mut gradients = dfdx::prelude::Gradients::leaky();
    set(&mut gradients, &tensor, gradient);
    Muon::new(1.0).update(&mut tensor, &mut [Gradients::from(gradients)]);
    as_slice(&tensor).to_vec()
}

fn made_up(i: usize) -> f64 {
    (i * 7919 % 1009) as f64 / 1009.0 - 0.5
}

#[test]
fn tall_matrices_move_as_wide_ones_do() {
    // 90 by 200 numbers: several chunks of the gradient.
    let wide = moved::<Rank2<90, 200>>(made_up);
    let tall = moved::<Rank2<200, 90>>(|i| made_up(i % 90 * 200 + i / 90));
    for i in 0..90 {
        for j in 0..200 {
            let [w, t] = [wide[i * 200 + j], tall[j * 90 + i]];
            assert!((w - t).abs() < 1e-12, "{w} against {t}");
        }
    }
}

#[test]
fn directions_have_equal_lengths() {
    const LENGTH: f64 = 0.2 * 14.142_135_623_730_95;
    let w = moved::<Rank2<90, 200>>(made_up);
    let dot = |i: usize, j: usize| -> f64 {
        let [a, b] = [i, j].map(|row| &w[row * 200..][..200]);
        a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / LENGTH.powi(2)
    };
    // The trace of UΣ²Vᵀ's square: the mean of the squared singular values lies where the iterations leave them.
    let mean = (0..90).map(|i| dot(i, i)).sum::<f64>() / 90.0;
    assert!((0.5..1.5).contains(&mean), "{mean}");
}

#[test]
fn kernels_are_the_rows_of_a_matrix() {
    let kernels = moved::<Rank4<4, 2, 3, 3>>(made_up);
    assert_eq!(kernels, moved::<Rank2<4, 18>>(made_up));
}

#[test]
fn a_single_row_or_column_is_a_vector() {
    let expected = moved::<Rank1<6>>(made_up);
    assert_eq!(moved::<Rank2<1, 6>>(made_up), expected);
    assert_eq!(moved::<Rank2<6, 1>>(made_up), expected);
}

#[test]
fn without_gradient_nothing_moves() {
    assert_eq!(moved::<Rank2<3, 4>>(|_| 0.0), [0.0; 12]);
}
