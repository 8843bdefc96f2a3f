//! Flows one after the other.

use crate::Flow;
use crate::flow::keeps_volume;
use dfdx::nn::modules::Repeated;
use vae_ops::{Batch, PerExample, Real, Record, formula};

/// `K` flows of a kind, one after the other, each with parameters of its own.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Chain, Planar, Reverse};
///
/// let flow: Chain<(Planar<Const<2>>, Reverse<Const<2>>), 8> = BuildModule::build(&Cpu::default());
/// assert_eq!(flow.num_trainable_params(), 8 * (2 + 2 + 1));
/// ```
pub type Chain<F, const K: usize> = Repeated<F, K>;

/// ln |det| of one flow after another.
fn add<E: Real, T: Record<E>>(a: PerExample<E, T>, b: PerExample<E, T>) -> PerExample<E, T> {
    formula([a, b], |[a, b]| a + b)
}

impl<E: Real, F: Flow<E>, const K: usize> Flow<E> for Chain<F, K> {
    type Event = F::Event;
    type Context = F::Context;

    fn forward<T: Record<E>>(
        &self,
        x: &Batch<F::Event, E, T>,
        context: &Batch<F::Context, E, T>,
    ) -> (Batch<F::Event, E, T>, PerExample<E, T>) {
        let start = (x.clone(), keeps_volume(x));
        self.modules.iter().fold(start, |(x, sum), flow| {
            let (y, log_det) = flow.forward(&x, context);
            (y, add(sum, log_det))
        })
    }

    fn inverse<T: Record<E>>(
        &self,
        y: &Batch<F::Event, E, T>,
        context: &Batch<F::Context, E, T>,
    ) -> (Batch<F::Event, E, T>, PerExample<E, T>) {
        let start = (y.clone(), keeps_volume(y));
        self.modules.iter().rev().fold(start, |(y, sum), flow| {
            let (x, log_det) = flow.inverse(&y, context);
            (x, add(sum, log_det))
        })
    }
}

macro_rules! in_order {
    ($first:ident $(, $next:ident at $i:tt)*; back from $last:tt $(, $j:tt)*) => {
        impl<E, $first, $($next),*> Flow<E> for ($first, $($next),*)
        where
            E: Real,
            $first: Flow<E>,
            $($next: Flow<E, Event = $first::Event, Context = $first::Context>),*
        {
            type Event = $first::Event;
            type Context = $first::Context;

            fn forward<T: Record<E>>(
                &self,
                x: &Batch<Self::Event, E, T>,
                context: &Batch<Self::Context, E, T>,
            ) -> (Batch<Self::Event, E, T>, PerExample<E, T>) {
                let (x, sum) = self.0.forward(x, context);
                $(
                    let (x, log_det) = self.$i.forward(&x, context);
                    let sum = add(sum, log_det);
                )*
                (x, sum)
            }

            fn inverse<T: Record<E>>(
                &self,
                y: &Batch<Self::Event, E, T>,
                context: &Batch<Self::Context, E, T>,
            ) -> (Batch<Self::Event, E, T>, PerExample<E, T>) {
                let (y, sum) = self.$last.inverse(y, context);
                $(
                    let (y, log_det) = self.$j.inverse(&y, context);
                    let sum = add(sum, log_det);
                )*
                (y, sum)
            }
        }
    };
}

in_order!(A; back from 0);
in_order!(A, B at 1; back from 1, 0);
in_order!(A, B at 1, C at 2; back from 2, 1, 0);
in_order!(A, B at 1, C at 2, F at 3; back from 3, 2, 1, 0);
in_order!(A, B at 1, C at 2, F at 3, G at 4; back from 4, 3, 2, 1, 0);
in_order!(A, B at 1, C at 2, F at 3, G at 4, H at 5; back from 5, 4, 3, 2, 1, 0);
