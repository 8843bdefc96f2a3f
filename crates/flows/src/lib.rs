//! Normalizing flows: invertible maps of codes with the logarithms of their determinants. N is the dimension of a code, C the
//! width of a context, 0 without one.
//!
//! | item | what it is |
//! |---|---|
//! | [`Flow`] | y = f(x; c) and ln \|det ∂f/∂x\|, and x = f⁻¹(y; c) likewise; both differentiable |
//! | [`Amortized`] | parameters of a flow, an affine function of the context |
//! | [`Affine`] | a ⊙ x + b |
//! | [`Planar`], [`Radial`] | x + û tanh(wᵀx + b), and x + β (x − x₀)/(α + ‖x − x₀‖) |
//! | [`Householder`] | a reflection |
//! | [`Sylvester`] | x + Q R tanh(R̃ Qᵀx + b) |
//! | [`InvertibleLinear`] | L D U x + b |
//! | [`Reverse`], [`Shuffle`] | permutations |
//! | [`Autoregressive`] | a [`Transform`] of every element, by a [`Made`] of the elements that it sees in an [`Order`] |
//! | [`Sequential`], [`Halves`] | the orders: all elements before, and the first half |
//! | [`Shift`], [`Scaled`], [`Gated`], [`RationalQuadratic`] | the transforms |
//! | [`Iaf`], [`Maf`], [`RealNvp`], [`Nice`], [`NeuralSpline`] | what papers call them |
//! | tuples, [`Chain`], [`Invert`] | flows one after the other, `K` of a kind, and in the other direction |
//! | [`no_context`] | the context of a flow without one |
//! | [`Sum`], [`Product`], … | sizes made of sizes |
#![forbid(unsafe_code)]

mod affine;
mod amortized;
mod autoregressive;
mod collection;
mod compose;
mod dims;
mod flow;
mod householder;
mod invert;
mod invertible_linear;
mod made;
mod order;
mod permutation;
mod planar;
mod radial;
mod root;
mod rows;
mod sylvester;
mod transform;

pub use affine::Affine;
pub use amortized::Amortized;
pub use autoregressive::{Autoregressive, Iaf, Maf, NeuralSpline, Nice, RealNvp};
pub use compose::Chain;
pub use dims::{FirstHalf, Product, SecondHalf, SplineNumbers, Sum, Triangle};
pub use flow::{Flow, no_context};
pub use householder::Householder;
pub use invert::Invert;
pub use invertible_linear::InvertibleLinear;
pub use made::{Hidden, Made};
pub use order::{Halves, Order, Sequential};
pub use permutation::{Reverse, Shuffle};
pub use planar::Planar;
pub use radial::Radial;
pub use sylvester::Sylvester;
pub use transform::{Gated, RationalQuadratic, Scaled, Shift, Transform};
