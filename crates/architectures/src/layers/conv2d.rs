use crate::{EventBatch, ImageEvent, Layer};
use dfdx::prelude::{
    Const, ConstDim, Cpu, Device, Dtype, ModuleVisitor, Tensor, TensorCollection, TensorOptions,
};
use vae_ops::{Activation, Identity, Real, Record, Window, conv2d};
use vae_reparam::init_uniform;

/// y = f(x ⋆ w + b), [`conv2d`]: (B, C, H, W) → (B, O, H′, W′), images `X` to images `Y`.
///
/// yₙₒᵢⱼ = f(bₒ + Σ_c Σ_k Σ_l w_ockl · x_{n, c, S·i + k − P, S·j + l − P}): a window of `K` × `K` pixels moves by `S` over
/// an image with `P` pixels of zeros around it. H′ = ⌊(H + 2P − K) / S⌋ + 1, W′ alike.
///
/// w starts uniform on ±√(6 / n) with n = CK², the pixels that go into one (He et al. 2015), b at 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Conv2d, Image, Layer};
/// use vae_ops::Relu;
///
/// type Halve = Conv2d<Image<1, 28, 28>, Image<32, 14, 14>, 4, 2, 1, Relu>;
/// let device = Cpu::seed_from_u64(0);
/// let layer: Halve = BuildModule::build(&device);
/// let y = layer.forward(device.ones_like(&(5, Const, Const, Const)));
/// assert_eq!(y.shape().concrete(), [5, 32, 14, 14]);
/// ```
///
/// A wrong size does not compile; the message is "a window of 4 pixels with stride 2 and padding 1 has 14 places along
/// 28 pixels, not 13":
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_architectures::{Conv2d, Image, Layer};
/// # use vae_ops::Relu;
/// # let device = Cpu::seed_from_u64(0);
/// type Wrong = Conv2d<Image<1, 28, 28>, Image<32, 13, 13>, 4, 2, 1, Relu>;
/// let layer: Wrong = BuildModule::build(&device);
/// layer.forward(device.ones_like(&(5, Const, Const, Const)));
/// ```
#[derive(Clone, Debug)]
pub struct Conv2d<
    X: ImageEvent,
    Y: ImageEvent,
    const K: usize,
    const S: usize = 1,
    const P: usize = 0,
    F = Identity,
    E: Dtype = f32,
    D: Device<E> = Cpu,
> {
    /// w, shape (O, C, K, K).
    pub weight: Tensor<(Y::Channels, X::Channels, Const<K>, Const<K>), E, D>,
    /// b, shape (O,).
    pub bias: Tensor<(Y::Channels,), E, D>,
    /// f
    pub activation: F,
}

impl<X, Y, F, E, const K: usize, const S: usize, const P: usize> Layer<E>
    for Conv2d<X, Y, K, S, P, F, E>
where
    X: ImageEvent,
    Y: ImageEvent,
    F: Activation,
    E: Real,
    Cpu: Device<E>,
{
    type Input = X;
    type Output = Y;

    fn forward<T: Record<E>>(&self, x: EventBatch<X, E, T>) -> EventBatch<Y, E, T> {
        conv2d(
            x,
            self.weight.retaped::<T>(),
            self.bias.retaped::<T>(),
            Window::<K, S, P>,
            self.activation,
        )
    }

    fn multiply_adds(&self) -> usize {
        Y::NUMEL * X::Channels::SIZE * K * K
    }
}

impl<X, Y, F, E, D, const K: usize, const S: usize, const P: usize> TensorCollection<E, D>
    for Conv2d<X, Y, K, S, P, F, E, D>
where
    X: ImageEvent,
    Y: ImageEvent,
    F: Activation,
    E: Real,
    D: Device<E>,
{
    type To<E2: Dtype, D2: Device<E2>> = Conv2d<X, Y, K, S, P, F, E2, D2>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let he = TensorOptions::reset_with(|weight: &mut Tensor<_, E, D>| {
            let inputs = (X::Channels::SIZE * K * K) as f64;
            init_uniform(weight, (6.0 / inputs).sqrt());
            Ok(())
        });
        visitor.visit_fields(
            (
                Self::tensor("weight", |s| &s.weight, |s| &mut s.weight, he),
                Self::tensor(
                    "bias",
                    |s| &s.bias,
                    |s| &mut s.bias,
                    TensorOptions::reset_to_zeros(),
                ),
            ),
            |(weight, bias)| Conv2d {
                weight,
                bias,
                activation: F::default(),
            },
        )
    }
}
