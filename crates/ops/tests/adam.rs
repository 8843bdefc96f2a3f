//! The optimizer against the one of `dfdx`, over many steps.

use dfdx::optim::{Adam as DfdxAdam, AdamConfig, Optimizer};
use dfdx::prelude::*;
use vae_ops::{Adam, GradTape, Gradients, backward};

type Weights = Tensor<Rank2<3, 7>, f64, Cpu>;

fn start() -> Weights {
    Cpu::default().tensor_from_vec(
        (0..21).map(|i| f64::from(i).cos()).collect(),
        Default::default(),
    )
}

/// Gradient of Σ (w² − w)² / n.
fn gradients(w: &Weights) -> Gradients<f64> {
    let w_traced = w.clone().put_tape(GradTape::new());
    backward((w_traced.clone().square() - w_traced).square().mean(), 1.0)
}

#[test]
fn agrees_with_dfdx() {
    let (mut ours, mut theirs) = (start(), start());
    let mut adam = Adam::new(0.02);
    let mut reference = DfdxAdam::new(
        &theirs,
        AdamConfig {
            lr: 0.02,
            ..Default::default()
        },
    );
    for _ in 0..200 {
        let ours_gradients = gradients(&ours);
        adam.update(&mut ours, &mut [ours_gradients]);
        let traced = theirs.leaky_trace();
        let theirs_gradients = (traced.with_empty_tape().square() - traced)
            .square()
            .mean()
            .backward();
        reference.update(&mut theirs, &theirs_gradients).unwrap();
    }
    for (a, b) in ours.as_vec().iter().zip(theirs.as_vec()) {
        assert!((a - b).abs() < 1e-9, "{a} against {b}");
    }
    assert_ne!(ours.as_vec(), start().as_vec());
}

#[test]
fn shards_add_up() {
    let (mut whole, mut parts) = (start(), start());
    let (mut adam, mut sharded) = (Adam::new(0.02), Adam::new(0.02));
    for _ in 0..10 {
        let whole_gradients = gradients(&whole);
        adam.update(&mut whole, &mut [whole_gradients]);
        let half = |w: &Weights| {
            let traced = w.clone().put_tape(GradTape::new());
            backward((traced.clone().square() - traced).square().mean(), 0.5)
        };
        let mut halves = [half(&parts), half(&parts)];
        sharded.update(&mut parts, &mut halves);
    }
    assert_eq!(whole.as_vec(), parts.as_vec());
}

#[test]
fn resumes_exactly_from_its_saved_state() {
    let mut through = start();
    let mut adam = Adam::new(0.02);
    let mut saved = None;
    for step in 0..20 {
        if step == 10 {
            saved = Some((through.clone(), serde_json::to_string(&adam.state).unwrap()));
        }
        let gradients = gradients(&through);
        adam.update(&mut through, &mut [gradients]);
    }
    let (mut resumed, state) = saved.unwrap();
    let mut adam = Adam::new(0.02);
    adam.state = serde_json::from_str(&state).unwrap();
    for _ in 10..20 {
        let gradients = gradients(&resumed);
        adam.update(&mut resumed, &mut [gradients]);
    }
    assert_eq!(through.as_vec(), resumed.as_vec());
}
