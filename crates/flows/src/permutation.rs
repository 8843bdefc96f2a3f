use crate::Flow;
use crate::collection::without_parameters;
use crate::flow::keeps_volume;
use dfdx::prelude::{Const, ConstDim};
use std::marker::PhantomData;
use vae_ops::{Batch, PerExample, Real, Record, select_columns};
use vae_reparam::Noise;

/// The elements in reverse order: what lets every element see the others in turn, between two autoregressive flows or couplings
/// (Dinh et al. 2015; Kingma et al. 2016).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, Reverse, no_context};
/// use vae_ops::Batch;
///
/// let x: Batch<Const<3>> = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0], (1, Const));
/// let (y, _) = Reverse::<Const<3>>::default().forward(&x, &no_context(1));
/// assert_eq!(y.as_vec(), [3.0, 2.0, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Reverse<N, C = Const<0>>(PhantomData<(N, C)>);

/// The elements in an order drawn at random, once and for all, from the seed.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Flow, Shuffle, no_context};
/// use vae_ops::Batch;
///
/// let x: Batch<Const<3>> = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0], (1, Const));
/// let (y, _) = Shuffle::<Const<3>, 0>::default().forward(&x, &no_context(1));
/// let mut sorted = y.as_vec();
/// sorted.sort_by(f32::total_cmp);
/// assert_eq!(sorted, [1.0, 2.0, 3.0]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Shuffle<N, const SEED: u64, C = Const<0>>(PhantomData<(N, C)>);

/// Which element comes to each place.
trait Permutation {
    fn order() -> Vec<usize>;
}

impl<N: ConstDim, C> Permutation for Reverse<N, C> {
    fn order() -> Vec<usize> {
        (0..N::SIZE).rev().collect()
    }
}

impl<N: ConstDim, const SEED: u64, C> Permutation for Shuffle<N, SEED, C> {
    fn order() -> Vec<usize> {
        let mut keys = vec![0.0f64; N::SIZE];
        Noise::new(SEED, "shuffle").fill_uniform(&mut keys);
        let mut order: Vec<usize> = (0..N::SIZE).collect();
        order.sort_by(|i, j| keys[*i].total_cmp(&keys[*j]));
        order
    }
}

/// The permutation that undoes another.
fn inverted(order: &[usize]) -> Vec<usize> {
    let mut inverse = vec![0; order.len()];
    order
        .iter()
        .enumerate()
        .for_each(|(place, from)| inverse[*from] = place);
    inverse
}

macro_rules! permutations {
    ($([$($generics:tt)*] $Name:ty;)*) => {$(
        impl<$($generics)*, E: Real> Flow<E> for $Name {
            type Event = N;
            type Context = C;

            fn forward<T: Record<E>>(
                &self,
                x: &Batch<N, E, T>,
                _: &Batch<C, E, T>,
            ) -> (Batch<N, E, T>, PerExample<E, T>) {
                let y = select_columns(x.clone(), Self::order(), N::default());
                (y, keeps_volume(x))
            }

            fn inverse<T: Record<E>>(
                &self,
                y: &Batch<N, E, T>,
                _: &Batch<C, E, T>,
            ) -> (Batch<N, E, T>, PerExample<E, T>) {
                let x = select_columns(y.clone(), inverted(&Self::order()), N::default());
                (x, keeps_volume(y))
            }
        }

        without_parameters!([$($generics)*] $Name);
    )*};
}

permutations! {
    [N: ConstDim, C: ConstDim] Reverse<N, C>;
    [N: ConstDim, const SEED: u64, C: ConstDim] Shuffle<N, SEED, C>;
}
