use crate::{Layer, Width};
use dfdx::prelude::{
    Cpu, Device, Dtype, HasShape, ModuleVisitor, Shape, Tensor, TensorCollection, TensorOptions,
};
use vae_ops::{Activation, Batch, Identity, Real, Record, linear};
use vae_reparam::init_xavier_uniform;

/// y = f(x Wᵀ + b), (B, I) → (B, O).
///
/// W starts uniform on ±√(6 / (I + O)) (Glorot & Bengio 2010), b at 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Layer, Linear};
///
/// let device = Cpu::seed_from_u64(0);
/// let layer: Linear<Const<3>, Const<2>> = BuildModule::build(&device);
/// let x = device.tensor_from_vec(vec![0.0f32; 3], (1, Const));
/// assert_eq!(layer.forward(x).as_vec(), [0.0; 2]);
/// ```
#[derive(Clone, Debug)]
pub struct Linear<I: Width, O: Width, F = Identity, E: Dtype = f32, D: Device<E> = Cpu> {
    /// W, shape (O, I).
    pub weight: Tensor<(O, I), E, D>,
    /// b, shape (O,).
    pub bias: Tensor<(O,), E, D>,
    /// f
    pub activation: F,
}

impl<I: Width, O: Width, F: Activation, E: Real> Layer<E> for Linear<I, O, F, E>
where
    Cpu: Device<E>,
{
    type Input = I;
    type Output = O;

    fn forward<T: Record<E>>(&self, x: Batch<I, E, T>) -> Batch<O, E, T> {
        linear(
            x,
            self.weight.retaped::<T>(),
            self.bias.retaped::<T>(),
            self.activation,
        )
    }

    fn input(&self) -> I {
        self.weight.shape().1
    }

    fn output(&self) -> O {
        self.weight.shape().0
    }

    fn multiply_adds(&self) -> usize {
        self.weight.shape().num_elements()
    }
}

impl<I: Width, O: Width, F: Activation, E: Real, D: Device<E>> TensorCollection<E, D>
    for Linear<I, O, F, E, D>
{
    type To<E2: Dtype, D2: Device<E2>> = Linear<I, O, F, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let glorot = TensorOptions::reset_with(|weight: &mut Tensor<(O, I), E, D>| {
            init_xavier_uniform(weight, 1.0);
            Ok(())
        });
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, glorot),
                Self::tensor(
                    "bias",
                    |s| &s.bias,
                    |s| &mut s.bias,
                    TensorOptions::reset_to_zeros(),
                ),
            ),
            |(weight, bias)| Linear {
                weight,
                bias,
                activation: F::default(),
            },
        )
    }
}
