use crate::{Layer, Width};
use dfdx::prelude::{
    Cpu, Device, Dtype, HasShape, ModuleVisitor, Shape, Tensor, TensorCollection, TensorOptions,
};
use vae_ops::{Batch, Real, Record, gated_linear};
use vae_reparam::init_xavier_uniform;

/// The gated linear unit y = (x Wᵀ + b) ⊙ σ(x Vᵀ + c), (B, I) → (B, O) (Dauphin et al. 2017, eq. 1), as in the models of
/// Tomczak & Welling (2018).
///
/// W and V start uniform on ±√(6 / (I + O)) (Glorot & Bengio 2010), b and c at 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{GatedLinear, Layer};
///
/// let mut layer: GatedLinear<Const<2>, Const<1>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// layer.weight = Cpu::default().tensor([[1.0, 3.0]]);
/// layer.gate_weight = Cpu::default().tensor([[2.0, -1.0]]);
/// let x = Cpu::default().tensor_from_vec(vec![1.0f32, 2.0], (1, Const));
/// assert_eq!(layer.forward(x).as_vec(), [3.5]); // (1 + 6) σ(2 − 2)
/// ```
#[derive(Clone, Debug)]
pub struct GatedLinear<I: Width, O: Width, E: Dtype = f32, D: Device<E> = Cpu> {
    /// W, shape (O, I).
    pub weight: Tensor<(O, I), E, D>,
    /// b, shape (O,).
    pub bias: Tensor<(O,), E, D>,
    /// V, shape (O, I).
    pub gate_weight: Tensor<(O, I), E, D>,
    /// c, shape (O,).
    pub gate_bias: Tensor<(O,), E, D>,
}

impl<I: Width, O: Width, E: Real> Layer<E> for GatedLinear<I, O, E>
where
    Cpu: Device<E>,
{
    type Input = I;
    type Output = O;

    fn forward<T: Record<E>>(&self, x: Batch<I, E, T>) -> Batch<O, E, T> {
        gated_linear(
            x,
            [self.weight.retaped::<T>(), self.gate_weight.retaped::<T>()],
            [self.bias.retaped::<T>(), self.gate_bias.retaped::<T>()],
        )
    }

    fn input(&self) -> I {
        self.weight.shape().1
    }

    fn output(&self) -> O {
        self.weight.shape().0
    }

    fn multiply_adds(&self) -> usize {
        2 * self.weight.shape().num_elements()
    }
}

impl<I: Width, O: Width, E: Real, D: Device<E>> TensorCollection<E, D> for GatedLinear<I, O, E, D> {
    type To<E2: Dtype, D2: Device<E2>> = GatedLinear<I, O, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let glorot = || {
            TensorOptions::reset_with(|weight: &mut Tensor<(O, I), E, D>| {
                init_xavier_uniform(weight, 1.0);
                Ok(())
            })
        };
        let zeros = TensorOptions::reset_to_zeros;
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, glorot()),
                Self::tensor("bias", |s| &s.bias, |s| &mut s.bias, zeros()),
                Self::tensor(
                    "gate_weight",
                    |s| &s.gate_weight,
                    |s| &mut s.gate_weight,
                    glorot(),
                ),
                Self::tensor("gate_bias", |s| &s.gate_bias, |s| &mut s.gate_bias, zeros()),
            ),
            |(weight, bias, gate_weight, gate_bias)| GatedLinear {
                weight,
                bias,
                gate_weight,
                gate_bias,
            },
        )
    }
}
