use crate::{Event, EventBatch, Rows};
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

    /// The size of what it gives, likewise.
    fn output(&self) -> Self::Output {
        Self::Output::default()
    }

    /// Multiplications, each with an addition, that it takes for one example; only of matrix products and convolutions.
    fn multiply_adds(&self) -> usize {
        0
    }

    /// Adds its row to a [`Summary`](crate::Summary), or those of the layers that it is made of.
    fn summarize(&self, path: &str, rows: &mut Rows)
    where
        Self: Sized,
    {
        rows.layer(path, self);
    }
}

macro_rules! in_order {
    ($first:ident $(, $previous:ident then $next:ident at $i:tt)*; $last:ident at $end:tt) => {
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

            fn output(&self) -> Self::Output {
                self.$end.output()
            }

            fn summarize(&self, path: &str, rows: &mut Rows) {
                self.0.summarize(&format!("{path}.0"), rows);
                $(self.$i.summarize(&format!("{path}.{}", $i), rows);)*
            }
        }
    };
}

in_order!(A, A then B at 1; B at 1);
in_order!(A, A then B at 1, B then C at 2; C at 2);
in_order!(A, A then B at 1, B then C at 2, C then D at 3; D at 3);
in_order!(A, A then B at 1, B then C at 2, C then D at 3, D then F at 4; F at 4);
in_order!(A, A then B at 1, B then C at 2, C then D at 3, D then F at 4, F then G at 5; G at 5);
