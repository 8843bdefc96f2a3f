//! Operations on rows: columns in any order, triangular products, splines, and layers without an input; values and gradients.

use dfdx::prelude::*;
use vae_ops::{Batch, Direction, GradTape, Identity, as_slice, backward, concat, linear};
use vae_ops::{rational_quadratic, select_columns, strictly_upper_product};
use vae_testkit::{assert_close, assert_grad, spread, weighted_sum};

#[test]
fn selected_columns_get_their_gradients() {
    assert_grad(-1.0..1.0, |[x]| {
        let n = x.shape().1;
        let indices: Vec<usize> = (0..n + 2).map(|i| (3 * i + 1) % n).collect();
        select_columns(x, indices, n + 2)
    });
}

#[test]
fn triangular_products_get_their_gradients() {
    assert_grad(-1.0..1.0, |[x, y]| {
        let m = x.shape().1;
        // As many columns as a triangle has elements.
        let upper = (0..m * (m - 1) / 2).map(|i| (7 * i + i / m) % m).collect();
        let upper = select_columns(y, upper, m * (m - 1) / 2);
        strictly_upper_product(upper, x)
    });
}

#[test]
fn a_layer_without_input_is_its_bias() {
    let weight = Cpu::default().tensor_from_vec(vec![], (Const::<2>, Const::<0>));
    let bias = Cpu::default().tensor([3.0, 4.0]);
    let x: Batch<Const<0>, f64, GradTape<f64>> = Cpu::default()
        .tensor_from_vec(vec![], (3, Const))
        .put_tape(GradTape::new());
    let y = linear(x.clone(), weight.retaped(), bias.retaped(), Identity);
    assert_eq!(y.as_vec(), [3.0, 4.0].repeat(3));
    let gradients = backward(weighted_sum(y, |i| i as f64), 1.0);
    assert_eq!(gradients.get(&bias).as_vec(), [6.0, 9.0]);
    assert!(
        as_slice(&gradients.get(&weight)).is_empty() && as_slice(&gradients.get(&x)).is_empty()
    );
}

const BINS: usize = 4;

/// Elements in [−4, 4], on both sides of the bound of 3, with numbers of their own.
fn spline(
    direction: Direction,
    x: Batch<usize, f64, GradTape<f64>>,
    numbers: &[f64],
) -> Batch<usize, f64, GradTape<f64>> {
    let (batch, n) = *x.shape();
    let numbers = Cpu::default().tensor_from_vec(numbers.to_vec(), (batch, 11 * n));
    let (y, log_det) = rational_quadratic::<BINS, _, _, _, _>(x, numbers.retaped(), 3.0, direction);
    concat(y, log_det.reshape_like(&(batch, 1)), n + 1)
}

#[test]
fn splines_get_their_gradients_in_every_argument_and_layout() {
    for direction in [Direction::Forward, Direction::Inverse] {
        assert_grad(-4.0..4.0, |[x]| {
            let (batch, n) = *x.shape();
            // At the knots, ln f′ has none: they are missed by far more than a difference is long.
            spline(direction, x, &spread(7, batch * 11 * n))
        });
        assert_grad(-2.0..2.0, |[numbers]| {
            let (batch, m) = *numbers.shape();
            let n = 2;
            let columns = (0..11 * n).map(|i| (5 * i + i / m) % m).collect();
            let numbers = select_columns(numbers, columns, 11 * n);
            let x: Vec<f64> = spread(2, batch * n);
            let x = x.iter().map(|x| 4.0 * x).collect();
            let x: Batch<usize, f64> = Cpu::default().tensor_from_vec(x, (batch, n));
            let (y, log_det) =
                rational_quadratic::<BINS, _, _, _, _>(x.retaped(), numbers, 3.0, direction);
            concat(y, log_det.reshape_like(&(batch, 1)), n + 1)
        });
    }
}

/// y and ln f′ at x of one spline.
fn at(x: f64, numbers: &[f64], direction: Direction) -> [f64; 2] {
    let x: Batch<usize, f64> = Cpu::default().tensor_from_vec(vec![x], (1, 1));
    let numbers = Cpu::default().tensor_from_vec(numbers.to_vec(), (1, 11));
    let (y, log_det) = rational_quadratic::<BINS, _, _, _, _>(x, numbers, 3.0, direction);
    [as_slice(&y)[0], as_slice(&log_det)[0]]
}

#[test]
fn a_spline_goes_through_its_knots_with_their_slopes() {
    let numbers: Vec<f64> = spread(3, 11).iter().map(|x: &f64| 2.0 * x).collect();
    let lengths = |numbers: &[f64]| {
        let total: f64 = numbers.iter().map(|x| x.exp()).sum();
        let of = |x: &f64| 6.0 * (1e-3 + (1.0 - 4e-3) * x.exp() / total);
        numbers.iter().map(of).collect::<Vec<_>>()
    };
    let (widths, heights) = (lengths(&numbers[..4]), lengths(&numbers[4..8]));
    let (mut x, mut y) = (-3.0, -3.0);
    for k in 0..3 {
        (x, y) = (x + widths[k], y + heights[k]);
        let offset = (1.0f64.exp() / 1e-3f64.exp() - 1.0).ln();
        let slope = 1e-3 + (1.0 + (numbers[8 + k] + offset).exp()).ln();
        // From both sides.
        for x in [x - 1e-12, x + 1e-12] {
            let [value, log_slope] = at(x, &numbers, Direction::Forward);
            assert_close(value, y, 1e-10);
            assert_close(log_slope, slope.ln(), 1e-9);
        }
    }
    for end in [-3.0, 3.0] {
        for x in [end * (1.0 - 1e-12), end * (1.0 + 1e-12)] {
            let [value, log_slope] = at(x, &numbers, Direction::Forward);
            assert_close(value, end, 1e-10);
            assert_close(log_slope, 0.0, 1e-9);
        }
    }
    for i in 0..400 {
        let x = -4.0 + 0.02 * f64::from(i) + 1e-3;
        let [value, log_slope] = at(x, &numbers, Direction::Forward);
        let [back, back_log_slope] = at(value, &numbers, Direction::Inverse);
        assert_close(back, x, 1e-12);
        assert_close(back_log_slope, -log_slope, 1e-11);
    }
}

#[test]
fn a_spline_of_zeros_is_the_identity_and_nan_passes() {
    for i in 0..80 {
        let x = -4.0 + 0.1 * f64::from(i);
        let [y, log_slope] = at(x, &[0.0; 11], Direction::Forward);
        assert_close(y, x, 1e-14);
        assert!(log_slope.abs() < 1e-14);
    }
    assert!(at(f64::NAN, &[0.0; 11], Direction::Forward)[0].is_nan());
}

#[test]
fn steep_splines_stay_finite_in_single_precision() {
    // The inverse solves a quadratic equation whose discriminant all but vanishes.
    let x: Vec<f32> = spread(5, 1000).iter().map(|x: &f32| 3.0 * x).collect();
    let x: Batch<usize> = Cpu::default().tensor_from_vec(x, (1000, 1));
    let numbers: Vec<f32> = spread(6, 11_000).iter().map(|x: &f32| 30.0 * x).collect();
    let numbers: Batch<usize> = Cpu::default().tensor_from_vec(numbers, (1000, 11));
    for direction in [Direction::Forward, Direction::Inverse] {
        let [x, numbers] = [&x, &numbers].map(|t| t.retaped::<GradTape>());
        let (y, log_det) =
            rational_quadratic::<BINS, _, _, _, _>(x, numbers.clone(), 3.0, direction);
        let out = concat(y, log_det.reshape_like(&(1000, 1)), 2);
        assert!(as_slice(&out).iter().all(|y| y.is_finite()));
        let gradients = backward(weighted_sum(out, |_| 1.0), 1.0);
        assert!(
            gradients
                .get(&numbers)
                .as_vec()
                .iter()
                .all(|g| g.is_finite())
        );
    }
}
