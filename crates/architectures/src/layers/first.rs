use crate::without_parameters::without_parameters;
use crate::{Layer, Width};
use std::marker::PhantomData;
use vae_ops::{Batch, Message, Real, Record, columns};

/// The first `M` of `N` numbers: of a hierarchical code (z₁, z₂, …), the lowest layer.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{First, Layer};
///
/// let lowest: First<Const<3>, Const<2>> = First::default();
/// let z = Cpu::default().tensor_from_vec(vec![1.0f32, 2.0, 3.0], (1, Const));
/// assert_eq!(lowest.forward(z).as_vec(), [1.0, 2.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct First<N, M>(PhantomData<(N, M)>);

impl<N: Width, M: Width, E: Real> Layer<E> for First<N, M> {
    type Input = N;
    type Output = M;

    fn forward<T: Record<E>>(&self, x: Batch<N, E, T>) -> Batch<M, E, T> {
        const { assert_enough(N::NUMEL, M::NUMEL) };
        columns(x, 0, M::default())
    }
}

const fn assert_enough(all: usize, first: usize) {
    if first > all {
        Message::new("there are no first ")
            .number(first)
            .text(" of ")
            .number(all)
            .text(" numbers")
            .panic();
    }
}

without_parameters!([N: Width, M: Width] First<N, M>);
