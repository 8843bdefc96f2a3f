use super::Window;
use super::block::Geometry;
use super::window::{assert_divisible, assert_groups, assert_places};
use crate::fuse::{self, add_channels, chain};
use crate::gradients::address;
use crate::{Activation, Extent, Identity, Images, Real, Record, activate, as_slice};
use dfdx::prelude::{Const, Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tensor, TensorFromVec};

/// y = f(x ⋆ᵀ w + b): two-dimensional transposed convolution, with the activation `f` fused.
///
/// The linear part is the adjoint of [`conv2d`](crate::conv2d) with the same weight and [`Window`]:
/// y_{n, o, S·i + k − P, S·j + l − P} gathers Σ_c w_cokl · xₙ_cᵢⱼ, and what falls outside of the image is dropped.
///
/// Shapes: `x` (B, C, H, W), `weight` (C, O/G, K, K), `bias` (O,), result (B, O, H′, W′) with (H′, W′) = `output`. A
/// stride S leaves S sizes of the result to choose from, (H − 1)·S − 2P + K + p with 0 ≤ p < S: naming the result stands
/// for the "output padding" p of other libraries. The gradient of `x` is computed only if its tape
/// [wants](Record::wants_gradient) it.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{conv_transpose2d, Images, Sigmoid, Window};
///
/// let device = Cpu::default();
/// let x: Images<Const<8>, Const<7>, Const<7>> = device.ones_like(&(5, Const, Const, Const));
/// let weight: Tensor<Rank4<8, 3, 4, 4>, f32, _> = device.zeros();
/// let bias: Tensor<Rank1<3>, f32, _> = device.zeros();
/// let size = (Const::<14>, Const::<14>);
/// let y = conv_transpose2d(x, weight, bias, Window::<4, 2, 1>, size, Sigmoid);
/// assert_eq!((y.shape().1.size(), y.as_vec()[0]), (3, 0.5));
/// ```
///
/// A wrong size does not compile; the message is "a window of 4 pixels with stride 2 and padding 1 has 8 places along 16
/// pixels, not 7":
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_ops::{conv_transpose2d, Images, Sigmoid, Window};
/// # let device = Cpu::default();
/// # let x: Images<Const<8>, Const<7>, Const<7>> = device.ones_like(&(5, Const, Const, Const));
/// # let weight: Tensor<Rank4<8, 3, 4, 4>, f32, _> = device.zeros();
/// # let bias: Tensor<Rank1<3>, f32, _> = device.zeros();
/// let size = (Const::<16>, Const::<16>);
/// let y = conv_transpose2d(x, weight, bias, Window::<4, 2, 1>, size, Sigmoid);
/// ```
///
/// # Panics
/// If run-time sizes (`usize`) do not fit.
pub fn conv_transpose2d<
    C: Extent,
    H: Extent,
    W: Extent,
    I: Extent,
    O: Extent,
    H2: Extent,
    W2: Extent,
    E: Real,
    T: Record<E>,
    F: Activation,
    const K: usize,
    const S: usize,
    const P: usize,
    const G: usize,
>(
    x: Images<C, H, W, E, T>,
    weight: Tensor<(C, I, Const<K>, Const<K>), E, Cpu, T>,
    bias: Tensor<(O,), E, Cpu, T>,
    _window: Window<K, S, P, G>,
    output: (H2, W2),
    activation: F,
) -> Images<O, H2, W2, E, T> {
    const { assert_places::<H2, H, K, S, P>() };
    const { assert_places::<W2, W, K, S, P>() };
    const { assert_groups::<O, I, G>() };
    const { assert_divisible::<C, G>() };
    if F::FROM_INPUT {
        return activate(
            conv_transpose2d(x, weight, bias, Window::<K, S, P, G>, output, Identity),
            activation,
        );
    }
    let (x, x_tape) = x.contiguous().split_tape();
    let (weight, weight_tape) = weight.contiguous().split_tape();
    let (bias, bias_tape) = bias.contiguous().split_tape();
    let wants_x = x_tape.wants_gradient();
    let mut tape = x_tape.merge(weight_tape).merge(bias_tape);

    let (batch, c, h, w) = *x.shape();
    let (filters, channels, ..) = *weight.shape();
    let ((out_channels,), (h2, w2)) = (*bias.shape(), output);
    // As the adjoint of a convolution: its images are our result, its maps our input.
    let sizes = Geometry::<K, S, P, G> {
        batch,
        images: [out_channels.size(), h2.size(), w2.size()],
        maps: [c.size(), h.size(), w.size()],
    }
    .check([filters.size(), channels.size()]);
    let plane = h2.size() * w2.size();

    let spread = as_slice(&bias)
        .iter()
        .flat_map(|b| std::iter::repeat_n(*b, plane));
    let mut out = spread.collect::<Vec<E>>().repeat(batch);
    let mut block = sizes.block();
    for part in sizes.parts() {
        block.load_maps(&part, as_slice(&x));
        block.convolve_transposed(&part, as_slice(&weight));
        block.add_to_images(&part, &mut out);
    }
    fuse::activate::<E, F>(&mut out);
    let y = x
        .device()
        .tensor_from_vec(out, (batch, out_channels, h2, w2));

    if T::OWNS_TAPE {
        let (x_ghost, weight_ghost, bias_ghost, y_ghost) =
            (x.ghost(), weight.ghost(), bias.ghost(), y.ghost());
        let y_kept = y.clone();
        let addresses = [address(&x), address(&weight), address(&bias)];
        tape.record(&addresses, move |gradients| {
            let mut grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            chain::<E, F>(&mut grad, as_slice(&y_kept));
            let grad_bias = gradients.slots.get_or_alloc_mut(&bias_ghost)?;
            add_channels(&mut grad_bias[..], &grad[..], plane);

            let turned = if wants_x {
                sizes.turn(as_slice(&weight))
            } else {
                Vec::new()
            };
            let mut turned_grad = vec![E::zero(); as_slice(&weight).len()];
            let mut grad_x = match wants_x {
                true => std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&x_ghost)?),
                false => Vec::new(),
            };
            let mut block = sizes.block();
            for part in sizes.parts() {
                block.load_images(&part, &grad);
                block.load_maps(&part, as_slice(&x));
                block.add_to_weight(&part, &mut turned_grad);
                if wants_x {
                    block.convolve(&part, &turned);
                    block.add_to_maps(&part, &mut grad_x);
                }
            }
            sizes.add_turned(
                gradients.slots.get_or_alloc_mut(&weight_ghost)?,
                &turned_grad,
            );
            if wants_x {
                **gradients.slots.get_or_alloc_mut(&x_ghost)? = grad_x;
            }
            Ok(())
        });
    }
    y.put_tape(tape)
}
