//! Differentiable operations for variational autoencoders, on `dfdx` tensors.
//!
//! `dfdx` 0.13 supplies shapes, tensors and parameter collections; this crate supplies what it lacks, gets wrong
//! or runs slowly. Every operation is differentiable, works in `f32` and `f64`, and is correct on contiguous,
//! permuted, broadcast, size-1 and odd-sized inputs. `B` is the batch, `N` the event (pixels, latent dimensions).
//!
//! | item | what it is |
//! |---|---|
//! | [`GradTape`], [`Record`], [`backward`] | the tape: shared, cloneable, and it computes no gradient for data |
//! | [`linear`] with an [`Activation`] | y = f(x Wᵀ + b), fused |
//! | [`elementwise`], [`sum_event`] | fused pointwise expressions, and their sums over the event: (B, N) → (B,) |
//! | [`log_sum_exp`] | over the last axis, (B, K) → (B,), without overflow |
//! | [`log_mean_exp`], [`mean`] | stable reductions of a slice |
//! | [`batch_mean`] | (B,) → scalar, the one place where a loss is averaged |
//! | [`Adam`] | the optimizer, with state that can be saved |
//! | [`as_slice`], [`as_mut_slice`] | a tensor's elements, borrowed |
//! | [`Real`] | `f32` and `f64`, with vectorizable `exp`, `ln_1p`, `softplus` and `sigmoid` |
//!
//! ```
//! use vae_ops::{batch_mean, sum_event, Batch};
//! use dfdx::prelude::*;
//!
//! let device = Cpu::default();
//! let x: Batch<Const<2>> = device.tensor_from_vec(vec![1.0, 2.0, 3.0, 4.0], (2, Const));
//! // ½‖x‖² per example, from the value and the derivative for one element; then the mean over the batch.
//! let energy = sum_event([x], [], |[x], []| 0.5 * x * x, |[x], []| [x]);
//! assert_eq!(batch_mean(energy).array(), 7.5);
//! ```

mod activation;
mod adam;
mod borrow;
mod elementwise;
mod event;
mod linear;
mod matmul;
mod real;
mod reduce;
mod tape;

pub use activation::{Activation, Identity, Relu, Sigmoid, Tanh};
pub use adam::{Adam, AdamState};
pub use borrow::{as_mut_slice, as_slice};
pub use elementwise::elementwise;
pub use event::sum_event;
pub use linear::linear;
pub use real::Real;
pub use reduce::{batch_mean, log_mean_exp, log_sum_exp, mean};
pub use tape::{GradTape, Record, backward};

use dfdx::prelude::{Cpu, NoneTape, Tensor};

/// A batch of events, shape (B, N): one row per example.
pub type Batch<N, E = f32, T = NoneTape> = Tensor<(usize, N), E, Cpu, T>;
/// One value per example, shape (B,).
pub type PerExample<E = f32, T = NoneTape> = Tensor<(usize,), E, Cpu, T>;
/// A single value, such as a loss.
pub type Scalar<E = f32, T = NoneTape> = Tensor<(), E, Cpu, T>;
