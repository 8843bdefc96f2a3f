use crate::{Event, EventBatch};
use vae_ops::{Real, Record};

/// A differentiable map with parameters, from a batch of one kind of [`Event`] to a batch of another.
///
/// A tuple of up to six layers is a layer: it applies them in order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer for elements of type `{E}`",
    note = "in a tuple of layers, what each gives has to be what the next one takes"
)]
pub trait Layer<E: Real> {
    /// What it takes.
    type Input: Event;
    /// What it gives.
    type Output: Event;

    /// Applies the layer to a batch.
    fn forward<T: Record<E>>(
        &self,
        x: EventBatch<Self::Input, E, T>,
    ) -> EventBatch<Self::Output, E, T>;

    /// The size of what it takes. Only a layer that goes with [`Columns`](crate::Columns) has to say.
    fn input(&self) -> Self::Input {
        Self::Input::default()
    }
}

macro_rules! in_order {
    ($first:ident $(, $previous:ident then $next:ident at $i:tt)*; $last:ident) => {
        impl<E, $first, $($next),*> Layer<E> for ($first, $($next),*)
        where
            E: Real,
            $first: Layer<E>,
            $($next: Layer<E, Input = $previous::Output>),*
        {
            type Input = $first::Input;
            type Output = $last::Output;

            fn forward<T: Record<E>>(
                &self,
                x: EventBatch<Self::Input, E, T>,
            ) -> EventBatch<Self::Output, E, T> {
                let x = self.0.forward(x);
                $(let x = self.$i.forward(x);)*
                x
            }

            fn input(&self) -> Self::Input {
                self.0.input()
            }
        }
    };
}

in_order!(A, A then B at 1; B);
in_order!(A, A then B at 1, B then C at 2; C);
in_order!(A, A then B at 1, B then C at 2, C then D at 3; D);
in_order!(A, A then B at 1, B then C at 2, C then D at 3, D then F at 4; F);
in_order!(A, A then B at 1, B then C at 2, C then D at 3, D then F at 4, F then G at 5; G);
