use dfdx::prelude::{Cpu, Shape, Tensor};
use vae_ops::{Real, Record, elementwise};

/// The root x of x + a tanh(bx + c) = y, element by element, for ab > −1, where there is just one; differentiable in a, b, c
/// and y.
///
/// By Newton's method in `f64`, with bisection of [y − |a|, y + |a|] where that would leave it. The gradients are those of the
/// implicit function: one more step, exactly.
pub(crate) fn tanh_root<S: Shape, E: Real, T: Record<E>>(
    [a, b, c, y]: [Tensor<S, E, Cpu, T>; 4],
) -> Tensor<S, E, Cpu, T> {
    elementwise([a, b, c, y], [], |numbers, []| {
        let [a, b, c, y] = numbers.map(Real::as_f64);
        let x = solve([a, b, c, y]);
        let h = (b * x + c).tanh();
        let derivative = 1.0 - h * h;
        let slope = 1.0 + a * b * derivative;
        let partials = [-h, -a * x * derivative, -a * derivative, 1.0];
        (E::of(x), partials.map(|partial| E::of(partial / slope)))
    })
}

fn solve([a, b, c, y]: [f64; 4]) -> f64 {
    let (mut low, mut high) = (y - a.abs(), y + a.abs());
    let mut x = y;
    // Bisection alone would take 60.
    for _ in 0..100 {
        let h = (b * x + c).tanh();
        let excess = x + a * h - y;
        if excess > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let newton = x - excess / (1.0 + a * b * (1.0 - h * h));
        let next = if (low..=high).contains(&newton) {
            newton
        } else {
            0.5 * (low + high)
        };
        if next == x {
            break;
        }
        x = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_root_where_the_slope_almost_vanishes() {
        for [a, b, c, x] in [
            [-0.999, 1.0, 0.3, -0.29],
            [-30.0, 0.033, -1.0, 25.0],
            [50.0, 3.0, 1.0, -0.4],
            [1e-9, 1.0, 0.0, 1e6],
            [0.0, 1.0, 0.0, 2.0],
        ] {
            let y = x + a * f64::tanh(b * x + c);
            let root = solve([a, b, c, y]);
            let residual = root + a * (b * root + c).tanh() - y;
            let scale = x.abs() + a.abs();
            assert!(
                residual.abs() < 1e-15 * (1.0 + scale),
                "{residual} at {a}, {b}, {c}, {x}"
            );
            assert!(
                (root - x).abs() < 1e-11 * (1.0 + scale),
                "{root} instead of {x}"
            );
        }
        assert!(solve([1.0, 1.0, 0.0, f64::NAN]).is_nan());
    }
}
