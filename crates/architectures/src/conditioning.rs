use crate::collection::collection;
use crate::summary::summarize;
use crate::without_parameters::without_parameters;
use crate::{Layer, Rows, Width};
use dfdx::prelude::HasShape;
use std::marker::PhantomData;
use vae_ops::{Batch, Message, Real, Record, concat, formula};

/// How a side input c gets to what an encoder or decoder takes: (B, X), (B, C) → (B, Y).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not bring in a side input",
    note = "`Concat<X, C, XC>` and `Film<Layer, Linear<C, H>>` do"
)]
pub trait Conditioning<E: Real> {
    /// The width of x, or of z.
    type Input: Width;
    /// The width of c.
    type Side: Width;
    /// The width of what comes out.
    type Output: Width;

    /// Both in one.
    fn join<T: Record<E>>(
        &self,
        x: Batch<Self::Input, E, T>,
        side: Batch<Self::Side, E, T>,
    ) -> Batch<Self::Output, E, T>;

    /// Adds the rows of its layers to a [`Summary`](crate::Summary).
    fn summarize(&self, _path: &str, _rows: &mut Rows) {}
}

/// (x, c): the columns of both, side by side, of a width `XC` that is the sum of the two.
///
/// Another sum does not compile; the message is "a row of 784 and one of 10 numbers make one of 794, not 800":
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_architectures::{Concat, Conditioning};
/// type Wrong = Concat<Const<784>, Const<10>, Const<800>>;
/// let device = Cpu::default();
/// let [x, side]: [Tensor<_, f32, _>; 2] = [device.zeros_like(&(1, 784)), device.zeros_like(&(1, 10))];
/// Wrong::default().join(x.realize(), side.realize());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Concat<X, C, XC>(PhantomData<(X, C, XC)>);

impl<X: Width, C: Width, XC: Width, E: Real> Conditioning<E> for Concat<X, C, XC> {
    type Input = X;
    type Side = C;
    type Output = XC;

    fn join<T: Record<E>>(&self, x: Batch<X, E, T>, side: Batch<C, E, T>) -> Batch<XC, E, T> {
        const { assert_sum(X::NUMEL, C::NUMEL, XC::NUMEL) };
        let width = x.shape().1.size() + side.shape().1.size();
        let width = XC::from_size(width).expect("the compiler checked it");
        concat(x, side, width)
    }
}

/// That two widths make a third, where the compiler knows all of them.
pub(crate) const fn assert_sum(a: usize, b: usize, sum: usize) {
    if a != 0 && b != 0 && sum != 0 && a + b != sum {
        Message::new("a row of ")
            .number(a)
            .text(" and one of ")
            .number(b)
            .text(" numbers make one of ")
            .number(a + b)
            .text(", not ")
            .number(sum)
            .panic();
    }
}

without_parameters!([X: Width, C: Width, XC: Width] Concat<X, C, XC>);

/// Feature-wise linear modulation (Perez et al. 2018): (1 + γ(c)) ⊙ l(x) + β(c), with linear γ and β.
#[derive(Clone, Debug)]
pub struct Film<Body, Map> {
    /// l
    pub body: Body,
    /// γ
    pub scale: Map,
    /// β
    pub shift: Map,
}

impl<Body, Map, E: Real> Conditioning<E> for Film<Body, Map>
where
    Body: Layer<E, Input: Width, Output: Width>,
    Map: Layer<E, Input: Width, Output = Body::Output>,
{
    type Input = Body::Input;
    type Side = Map::Input;
    type Output = Body::Output;

    fn join<T: Record<E>>(
        &self,
        x: Batch<Self::Input, E, T>,
        side: Batch<Self::Side, E, T>,
    ) -> Batch<Self::Output, E, T> {
        let (scale, shift) = (self.scale.forward(side.clone()), self.shift.forward(side));
        formula([self.body.forward(x), scale, shift], |[x, scale, shift]| {
            x * scale + x + shift
        })
    }

    summarize!(body, scale, shift);
}

collection!(Film<Body, Map> { body, scale, shift });
