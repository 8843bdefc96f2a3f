//! The way back through a layer where a loss looks at a few of the examples only.

use dfdx::prelude::*;
use vae_ops::{Batch, GradTape, Tanh, as_slice, backward, batch_mean, linear, sum_event};
use vae_testkit::assert_close;

fn filled<S: Shape>(shape: S, phase: f64) -> Tensor<S, f64, Cpu> {
    let values = (0..shape.num_elements()).map(|i| (0.37 * i as f64 + phase).sin());
    Cpu::default().tensor_from_vec(values.collect(), shape)
}

/// Gradients of x, W and b of the sum of y·c over the examples in `of`, through a batch of those in `batch`.
fn gradients<const O: usize, const I: usize>(batch: &[usize], of: &[usize]) -> [Vec<f64>; 3] {
    let rows = |all: Vec<f64>, width: usize| -> Vec<f64> {
        let rows = batch.iter().map(|row| &all[row * width..][..width]);
        rows.flatten().copied().collect()
    };
    let x = rows(filled((8, Const::<I>), 0.1).as_vec(), I);
    let x: Batch<Const<I>, f64> = Cpu::default().tensor_from_vec(x, (batch.len(), Const));
    let counted = |i: usize| f64::from(u8::from(of.contains(&(i / O))));
    let c = filled((8, Const::<O>), 0.2).as_vec();
    let c = c.iter().enumerate().map(|(i, c)| c * counted(i)).collect();
    let c: Batch<Const<O>, f64> = Cpu::default().tensor_from_vec(rows(c, O), (batch.len(), Const));
    let weight = filled((Const::<O>, Const::<I>), 0.3);
    let bias = filled((Const::<O>,), 0.4);

    let taped = x.clone().put_tape(GradTape::new());
    let (w, b) = (weight.retaped::<GradTape<f64>>(), bias.retaped());
    let y = linear(taped, w, b, Tanh);
    let sums = sum_event([y], [c], |[y], [c]| (y * c, [c]));
    let gradients = backward(batch_mean(sums), batch.len() as f64);
    [
        as_slice(&gradients.get(&x)).to_vec(),
        as_slice(&gradients.get(&weight)).to_vec(),
        as_slice(&gradients.get(&bias)).to_vec(),
    ]
}

/// In a batch of all, those that do not count are left out, unless too many do; in one of them alone, none is.
fn check<const O: usize, const I: usize>() {
    for of in [&[][..], &[5], &[0, 2, 7], &[0, 1, 3, 4], &[0, 1, 2, 3, 4]] {
        let [x, w, b] = gradients::<O, I>(&[0, 1, 2, 3, 4, 5, 6, 7], of);
        let [few_x, few_w, few_b] = match of {
            [] => [vec![], vec![0.0; O * I], vec![0.0; O]],
            _ => gradients::<O, I>(of, of),
        };
        let mut in_place = vec![0.0; 8 * I];
        for (row, few) in of.iter().zip(few_x.chunks(I)) {
            in_place[row * I..][..I].copy_from_slice(few);
        }
        for (all, few) in [(x, in_place), (w, few_w), (b, few_b)] {
            assert_eq!(all.len(), few.len());
            all.iter()
                .zip(&few)
                .for_each(|(a, f)| assert_close(*a, *f, 1e-13));
        }
    }
}

#[test]
fn examples_that_do_not_count_change_nothing() {
    check::<5, 3>();
    // Large enough for a gradient that is left as a product.
    check::<300, 257>();
}
