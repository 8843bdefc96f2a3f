//! Pooling and upsampling: gradients, adjoints and edges. Values are compared with an independent library in `golden`.

use crate::support::{Image, assert_all_close, assert_image_grad, image};
use dfdx::prelude::*;
use vae_ops::{GradTape, Scale, Window, as_slice};
use vae_ops::{avg_pool2d, max_pool2d, upsample_bilinear, upsample_nearest};

fn pools<const K: usize, const S: usize, const P: usize>(shape: [usize; 4]) {
    let [b, c, h, w] = shape;
    let x = image(3, shape);
    let (max, mean): (Image, Image) = (
        max_pool2d(x.clone(), Window::<K, S, P>),
        avg_pool2d(x.clone(), Window::<K, S, P>),
    );
    let (_, _, h2, w2) = *max.shape();
    assert_eq!((h2, w2), ((h + 2 * P - K) / S + 1, (w + 2 * P - K) / S + 1));
    for i in 0..b * c * h2 * w2 {
        let (plane, row, column) = (i / (h2 * w2), i / w2 % h2 * S, i % w2 * S);
        let mut seen = vec![];
        for (y, x_at) in (0..K * K).map(|k| (row + k / K, column + k % K)) {
            if (P..h + P).contains(&y) && (P..w + P).contains(&x_at) {
                seen.push(as_slice(&x)[(plane * h + y - P) * w + x_at - P]);
            }
        }
        let largest = seen.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let average = seen.iter().sum::<f64>() / (K * K) as f64;
        assert_all_close(
            &[as_slice(&max)[i], as_slice(&mean)[i]],
            &[largest, average],
            1e-14,
        );
    }
    assert_image_grad(shape, |x| -> Image<GradTape<f64>> {
        avg_pool2d(x, Window::<K, S, P>)
    });
    // Equal pixels, as in a broadcast image, are a kink: an offset tells them apart.
    assert_image_grad(shape, |x| -> Image<GradTape<f64>> {
        let offset = image(5, shape) * 3.0;
        max_pool2d(x + offset, Window::<K, S, P>)
    });
}

#[test]
fn pooling() {
    pools::<2, 2, 0>([2, 3, 6, 5]);
    pools::<3, 2, 1>([2, 1, 5, 4]);
    pools::<3, 1, 1>([1, 2, 3, 1]);
    pools::<1, 1, 0>([2, 2, 1, 1]);
    pools::<2, 3, 1>([1, 1, 7, 6]);
}

fn upsampling<const F: usize>(shape: [usize; 4]) {
    let x = image(3, shape);
    let y: Image = upsample_nearest(x.clone(), Scale::<F>);
    let back: Image = avg_pool2d(y, Window::<F, F>);
    assert_all_close(as_slice(&back), as_slice(&x), 1e-14);
    assert_image_grad(shape, |x| -> Image<GradTape<f64>> {
        upsample_nearest(x, Scale::<F>)
    });
    assert_image_grad(shape, |x| -> Image<GradTape<f64>> {
        upsample_bilinear(x, Scale::<F>)
    });
}

#[test]
fn upsampling_by_integers() {
    upsampling::<1>([2, 2, 3, 2]);
    upsampling::<2>([2, 3, 3, 4]);
    upsampling::<3>([1, 2, 1, 5]);
    upsampling::<2>([2, 1, 1, 1]);
}

#[test]
fn bilinear_upsampling_continues_a_ramp() {
    let ramp = (0..12).map(|i| f64::from(i % 4)).collect();
    let x: Image = Cpu::default().tensor_from_vec(ramp, (1, 1, 3, 4));
    let y: Image = upsample_bilinear(x, Scale::<2>);
    let row = [0.0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3.0];
    assert_all_close(as_slice(&y), &row.repeat(6), 1e-14);
}

#[test]
fn infinities_and_nan_pass() {
    let device = Cpu::default();
    let x: Image =
        device.tensor_from_vec(vec![1.0, f64::NEG_INFINITY, f64::NAN, 2.0], (1, 1, 1, 4));
    let y: Image = upsample_nearest(x.clone(), Scale::<2>);
    assert_eq!(
        y.as_vec()[..4],
        [1.0, 1.0, f64::NEG_INFINITY, f64::NEG_INFINITY]
    );
    let x: Image = x.reshape_like(&(1, 1, 2, 2));
    let y: Image = max_pool2d(x, Window::<2, 2>);
    assert!(y.as_vec()[0].is_nan());
}
