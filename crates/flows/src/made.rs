use crate::dims::{Product, Sum};
use crate::{Amortized, Order};
use dfdx::nn::modules::Repeated;
use dfdx::prelude::{ConstDim, Cpu, Device, Dtype, HasShape, ModuleVisitor};
use dfdx::prelude::{Tensor, TensorCollection, TensorFromVec, TensorOptions};
use std::marker::PhantomData;
use vae_ops::{Activation, Batch, Identity, Real, Record, concat, elementwise, linear};
use vae_reparam::init_xavier_uniform;

/// A masked autoencoder (Germain et al. 2015): `P` numbers for each of the elements that an [`Order`] moves, made of the elements
/// that it lets them see and of all of the context, by `1 + L` hidden layers of width `H` with the activation `F`.
///
/// Hidden unit k sees elements 0, …, dₖ − 1 only, and no unit that sees more; number p of element i no unit that sees more
/// than i elements. The degrees dₖ are spread evenly over 1, …, N − 1, and 0 if there is a context. A weight W is used as
/// W ⊙ mask.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Made, Sequential, no_context};
/// use vae_ops::Relu;
///
/// // One number of each of three elements.
/// type Net = Made<Sequential, Const<3>, Const<1>, Const<16>, Const<0>, Relu, 1>;
/// let net: Net = BuildModule::build(&Cpu::seed_from_u64(0));
/// let x = Cpu::default().tensor_from_vec(vec![1.0, 2.0, 3.0, 1.0, 2.0, 7.0], (2, Const));
/// let numbers = net.forward(x, no_context(2)).as_vec();
/// assert_eq!(numbers[..3], numbers[3..]); // no element sees the last one
/// ```
#[derive(Clone, Debug)]
pub struct Made<
    O: Order,
    N: ConstDim,
    P: ConstDim,
    H: ConstDim,
    C: ConstDim,
    F: Activation,
    const L: usize,
    E: Dtype = f32,
    D: Device<E> = Cpu,
> {
    /// From the elements, and the context behind them.
    pub first: Hidden<Sum<O::Seen<N>, C>, H, E, D>,
    /// Between hidden layers.
    pub middle: Repeated<Hidden<H, H, E, D>, L>,
    /// To the first number of every element, the second, and so on.
    pub last: Amortized<Product<P, O::Moved<N>>, H, E, D>,
    activation: PhantomData<F>,
}

/// The weights of a hidden layer, (O, I) and (O,): as those of a linear layer, uniform on ±√(6 / (I + O)) (Glorot & Bengio 2010),
/// and 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::Hidden;
///
/// let layer: Hidden<Const<3>, Const<2>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// assert_eq!(layer.bias.array(), [0.0; 2]);
/// assert!(layer.weight.as_vec().iter().all(|w| w.abs() <= 1.2f32.sqrt()));
/// ```
#[derive(Clone, Debug)]
pub struct Hidden<I: ConstDim, O: ConstDim, E: Dtype = f32, D: Device<E> = Cpu> {
    /// W
    pub weight: Tensor<(O, I), E, D>,
    /// b
    pub bias: Tensor<(O,), E, D>,
}

impl<O, N, P, H, C, F, const L: usize, E> Made<O, N, P, H, C, F, L, E>
where
    O: Order,
    N: ConstDim,
    P: ConstDim,
    H: ConstDim,
    C: ConstDim,
    F: Activation,
    E: Real,
    Cpu: Device<E>,
{
    /// (B, Seen), (B, C) → (B, P · Moved)
    pub fn forward<T: Record<E>>(
        &self,
        seen: Batch<O::Seen<N>, E, T>,
        context: Batch<C, E, T>,
    ) -> Batch<Product<P, O::Moved<N>>, E, T> {
        let x = concat(seen, context, Sum::default());
        let sees = |unit, i| i < degree::<N, C>(unit) || i >= O::Seen::<N>::SIZE;
        let mut h =
            masked::<O, _, _, _, _, _>(x, &self.first.weight, &self.first.bias, sees, F::default());
        for Hidden { weight, bias } in &self.middle.modules {
            let sees = |unit, of| degree::<N, C>(of) <= degree::<N, C>(unit);
            h = masked::<O, _, _, _, _, _>(h, weight, bias, sees, F::default());
        }
        let sees = |number, of| degree::<N, C>(of) <= number % O::Moved::<N>::SIZE;
        masked::<O, _, _, _, _, _>(h, &self.last.weight, &self.last.bias, sees, Identity)
    }
}

/// How many elements a hidden unit sees.
fn degree<N: ConstDim, C: ConstDim>(unit: usize) -> usize {
    match N::SIZE {
        0 | 1 => 0,
        n if C::SIZE == 0 => 1 + unit % (n - 1),
        n => unit % n,
    }
}

/// f(x (W ⊙ mask)ᵀ + b), where `sees(output, input)` says what the mask leaves, if there is one.
fn masked<Of: Order, I: ConstDim, O: ConstDim, E: Real, T: Record<E>, F: Activation>(
    x: Batch<I, E, T>,
    weight: &Tensor<(O, I), E, Cpu>,
    bias: &Tensor<(O,), E, Cpu>,
    sees: impl Fn(usize, usize) -> bool,
    activation: F,
) -> Batch<O, E, T> {
    let mut of_x = weight.retaped::<T>();
    if Of::ONE_BY_ONE {
        let element = |i| {
            if sees(i / I::SIZE, i % I::SIZE) {
                E::one()
            } else {
                E::zero()
            }
        };
        let mask = (0..O::SIZE * I::SIZE).map(element).collect();
        let mask = Cpu::default().tensor_from_vec(mask, *weight.shape());
        of_x = elementwise([of_x], [mask], |[w], [m]| (w * m, [m]));
    }
    linear(x, of_x, bias.retaped::<T>(), activation)
}

impl<O, N, P, H, C, F, const L: usize, E, D> TensorCollection<E, D>
    for Made<O, N, P, H, C, F, L, E, D>
where
    O: Order,
    N: ConstDim,
    P: ConstDim,
    H: ConstDim,
    C: ConstDim,
    F: Activation,
    E: Real,
    D: Device<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Made<O, N, P, H, C, F, L, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(
            (
                Self::module("first", |s| &s.first, |s| &mut s.first),
                Self::module("middle", |s| &s.middle, |s| &mut s.middle),
                Self::module("last", |s| &s.last, |s| &mut s.last),
            ),
            |(first, middle, last)| Made {
                first,
                middle,
                last,
                activation: PhantomData,
            },
        )
    }
}

impl<I: ConstDim, O: ConstDim, E: Real, D: Device<E>> TensorCollection<E, D>
    for Hidden<I, O, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Hidden<I, O, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let glorot = TensorOptions::reset_with(|weight: &mut Tensor<(O, I), E, D>| {
            init_xavier_uniform(weight, 1.0);
            Ok(())
        });
        let zeros = TensorOptions::reset_to_zeros();
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, glorot),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, zeros),
            ),
            |(weight, bias)| Hidden { weight, bias },
        )
    }
}
