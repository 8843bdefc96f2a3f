//! Stacks of strided convolutions in the style of DCGAN (Radford, Metz & Chintala 2016), without its batch normalization:
//! windows of 4 × 4 with stride 2 and padding 1, and twice the channels at half the size.

use crate::{Conv2d, ConvTranspose2d, Image, Reshape};
use dfdx::prelude::Const;
use vae_ops::{Identity, LeakyRelu, Relu};

/// Images of `C` × 28 × 28 through 32 × 14 × 14 to 64 × 7 × 7 features, a row of 3136, each followed by the activation `F`.
///
/// A model's input is a row, so a [`Reshape`] goes in front. With [`DeconvStack28`] for the way back:
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{ConditionalBernoulli, GaussianEncoder, LatentModel, Linear, Vae};
/// use vae_architectures::{ConvStack28, DeconvStack28, Image, Reshape};
/// use vae_ops::Relu;
/// use vae_priors::StandardNormal;
///
/// type X = Const<784>;
/// type Z = Const<20>;
/// type Picture = Image<1, 28, 28>;
///
/// type Encoder = GaussianEncoder<(Reshape<X, Picture>, ConvStack28<1>), Z>;
/// type Decoder = ConditionalBernoulli<
///     Linear<Z, Const<3136>, Relu>,
///     (DeconvStack28<1>, Reshape<Picture, X>),
/// >;
/// type Model = Vae<Encoder, Decoder, StandardNormal<Z>>;
///
/// let model = Model::build(&Cpu::seed_from_u64(0));
/// let x = Cpu::default().zeros_like(&(2, Const));
/// assert_eq!(model.reconstruct(x).shape(), &(2, Const));
/// let stack = (32 * 16 + 32) + (64 * 32 * 16 + 64);
/// assert_eq!(model.encoder.num_trainable_params(), stack + 2 * (3136 * 20 + 20));
/// ```
pub type ConvStack28<const C: usize, F = LeakyRelu, E = f32> = (
    Conv2d<Image<C, 28, 28>, Image<32, 14, 14>, 4, 2, 1, F, E>,
    Conv2d<Image<32, 14, 14>, Image<64, 7, 7>, 4, 2, 1, F, E>,
    Reshape<Image<64, 7, 7>, Const<3136>>,
);

/// A row of 3136 features, as 64 × 7 × 7, through 32 × 14 × 14 with the activation `F` to images of `C` × 28 × 28 logits, or
/// means: the last layer has no activation. See [`ConvStack28`] for a model with it.
pub type DeconvStack28<const C: usize, F = Relu, E = f32> = (
    Reshape<Const<3136>, Image<64, 7, 7>>,
    ConvTranspose2d<Image<64, 7, 7>, Image<32, 14, 14>, 4, 2, 1, F, E>,
    ConvTranspose2d<Image<32, 14, 14>, Image<C, 28, 28>, 4, 2, 1, Identity, E>,
);

/// Images of `C` × 32 × 32 through 32 × 16 × 16 and 64 × 8 × 8 to 128 × 4 × 4 features, a row of 2048, each followed by the
/// activation `F`. In a model as [`ConvStack28`], with `Reshape<Const<3072>, Image<3, 32, 32>>` in front for `C` = 3.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{ConvStack32, DeconvStack32, GaussianEncoder, Image, Layer, Reshape};
///
/// type Encoder = GaussianEncoder<(Reshape<Const<3072>, Image<3, 32, 32>>, ConvStack32<3>), Const<64>>;
/// let up: DeconvStack32<3> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let y = up.forward(Cpu::default().ones_like(&(2, Const)));
/// assert_eq!(y.shape().concrete(), [2, 3, 32, 32]);
/// ```
pub type ConvStack32<const C: usize, F = LeakyRelu, E = f32> = (
    Conv2d<Image<C, 32, 32>, Image<32, 16, 16>, 4, 2, 1, F, E>,
    Conv2d<Image<32, 16, 16>, Image<64, 8, 8>, 4, 2, 1, F, E>,
    Conv2d<Image<64, 8, 8>, Image<128, 4, 4>, 4, 2, 1, F, E>,
    Reshape<Image<128, 4, 4>, Const<2048>>,
);

/// A row of 2048 features, as 128 × 4 × 4, through 64 × 8 × 8 and 32 × 16 × 16 with the activation `F` to images of
/// `C` × 32 × 32 logits, or means: the last layer has no activation.
pub type DeconvStack32<const C: usize, F = Relu, E = f32> = (
    Reshape<Const<2048>, Image<128, 4, 4>>,
    ConvTranspose2d<Image<128, 4, 4>, Image<64, 8, 8>, 4, 2, 1, F, E>,
    ConvTranspose2d<Image<64, 8, 8>, Image<32, 16, 16>, 4, 2, 1, F, E>,
    ConvTranspose2d<Image<32, 16, 16>, Image<C, 32, 32>, 4, 2, 1, Identity, E>,
);

/// Images of `C` × 64 × 64 through 32 × 32 × 32, 64 × 16 × 16 and 128 × 8 × 8 to 256 × 4 × 4 features, a row of 4096, each
/// followed by the activation `F`. In a model as [`ConvStack28`], with `Reshape<Const<12288>, Image<3, 64, 64>>` in front
/// for `C` = 3.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_architectures::{ConvStack64, DeconvStack64, GaussianEncoder, Image, Layer, Reshape};
///
/// type Encoder = GaussianEncoder<(Reshape<Const<12288>, Image<3, 64, 64>>, ConvStack64<3>), Const<128>>;
/// let up: DeconvStack64<3> = BuildModule::build(&Cpu::seed_from_u64(0));
/// let y = up.forward(Cpu::default().ones_like(&(2, Const)));
/// assert_eq!(y.shape().concrete(), [2, 3, 64, 64]);
/// ```
pub type ConvStack64<const C: usize, F = LeakyRelu, E = f32> = (
    Conv2d<Image<C, 64, 64>, Image<32, 32, 32>, 4, 2, 1, F, E>,
    Conv2d<Image<32, 32, 32>, Image<64, 16, 16>, 4, 2, 1, F, E>,
    Conv2d<Image<64, 16, 16>, Image<128, 8, 8>, 4, 2, 1, F, E>,
    Conv2d<Image<128, 8, 8>, Image<256, 4, 4>, 4, 2, 1, F, E>,
    Reshape<Image<256, 4, 4>, Const<4096>>,
);

/// A row of 4096 features, as 256 × 4 × 4, through 128 × 8 × 8, 64 × 16 × 16 and 32 × 32 × 32 with the activation `F` to
/// images of `C` × 64 × 64 logits, or means: the last layer has no activation.
pub type DeconvStack64<const C: usize, F = Relu, E = f32> = (
    Reshape<Const<4096>, Image<256, 4, 4>>,
    ConvTranspose2d<Image<256, 4, 4>, Image<128, 8, 8>, 4, 2, 1, F, E>,
    ConvTranspose2d<Image<128, 8, 8>, Image<64, 16, 16>, 4, 2, 1, F, E>,
    ConvTranspose2d<Image<64, 16, 16>, Image<32, 32, 32>, 4, 2, 1, F, E>,
    ConvTranspose2d<Image<32, 32, 32>, Image<C, 64, 64>, 4, 2, 1, Identity, E>,
);
