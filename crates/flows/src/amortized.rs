use dfdx::prelude::{ConstDim, Cpu, Device, Dtype, ModuleVisitor};
use dfdx::prelude::{Tensor, TensorCollection, TensorOptions};
use vae_ops::{Batch, Identity, Real, Record, linear};
use vae_reparam::init_uniform;

/// `P` parameters of a flow as an affine function of the context, θ = W c + b: amortized over it, as van den Berg et al. (2018)
/// say, and plain parameters b without one.
///
/// W starts uniform on ±0.01 and b on ±0.1.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_flows::{Amortized, no_context};
///
/// let plain: Amortized<Const<2>, Const<0>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let of_two_examples = plain.of::<NoneTape>(&no_context(2)).as_vec();
/// assert_eq!(of_two_examples, plain.bias.as_vec().repeat(2));
/// ```
#[derive(Clone, Debug)]
pub struct Amortized<P: ConstDim, C: ConstDim, E: Dtype = f32, D: Device<E> = Cpu> {
    /// W, shape (P, C).
    pub weight: Tensor<(P, C), E, D>,
    /// b, shape (P,).
    pub bias: Tensor<(P,), E, D>,
}

impl<P: ConstDim, C: ConstDim, E: Real> Amortized<P, C, E>
where
    Cpu: Device<E>,
{
    /// θ of each example, (B, P).
    pub fn of<T: Record<E>>(&self, context: &Batch<C, E, T>) -> Batch<P, E, T> {
        linear(
            context.clone(),
            self.weight.retaped::<T>(),
            self.bias.retaped::<T>(),
            Identity,
        )
    }
}

impl<P: ConstDim, C: ConstDim, E: Real, D: Device<E>> TensorCollection<E, D>
    for Amortized<P, C, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Amortized<P, C, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let smaller = TensorOptions::reset_with(|weight: &mut Tensor<(P, C), E, D>| {
            init_uniform(weight, 0.01);
            Ok(())
        });
        let small = TensorOptions::reset_with(|bias: &mut Tensor<(P,), E, D>| {
            init_uniform(bias, 0.1);
            Ok(())
        });
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, smaller),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, small),
            ),
            |(weight, bias)| Amortized { weight, bias },
        )
    }
}
