//! Images for tests, and their gradients in every memory layout.

use dfdx::prelude::*;
use vae_ops::{GradTape, as_slice, backward, batch_mean, sum_event};

/// Four dimensions, in `f64`.
pub type Image<T = NoneTape> = Tensor<(usize, usize, usize, usize), f64, Cpu, T>;

/// Well-spread numbers in [−1, 1), the same in every run.
pub fn spread(stream: usize, len: usize) -> Vec<f64> {
    let x = |i| (i + 1) as f64 * 0.754_877_666_246_693 + stream as f64 * 0.569_840_290_998_053;
    (0..len).map(|i| 2.0 * x(i).fract() - 1.0).collect()
}

pub fn image(stream: usize, [b, c, h, w]: [usize; 4]) -> Image {
    Cpu::default().tensor_from_vec(spread(stream, b * c * h * w), (b, c, h, w))
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    Contiguous,
    Permuted,
    /// The same for all of the first and of the last axis.
    Broadcast,
}

/// Asserts that the gradient of `f`, in a fixed direction of its result, agrees with central differences, to 10⁻⁶, for
/// an argument of this shape in every memory layout.
#[track_caller]
pub fn assert_image_grad<S: Shape>(
    shape @ [b, c, h, w]: [usize; 4],
    f: impl Fn(Image<GradTape<f64>>) -> Tensor<S, f64, Cpu, GradTape<f64>>,
) {
    let device = Cpu::default();
    for layout in [Layout::Contiguous, Layout::Permuted, Layout::Broadcast] {
        let loss = |leaf: &Tensor<(usize,), f64, Cpu>| {
            let leaf = leaf.clone().put_tape(GradTape::new());
            let argument = match layout {
                Layout::Contiguous => leaf.reshape_like(&(b, c, h, w)),
                Layout::Permuted => leaf
                    .reshape_like(&(w, c, b, h))
                    .permute::<(usize, usize, usize, usize), Axes4<2, 1, 3, 0>>(),
                Layout::Broadcast => leaf
                    .reshape_like(&(c, h))
                    .broadcast_like::<_, Axes2<0, 3>>(&(b, c, h, w)),
            };
            let out = f(argument);
            let len = out.shape().num_elements();
            let direction = device.tensor_from_vec(spread(9, len), (1, len));
            let out = out.contiguous().reshape_like(&(1, len));
            batch_mean(sum_event([out], [direction], |[x], [d]| (x * d, [d])))
        };
        let leaf = match layout {
            Layout::Broadcast => spread(7, c * h),
            _ => spread(7, b * c * h * w),
        };
        let tensor = |x: Vec<f64>| device.tensor_from_vec(x.clone(), (x.len(),));
        let traced = tensor(leaf.clone());
        let gradient = backward(loss(&traced), 1.0).get(&traced);
        for i in 0..leaf.len() {
            let at = |step: f64| {
                let mut moved = leaf.clone();
                moved[i] += step;
                loss(&tensor(moved)).array()
            };
            let numeric = (at(1e-5) - at(-1e-5)) / 2e-5;
            let analytic = as_slice(&gradient)[i];
            assert!(
                (analytic - numeric).abs() <= 1e-6 * (1.0 + numeric.abs()),
                "{shape:?}, {layout:?}: the gradient at {i} is {analytic}, finite differences give {numeric}",
            );
        }
    }
}

#[track_caller]
pub fn assert_all_close(actual: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(actual.len(), expected.len());
    for (i, (a, e)) in actual.iter().zip(expected).enumerate() {
        assert!(
            (a - e).abs() <= tolerance * (1.0 + e.abs()),
            "element {i} is {a}, expected {e}"
        );
    }
}
