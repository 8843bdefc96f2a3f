use super::Window;
use super::block::Geometry;
use super::window::{assert_divisible, assert_groups, assert_places, extent, places};
use crate::fuse::{add_channels, chain};
use crate::gradients::address;
use crate::{Activation, Extent, Identity, Images, Real, Record, activate, as_slice};
use dfdx::prelude::{Const, Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tensor, TensorFromVec};

/// y = f(x ⋆ w + b): two-dimensional convolution (cross-correlation, as in all deep learning), with the activation `f`
/// fused.
///
/// yₙₒᵢⱼ = f(bₒ + Σ_c Σ_k Σ_l w_ockl · x_{n, c, S·i + k − P, S·j + l − P}), where x is 0 outside of the image.
///
/// Shapes: `x` (B, C, H, W), `weight` (O, C/G, K, K), `bias` (O,), result (B, O, H′, W′) with
/// H′ = ⌊(H + 2P − K) / S⌋ + 1, and W′ alike, for a [`Window`] of K pixels, stride S, padding P and G groups. The
/// gradient of `x` is computed only if its tape [wants](Record::wants_gradient) it.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{conv2d, Images, Relu, Window};
///
/// let device = Cpu::default();
/// let x: Images<Const<1>, Const<28>, Const<28>> = device.ones_like(&(5, Const, Const, Const));
/// let weight: Tensor<Rank4<32, 1, 4, 4>, f32, _> = device.ones();
/// let bias: Tensor<Rank1<32>, f32, _> = device.zeros();
/// let y: Images<Const<32>, Const<14>, Const<14>> = conv2d(x, weight, bias, Window::<4, 2, 1>, Relu);
/// assert_eq!(y.as_vec()[..2], [9.0, 12.0]);
/// ```
///
/// A wrong size does not compile; the message is "a window of 4 pixels with stride 2 and padding 1 has 14 places along
/// 28 pixels, not 13":
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_ops::{conv2d, Images, Relu, Window};
/// # let device = Cpu::default();
/// # let x: Images<Const<1>, Const<28>, Const<28>> = device.ones_like(&(5, Const, Const, Const));
/// # let weight: Tensor<Rank4<32, 1, 4, 4>, f32, _> = device.ones();
/// # let bias: Tensor<Rank1<32>, f32, _> = device.zeros();
/// let y: Images<Const<32>, Const<14>, Const<13>> = conv2d(x, weight, bias, Window::<4, 2, 1>, Relu);
/// ```
///
/// # Panics
/// If run-time sizes (`usize`) do not fit.
pub fn conv2d<
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
    weight: Tensor<(O, I, Const<K>, Const<K>), E, Cpu, T>,
    bias: Tensor<(O,), E, Cpu, T>,
    _window: Window<K, S, P, G>,
    activation: F,
) -> Images<O, H2, W2, E, T> {
    const { assert_places::<H, H2, K, S, P>() };
    const { assert_places::<W, W2, K, S, P>() };
    const { assert_groups::<C, I, G>() };
    const { assert_divisible::<O, G>() };
    if F::FROM_INPUT {
        return activate(
            conv2d(x, weight, bias, Window::<K, S, P, G>, Identity),
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
    assert_eq!(
        *bias.shape(),
        (filters,),
        "a bias has one value for each map"
    );
    let places = |side: usize| places(side, [K, S, P]);
    let (h2, w2): (H2, W2) = (extent(places(h.size())), extent(places(w.size())));
    let sizes = Geometry::<K, S, P, G> {
        batch,
        images: [c.size(), h.size(), w.size()],
        maps: [filters.size(), h2.size(), w2.size()],
    }
    .check([filters.size(), channels.size()]);

    let mut out = vec![E::zero(); batch * sizes.maps.iter().product::<usize>()];
    let turned = sizes.turn(as_slice(&weight));
    let mut block = sizes.block();
    for part in sizes.parts() {
        block.load_images(&part, as_slice(&x));
        block.convolve(&part, &turned);
        block.store_maps::<F>(&part, &mut out, as_slice(&bias));
    }
    let y = x.device().tensor_from_vec(out, (batch, filters, h2, w2));

    if T::OWNS_TAPE {
        let (x_ghost, weight_ghost, bias_ghost, y_ghost) =
            (x.ghost(), weight.ghost(), bias.ghost(), y.ghost());
        let y_kept = y.clone();
        let addresses = [address(&x), address(&weight), address(&bias)];
        tape.record(&addresses, move |gradients| {
            let mut grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            chain::<E, F>(&mut grad, as_slice(&y_kept));
            let grad_bias = gradients.slots.get_or_alloc_mut(&bias_ghost)?;
            add_channels(&mut grad_bias[..], &grad[..], sizes.places());

            let mut turned_grad = vec![E::zero(); as_slice(&weight).len()];
            let mut grad_x = match wants_x {
                true => std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&x_ghost)?),
                false => Vec::new(),
            };
            let mut block = sizes.block();
            for part in sizes.parts() {
                block.load_maps(&part, &grad);
                block.load_images(&part, as_slice(&x));
                block.add_to_weight(&part, &mut turned_grad);
                if wants_x {
                    block.convolve_transposed(&part, as_slice(&weight));
                    block.add_to_images(&part, &mut grad_x);
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
