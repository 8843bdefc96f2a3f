//! The gather and its gradient: against finite differences, with rows that are named twice or never, and what it refuses.

use dfdx::prelude::*;
use vae_ops::{PerExample, embedding, one_hot};
use vae_testkit::assert_grad;

fn index<E: Dtype>(index: &[E]) -> PerExample<E>
where
    Cpu: Device<E>,
{
    Cpu::default().tensor_from_vec(index.to_vec(), (index.len(),))
}

#[test]
fn gradients() {
    assert_grad(-1.0..1.0, |[table]| {
        // Backwards, the last row twice, and from three rows on the first never.
        let rows = table.shape().0;
        let named = (rows.min(2) - 1..rows).rev().map(|row| row as f64);
        let named: Vec<f64> = [rows as f64 - 1.0].into_iter().chain(named).collect();
        embedding(index(&named).retaped(), table)
    });
}

#[test]
fn an_embedding_is_the_product_with_one_hot_rows() {
    let table = Cpu::default().tensor([[0.5f64, -1.0], [2.0, 3.0], [7.0, 0.25]]);
    let classes = index(&[1.0, 2.0, 2.0, 0.0]);
    let product = one_hot(classes.clone(), Const::<3>).matmul(table.clone());
    assert_eq!(embedding(classes, table).as_vec(), product.as_vec());
}

#[test]
#[should_panic(expected = "example 1 is of class 3, but the 3 classes are 0, 1, 2, … in order")]
fn a_class_too_large_is_refused() {
    one_hot(index(&[0.0f32, 3.0]), Const::<3>);
}

#[test]
#[should_panic(expected = "example 0 is of class -1")]
fn a_negative_class_is_refused() {
    one_hot(index(&[-1.0f32]), Const::<3>);
}

#[test]
#[should_panic(expected = "example 2 is of class 0.5")]
fn half_a_class_is_refused() {
    one_hot(index(&[0.0f64, 1.0, 0.5]), 3usize);
}

#[test]
#[should_panic(expected = "example 0 is of class NaN")]
fn no_number_is_refused() {
    one_hot(index(&[f32::NAN]), Const::<3>);
}
