use super::planes::{Over, normalize};
use crate::conv::assert_divisible;
use crate::{Extent, Images, Real, Record};
use dfdx::prelude::{Cpu, HasShape, Tensor};

/// A number of groups that the channels of an image are split into.
#[derive(Clone, Copy, Debug, Default)]
pub struct Groups<const G: usize>;

/// Normalizes every group of C/G channels of every image: y = γ·(x − μ) / √(σ² + ε) + β.
///
/// μ and σ² = ⟨(x − μ)²⟩ are those of the group's C/G·H·W values. One group is layer normalization of an image, C groups
/// are instance normalization. Shapes: `x` (B, C, H, W), `scale` γ and `shift` β (C,), result (B, C, H, W). Wu and He
/// (2018), "Group Normalization", eq. 1, 2 and 7.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{group_norm, Groups};
///
/// let device = Cpu::default();
/// let x = device.tensor_from_vec(vec![1.0f64, 3.0, -5.0, 5.0], (1, Const::<2>, Const::<1>, Const::<2>));
/// let y = group_norm(x, device.tensor([1.0, 1.0]), device.tensor([0.0, 10.0]), Groups::<2>, 0.0);
/// assert_eq!(y.as_vec(), [-1.0, 1.0, 9.0, 11.0]);
/// ```
///
/// # Panics
/// If a number of channels known at run time only (`usize`) is no multiple of G; one that the compiler knows does not
/// compile.
pub fn group_norm<C: Extent, H: Extent, W: Extent, E: Real, T: Record<E>, const G: usize>(
    x: Images<C, H, W, E, T>,
    scale: Tensor<(C,), E, Cpu, T>,
    shift: Tensor<(C,), E, Cpu, T>,
    _groups: Groups<G>,
    epsilon: f64,
) -> Images<C, H, W, E, T> {
    const { assert_divisible::<C, G>() };
    let channels = x.shape().1.size();
    assert!(
        channels.is_multiple_of(G),
        "{channels} channels cannot be split into {G} groups"
    );
    normalize(x, scale, shift, epsilon, Over::Groups(G), None).0
}
