use crate::summary::summarize;
use crate::{Activate, Conv2d, Event, EventBatch, GroupNorm, Layer, LayerNorm, Linear, Repeat};
use dfdx::prelude::{Device, Dtype, ModuleVisitor, TensorCollection};
use vae_ops::{Identity, Real, Record, Silu, elementwise};

/// y = x + f(x), around a body f that gives what it takes (He et al. 2016a, eq. 1).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Layer, Linear, Residual};
///
/// let mut layer: Residual<Linear<Const<2>, Const<2>>> = BuildModule::build(&Cpu::seed_from_u64(0));
/// layer.body.weight = Cpu::default().tensor([[0.0, 1.0], [10.0, 0.0]]);
/// let x = Cpu::default().tensor_from_vec(vec![1.0f32, 2.0], (1, Const));
/// assert_eq!(layer.forward(x).as_vec(), [3.0, 12.0]);
/// ```
///
/// Another body does not compile; the message is "type mismatch resolving `<Linear<Const<2>, Const<3>> as
/// Layer<f32>>::Output == Const<2>`":
///
/// ```compile_fail,E0271
/// # use dfdx::prelude::*;
/// # use vae_architectures::{Layer, Linear, Residual};
/// fn check<L: Layer<f32>>() {}
/// check::<Residual<Linear<Const<2>, Const<3>>>>();
/// ```
#[derive(Clone, Debug)]
pub struct Residual<Body> {
    /// f
    pub body: Body,
}

impl<E: Real, V: Event, Body: Layer<E, Input = V, Output = V>> Layer<E> for Residual<Body> {
    type Input = V;
    type Output = V;

    fn forward<T: Record<E>>(&self, x: EventBatch<V, E, T>) -> EventBatch<V, E, T> {
        let terms = [x.clone(), self.body.forward(x)];
        elementwise(terms, [], |[x, f], []| (x + f, [E::one(); 2]))
    }

    summarize!(body);
}

impl<E: Dtype, D: Device<E>, Body: TensorCollection<E, D>> TensorCollection<E, D>
    for Residual<Body>
{
    type To<E2: Dtype, D2: Device<E2>> = Residual<Body::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(
        visitor: &mut V,
    ) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        visitor.visit_fields(Self::module("body", |s| &s.body, |s| &mut s.body), |body| {
            Residual { body }
        })
    }
}

/// A block of a residual perceptron, x + W₂ f(W₁ n(x) + b₁) + b₂, (B, H) → (B, H): pre-activation (He et al. 2016b), with
/// [`LayerNorm`] n and [`Silu`] f.
pub type ResidualLinear<H, E = f32> = Residual<(
    LayerNorm<H, E>,
    Linear<H, H, Silu, E>,
    Linear<H, H, Identity, E>,
)>;

/// A residual perceptron, (B, I) → (B, H): a linear layer into the width `H`, then `N` blocks [`ResidualLinear`], up to six.
///
/// A body wherever [`Mlp<I, H>`](crate::Mlp) is one. Through all of its blocks runs a sum, which nothing but the first layer
/// and a head transforms (He et al. 2016b, "Identity Mappings in Deep Residual Networks", eq. 4).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{GaussianEncoder, ResidualMlp};
///
/// type X = Const<784>;
/// type H = Const<100>;
/// let body: ResidualMlp<X, H, 3> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let block = (100 + 100) + 2 * (100 * 100 + 100);
/// assert_eq!(body.num_trainable_params(), (784 * 100 + 100) + 3 * block);
///
/// type Encoder = GaussianEncoder<ResidualMlp<X, H, 3>, Const<20>>;
/// ```
pub type ResidualMlp<I, H, const N: usize = 2, E = f32> =
    (Linear<I, H, Identity, E>, Repeat<ResidualLinear<H, E>, N>);

/// A block of a residual convolutional network, images `X` to images `X`: x + w₂ ⋆ f(n₂(w₁ ⋆ f(n₁(x)) + b₁)) + b₂, with
/// [`GroupNorm`] n of `G` groups, [`Silu`] f and windows of 3 × 3 (He et al. 2016b, full pre-activation).
///
/// Through a network of them runs a sum that nothing bounds: after the last block comes a [`GroupNorm`] and an [`Activate`].
/// Without, an encoder starts with codes of a huge divergence.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{Image, ResidualConv};
///
/// let block: ResidualConv<Image<64, 7, 7>, 8> = BuildModule::build(&Cpu::seed_from_u64(0));
/// assert_eq!(block.num_trainable_params(), 2 * ((64 + 64) + (64 * 64 * 9 + 64)));
/// ```
pub type ResidualConv<X, const G: usize, E = f32> = Residual<(
    GroupNorm<X, G, E>,
    Activate<X, Silu>,
    Conv2d<X, X, 3, 1, 1, Identity, E>,
    GroupNorm<X, G, E>,
    Activate<X, Silu>,
    Conv2d<X, X, 3, 1, 1, Identity, E>,
)>;
