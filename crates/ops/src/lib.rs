//! Differentiable operations for variational autoencoders, on `dfdx` tensors.
//!
//! `dfdx` 0.13 supplies shapes, tensors and parameter collections; this crate supplies what it lacks, gets wrong
//! or runs slowly. Every operation is differentiable, works in `f32` and `f64`, and is correct on contiguous,
//! permuted, broadcast, size-1 and odd-sized inputs. `B` is the batch, `N` the event (pixels, latent dimensions).
//!
//! | item | what it is |
//! |---|---|
//! | [`GradTape`], [`Record`], [`backward`] | the tape: shared, cloneable, and it computes no gradient for data |
//! | [`Gradients`] | what it leaves, for an optimizer |
//! | [`linear`] with an [`Activation`] | y = f(x Wᵀ + b), fused |
//! | [`activate`] with [`Relu`], [`LeakyRelu`], [`Elu`], [`Selu`], [`HardTanh`], [`Softplus`], [`Silu`], [`Gelu`], … | f(x) |
//! | [`gated_linear`] | y = (x W₁ᵀ + b₁) ⊙ σ(x W₂ᵀ + b₂), fused |
//! | [`conv2d`], [`conv_transpose2d`] with a [`Window`] | convolutions of [`Images`], sizes checked by the compiler |
//! | [`max_pool2d`], [`avg_pool2d`] | one pixel for each place of a window |
//! | [`upsample_nearest`], [`upsample_bilinear`] with a [`Scale`] | images grown by a factor |
//! | [`layer_norm`], [`group_norm`], [`batch_norm`] | (x − μ) / σ over the event, over groups of channels, over the batch |
//! | [`embedding`], [`one_hot`] | the row of a table, or the unit vector, that a class index names |
//! | [`batch_norm_running`] | the latter, with running averages of μ and σ² |
//! | [`dropout`] | elements set to 0 at random, in training |
//! | [`elementwise`], [`sum_event`] | fused pointwise expressions, and their sums over the event: (B, N) → (B,) |
//! | [`formula`], [`sum_formula`] with [`Dual`] numbers | the same from the formula alone, which differentiates itself |
//! | [`sample_and_kl`] | z = μ + σε and KL(N(μ, σ²) ‖ N(0, I)), fused |
//! | [`linalg::matrix_formula`] with [`linalg::Matrix`] | a formula of small matrices for each example, which differentiates itself |
//! | [`exp`], [`expm1`], [`ln`], [`log1p`], [`sqrt`], [`sin`], [`cos`], [`tanh`] | elementary functions of a tensor |
//! | [`sigmoid`], [`softplus`], [`log_sigmoid`] | without overflow or cancellation |
//! | [`erf`], [`erfc`], [`log_ndtr`], [`lgamma`], [`digamma`], [`log_i0`], [`log_bessel_i`] | special functions of a tensor |
//! | [`sum_over`], [`mean_over`], [`cumsum`] | along any one axis, summed up in `f64` |
//! | [`log_sum_exp`], [`softmax`], [`log_softmax`] | along any one axis, without overflow |
//! | [`log_mean_exp`], [`mean`] | stable reductions of a slice |
//! | [`batch_mean`] | (B,) → scalar, the one place where a loss is averaged |
//! | [`normal_mixture`] | log-density of a mixture of normal distributions, fused |
//! | [`Aggregate`] | the aggregate posterior of a batch: log-densities of a mixture of all its normal posteriors, and their gradients |
//! | [`scalar_of`] | one number made of a whole batch, with its gradient by hand |
//! | [`columns`], [`select_columns`], [`concat()`] | some of the columns; columns in any order; the columns of two tensors side by side |
//! | [`rational_quadratic`] | monotone splines, with ln of their slopes |
//! | [`strictly_upper_product`] | R x with a strictly upper triangular R for each example |
//! | [`repeat`] | (B, …) → (B·K, …), for K samples of each example |
//! | [`stop_gradient`], [`straight_through`], [`scale_gradient`], [`surrogate`] | the value as it is, the gradient as one says |
//! | [`Adam`], [`AdamW`], [`Adamax`], [`Muon`], [`RmsProp`], [`Sgd`] | optimizers ([`Optimizer`]), with state that can be saved |
//! | [`Scheduled`]; [`cosine`], [`ramp`], [`milestones`], [`stairs`] | an optimizer whose step size changes, and how |
//! | [`Clipped`], [`Accumulated`], [`Averaged`] | one whose gradients are clipped, or summed up over batches; one that keeps a moving average of the weights |
//! | [`clip_gradient_norm`] | bounds the norm of the gradient |
//! | [`as_slice`], [`as_mut_slice`] | a tensor's elements, borrowed |
//! | [`Message`] | text for errors at compile time |
//! | [`Real`], [`math`] | `f32` and `f64`, with vectorizable elementary and special functions of one number |
//!
//! ```
//! use vae_ops::{batch_mean, sum_event, Batch};
//! use dfdx::prelude::*;
//!
//! let device = Cpu::default();
//! let x: Batch<Const<2>> = device.tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, Const));
//! // ½‖x‖² per example, from the value and the derivative for one element; then the mean over the batch.
//! let energy = sum_event([x], [], |[x], []| (0.5 * x * x, [x]));
//! assert_eq!(batch_mean(energy).array(), 7.5);
//! ```

mod activation;
mod aggregate;
mod axis;
mod borrow;
mod columns;
mod conv;
mod dropout;
mod dual;
mod elementwise;
mod embedding;
mod event;
mod formula;
mod fuse;
mod gated_linear;
mod gradient_flow;
mod gradients;
mod image;
pub mod linalg;
mod linear;
pub mod math;
mod matmul;
mod message;
mod norm;
mod normal_mixture;
mod optimizer;
mod pool;
mod real;
mod reduce;
mod repeat;
mod sample_and_kl;
mod scalar_of;
mod spline;
mod tape;
mod triangular;
mod unary;
mod upsample;

pub use activation::{Activation, activate};
pub use activation::{Elu, Gelu, GeluTanh, HardTanh, Identity, LeakyRelu, Relu, Selu, Sigmoid};
pub use activation::{Silu, Softplus, Tanh};
pub use aggregate::Aggregate;
pub use axis::{cumsum, log_softmax, log_sum_exp, mean_over, softmax, sum_over};
pub use borrow::{as_mut_slice, as_slice};
pub use columns::{columns, concat, select_columns};
pub use conv::{Window, conv_transpose2d, conv2d};
pub use dropout::dropout;
pub use dual::Dual;
pub use elementwise::elementwise;
pub use embedding::{embedding, one_hot};
pub use event::sum_event;
pub use formula::{formula, sum_formula};
pub use gated_linear::gated_linear;
pub use gradient_flow::{scale_gradient, stop_gradient, straight_through, surrogate};
pub use gradients::Gradients;
pub use image::{Extent, Images};
pub use linear::linear;
pub use message::Message;
pub use norm::{BatchStatistics, Groups, batch_norm, batch_norm_running, batch_norm_with};
pub use norm::{group_norm, layer_norm};
pub use normal_mixture::normal_mixture;
pub use optimizer::{Accumulated, Averaged, Clipped, Optimizer, OptimizerState, Scheduled};
pub use optimizer::{Adam, AdamState, AdamW, Adamax, Muon, RmsProp, Sgd};
pub use optimizer::{clip_gradient_norm, cosine, milestones, ramp, stairs};
pub use pool::{avg_pool2d, max_pool2d};
pub use real::Real;
pub use reduce::{batch_mean, log_mean_exp, mean};
pub use repeat::repeat;
pub use sample_and_kl::sample_and_kl;
pub use scalar_of::scalar_of;
pub use spline::{Direction, rational_quadratic};
pub use tape::{GradTape, Record, backward};
pub use triangular::strictly_upper_product;
pub use unary::{cos, digamma, erf, erfc, exp, expm1, lgamma, ln, log_bessel_i, log_i0, log_ndtr};
pub use unary::{log_sigmoid, log1p, sigmoid, sin, softplus, sqrt, tanh};
pub use upsample::{Scale, upsample_bilinear, upsample_nearest};

use dfdx::prelude::{Cpu, NoneTape, Tensor};

/// A batch of events, shape (B, N): one row per example.
pub type Batch<N, E = f32, T = NoneTape> = Tensor<(usize, N), E, Cpu, T>;
/// One value per example, shape (B,).
pub type PerExample<E = f32, T = NoneTape> = Tensor<(usize,), E, Cpu, T>;
/// A single value, such as a loss.
pub type Scalar<E = f32, T = NoneTape> = Tensor<(), E, Cpu, T>;
