//! Dropout, and the tape that tells it what to drop.

use dfdx::prelude::*;
use vae_ops::{Batch, GradTape, Record, as_slice, backward, batch_mean, dropout};
use vae_ops::{Identity, linear, repeat, stop_gradient, sum_event};
use vae_testkit::assert_grad;

/// Well-spread numbers in (0, 1), others for each call.
fn spread(call: usize, u: &mut [f32]) {
    for (i, u) in u.iter_mut().enumerate() {
        *u = ((i + 1) as f32 * 0.754_877_7 + call as f32 * 0.569_840_3).fract();
    }
}

fn tape() -> GradTape {
    GradTape::new().with_uniforms(spread)
}

fn x() -> Batch<usize> {
    let values = (0..7 * 33).map(|i| (i as f32 * 0.7).sin() + 1.5);
    Cpu::default().tensor_from_vec(values.collect(), (7, 33))
}

/// The gradient of Σ y.
fn gradient(x: &Batch<usize>, y: Batch<usize, f32, GradTape>) -> Vec<f32> {
    let sum = batch_mean(sum_event([y], [], |[y], []| (y, [1.0])));
    let rows = x.shape().0 as f32;
    as_slice(&backward(sum, rows).get(x)).to_vec()
}

#[test]
fn the_gradient_goes_through_the_same_mask() {
    let (x, mut u) = (x(), vec![0.0; 7 * 33]);
    spread(0, &mut u);
    let y = dropout(x.clone().put_tape(tape()), 0.25);
    let values = as_slice(&y).to_vec();
    // 1/B · B is exact for no B but powers of two; 4/3 is as near as the factor itself.
    let gradient = gradient(&x, y);
    for (i, u) in u.iter().enumerate() {
        let factor = if *u < 0.25 { 0.0 } else { 4.0 / 3.0 };
        assert_eq!(values[i], as_slice(&x)[i] * factor);
        assert!((gradient[i] - factor).abs() < 1e-6 && (gradient[i] == 0.0) == (factor == 0.0));
    }
    let dropped = u.iter().filter(|u| **u < 0.25).count();
    assert!((40..80).contains(&dropped), "{dropped} of 231 dropped");
}

#[test]
fn gradients_in_every_layout() {
    assert_grad(-1.0..1.0, |[x]| {
        let (x, tape) = x.split_tape();
        let tape = tape.with_uniforms(|_, u: &mut [f64]| {
            let numbers = (1..).map(|i| (f64::from(i) * 0.754_877).fract());
            u.iter_mut().zip(numbers).for_each(|(u, n)| *u = n);
        });
        dropout(x.put_tape(tape), 0.4)
    });
}

#[test]
fn nothing_is_dropped_without_a_source() {
    let x = x();
    assert_eq!(as_slice(&dropout(x.clone(), 0.9)), as_slice(&x));
    let y = dropout(x.clone().put_tape(GradTape::new()), 0.9);
    assert_eq!(as_slice(&y), as_slice(&x));
    assert!(gradient(&x, y).iter().all(|g| (g - 1.0).abs() < 1e-6));
}

#[test]
fn every_call_drops_others() {
    let x = x().put_tape(tape());
    let (one, two) = (dropout(x.clone(), 0.5), dropout(x, 0.5));
    assert_ne!(as_slice(&one), as_slice(&two));
}

#[test]
fn data_stays_data() {
    let x = x();
    let data = GradTape::for_data().with_uniforms(spread);
    let (y, tape) = dropout(x.clone().put_tape(data), 0.5).split_tape();
    assert!(!tape.wants_gradient() && tape.uniforms(1).is_some());
    assert_eq!(
        as_slice(&y),
        as_slice(&dropout(x.put_tape(self::tape()), 0.5))
    );
}

#[test]
fn the_source_goes_wherever_the_values_go() {
    let x = x();
    let (with, without) = (
        || x.clone().put_tape(tape()),
        || x.clone().put_tape(GradTape::new()),
    );
    let bias = Cpu::default().tensor_from_vec(vec![0.0; 7], (7,));
    let has = |t: Batch<usize, f32, GradTape>| t.split_tape().1.uniforms(1).is_some();
    assert!(!has(without() + without()));
    assert!(has(with() + without()));
    assert!(has(without() + with()));
    assert!(has(linear(with(), x.retaped(), bias.retaped(), Identity)));
    assert!(has(repeat(with(), 2)));
    assert!(has(repeat(x.clone().put_tape(tape().as_data()), 2)));
    assert!(has(stop_gradient(&with())));
}

#[test]
#[should_panic(expected = "a dropout rate is in [0, 1)")]
fn a_rate_of_1_is_refused() {
    dropout(x(), 1.0);
}
