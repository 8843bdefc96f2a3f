//! Optimizers around others: clipped gradients, gradients of several batches, averaged weights.

use dfdx::prelude::*;
use vae_ops::{Accumulated, Adam, Averaged, Clipped, GradTape, Gradients, Optimizer};
use vae_ops::{backward, clip_gradient_norm};

type Model = (Tensor<Rank1<3>, f64, Cpu>, Tensor<Rank1<2>, f64, Cpu>);

fn start() -> Model {
    let device = Cpu::default();
    (device.tensor([1.0, -2.0, 0.5]), device.tensor([3.0, -1.0]))
}

/// Of Σ sin(θ + phase) and a little more, over both parameters.
fn gradients((a, b): &Model, phase: f64) -> Gradients<f64> {
    let a = a.retaped::<GradTape<f64>>();
    let b = b.retaped::<GradTape<f64>>();
    backward((a + phase).sin().sum() + (b * 2.0 + phase).sin().sum(), 1.0)
}

fn values((a, b): &Model) -> [f64; 5] {
    let ([a1, a2, a3], [b1, b2]) = (a.array(), b.array());
    [a1, a2, a3, b1, b2]
}

fn assert_near(found: &Model, expected: &Model) {
    for (f, e) in values(found).iter().zip(values(expected)) {
        assert!((f - e).abs() < 1e-14, "{f}, not {e}");
    }
}

#[test]
fn clipped_steps_are_along_the_clipped_gradient() {
    let (mut model, mut expected) = (start(), start());
    let mut clipped = Clipped {
        optimizer: Adam::new(0.1),
        max_norm: 0.7,
    };
    let mut adam = Adam::new(0.1);
    for t in 0..5 {
        let phase = f64::from(t);
        let mut shards = [gradients(&model, phase)];
        clipped.update(&mut model, &mut shards);
        let mut shards = [gradients(&expected, phase)];
        assert!(clip_gradient_norm(&expected, &mut shards, 0.7) > 0.7);
        adam.update(&mut expected, &mut shards);
    }
    assert_eq!(values(&model), values(&expected));
    assert_eq!(clipped.state(), adam.state());
}

#[test]
fn batches_add_up_to_one() {
    let (mut model, mut expected) = (start(), start());
    let mut parts = Accumulated {
        optimizer: Adam::new(0.1),
        batches: 3,
    };
    let mut whole = Adam::new(0.1);
    for t in 0..4 {
        let phases = [0, 1, 2].map(|i| f64::from(3 * t + i));
        for phase in phases {
            let before = values(&model);
            let gradients = gradients(&model, phase);
            parts.update(&mut model, &mut [gradients]);
            assert_eq!(values(&model) == before, phase != phases[2]);
        }
        let mut thirds = phases.map(|phase| {
            let (a, b) = &expected;
            let a = a.retaped::<GradTape<f64>>();
            let b = b.retaped::<GradTape<f64>>();
            let loss = (a + phase).sin().sum() + (b * 2.0 + phase).sin().sum();
            backward(loss, 1.0 / 3.0)
        });
        whole.update(&mut expected, &mut thirds);
        assert_near(&model, &expected);
    }
    assert_eq!(parts.state().step, 4);
    assert!(parts.state().pending.is_empty());
}

#[test]
fn the_average_is_that_of_its_formula_and_is_not_trained() {
    let mut model = start();
    let mut averaged = Averaged {
        optimizer: Adam::new(0.1),
        decay: 0.6,
    };
    assert!(averaged.evaluated(&model).is_none());
    let mut expected = [0.0; 5];
    for t in 1..40 {
        let gradients = gradients(&model, 0.0);
        averaged.update(&mut model, &mut [gradients]);
        let decay = if t == 1 {
            0.0
        } else {
            f64::min(0.6, f64::from(t) / f64::from(t + 9))
        };
        for (average, theta) in expected.iter_mut().zip(values(&model)) {
            *average = decay * *average + (1.0 - decay) * theta;
        }
        let found = averaged.evaluated(&model).unwrap();
        for (found, expected) in values(&found).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14, "{found}, not {expected}");
        }
    }
}

/// Steps that are made only now and then are averaged only then, and all of it is in the state.
#[test]
fn wrappers_go_on_where_they_were_stopped() {
    let optimizer = || Averaged {
        optimizer: Accumulated {
            optimizer: Adam::new(0.1),
            batches: 2,
        },
        decay: 0.9,
    };
    let train = |optimizer: &mut Averaged<_>, model: &mut Model, phases: std::ops::Range<i32>| {
        for phase in phases {
            let gradients = gradients(model, f64::from(phase));
            Optimizer::update(optimizer, model, &mut [gradients]);
        }
    };
    let (mut straight, mut model) = (optimizer(), start());
    train(&mut straight, &mut model, 0..7);
    let (mut first, mut resumed) = (optimizer(), start());
    train(&mut first, &mut resumed, 0..3);
    let mut second = optimizer();
    *second.state() = first.state().clone();
    train(&mut second, &mut resumed, 3..7);
    assert_eq!(values(&resumed), values(&model));
    assert_eq!(second.state(), straight.state());
    assert_eq!(
        (second.state().step, second.state().pending_batches),
        (3, 1)
    );
}
