use crate::conv::extent;
use crate::gradients::address;
use crate::{Extent, Images, Message, Real, Record, as_slice};
use dfdx::prelude::{HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};

/// An integer factor by which images grow, in both directions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scale<const FACTOR: usize>;

/// Repeats every pixel in a square of F × F.
///
/// Shapes: `x` (B, C, H, W), result (B, C, F·H, F·W).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{upsample_nearest, Images, Scale};
///
/// let x = Cpu::default().tensor_from_vec(vec![1.0f32, 2.0], (1, Const::<1>, Const::<1>, Const::<2>));
/// let y: Images<Const<1>, Const<2>, Const<4>> = upsample_nearest(x, Scale::<2>);
/// assert_eq!(y.as_vec(), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
/// ```
///
/// A wrong size does not compile:
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_ops::{upsample_nearest, Images, Scale};
/// let x = Cpu::default().tensor_from_vec(vec![1.0f32, 2.0], (1, Const::<1>, Const::<1>, Const::<2>));
/// let y: Images<Const<1>, Const<2>, Const<5>> = upsample_nearest(x, Scale::<2>);
/// ```
pub fn upsample_nearest<
    C: Extent,
    H: Extent,
    W: Extent,
    H2: Extent,
    W2: Extent,
    E: Real,
    T: Record<E>,
    const F: usize,
>(
    x: Images<C, H, W, E, T>,
    scale: Scale<F>,
) -> Images<C, H2, W2, E, T> {
    upsample(
        x,
        scale,
        |plane, [_, width], out| {
            for row in plane.chunks_exact(width) {
                let long = row.iter().flat_map(|x| std::iter::repeat_n(*x, F));
                (0..F).for_each(|_| out.extend(long.clone()));
            }
        },
        |grad, [_, width], grad_plane| {
            for (i, line) in grad.chunks_exact(F * width).enumerate() {
                let row = &mut grad_plane[i / F * width..][..width];
                for (sum, grads) in row.iter_mut().zip(line.chunks_exact(F)) {
                    grads.iter().for_each(|g| *sum += *g);
                }
            }
        },
    )
}

/// Interpolates linearly between the centres of pixels, and continues constantly beyond the outermost: bilinear
/// interpolation as PyTorch's with `align_corners=False`.
///
/// Along one side yᵢ = (1 − t)·x_⌊u⌋ + t·x_⌊u⌋₊₁ with u = max((i + ½) / F − ½, 0) and t = u − ⌊u⌋.
///
/// Shapes: `x` (B, C, H, W), result (B, C, F·H, F·W).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{upsample_bilinear, Images, Scale};
///
/// let x = Cpu::default().tensor_from_vec(vec![0.0f32, 4.0], (1, Const::<1>, Const::<1>, Const::<2>));
/// let y: Images<Const<1>, Const<2>, Const<4>> = upsample_bilinear(x, Scale::<2>);
/// assert_eq!(y.as_vec(), [0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
/// ```
pub fn upsample_bilinear<
    C: Extent,
    H: Extent,
    W: Extent,
    H2: Extent,
    W2: Extent,
    E: Real,
    T: Record<E>,
    const F: usize,
>(
    x: Images<C, H, W, E, T>,
    scale: Scale<F>,
) -> Images<C, H2, W2, E, T> {
    // The two pixels along a side that each pixel of the result mixes, and their weights.
    let mixes = |len: usize| {
        (0..F * len).map(move |at| {
            let u = ((at as f64 + 0.5) / F as f64 - 0.5).max(0.0);
            let (low, t) = (u as usize, u.fract());
            let high = (low + 1).min(len - 1);
            [(low, E::of(1.0 - t)), (high, E::of(t))]
        })
    };
    upsample(
        x,
        scale,
        move |plane, [height, width], out| {
            for [(top, a), (bottom, b)] in mixes(height) {
                let [top, bottom] = [top, bottom].map(|row| &plane[row * width..][..width]);
                out.extend(mixes(width).map(|[(left, c), (right, d)]| {
                    a * (c * top[left] + d * top[right])
                        + b * (c * bottom[left] + d * bottom[right])
                }));
            }
        },
        move |grad, [height, width], grad_plane| {
            let lines = grad.chunks_exact(F * width);
            for ([(top, a), (bottom, b)], line) in mixes(height).zip(lines) {
                for ([(left, c), (right, d)], g) in mixes(width).zip(line) {
                    grad_plane[top * width + left] += *g * a * c;
                    grad_plane[top * width + right] += *g * a * d;
                    grad_plane[bottom * width + left] += *g * b * c;
                    grad_plane[bottom * width + right] += *g * b * d;
                }
            }
        },
    )
}

/// Appends what `up` makes of each plane; `down` adds to the gradient of a plane. Both are given `[height, width]` of x.
fn upsample<
    C: Extent,
    H: Extent,
    W: Extent,
    H2: Extent,
    W2: Extent,
    E: Real,
    T: Record<E>,
    const F: usize,
>(
    x: Images<C, H, W, E, T>,
    _scale: Scale<F>,
    up: impl Fn(&[E], [usize; 2], &mut Vec<E>),
    down: impl Fn(&[E], [usize; 2], &mut [E]) + 'static,
) -> Images<C, H2, W2, E, T> {
    const { assert_scaled::<H, H2, F>() };
    const { assert_scaled::<W, W2, F>() };
    let (x, mut tape) = x.contiguous().split_tape();
    let (batch, c, h, w) = *x.shape();
    let sides = [h.size(), w.size()];
    let (h2, w2): (H2, W2) = (extent(F * sides[0]), extent(F * sides[1]));
    let plane = (sides[0] * sides[1]).max(1);

    let mut out = Vec::with_capacity(F * F * as_slice(&x).len());
    let planes = as_slice(&x).chunks_exact(plane);
    planes.for_each(|plane| up(plane, sides, &mut out));
    let y = x.device().tensor_from_vec(out, (batch, c, h2, w2));

    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.record(&[address(&x)], move |gradients| {
            let grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            let grad_x = gradients.slots.get_or_alloc_mut(&x_ghost)?;
            let grads = grad.chunks_exact(F * F * plane);
            for (grad_plane, grad) in grad_x.chunks_exact_mut(plane).zip(grads) {
                down(grad, sides, grad_plane);
            }
            Ok(())
        });
    }
    y.put_tape(tape)
}

/// `Long` is `F` times `Short`. Where the compiler knows both sizes, it refuses others.
const fn assert_scaled<Short: Extent, Long: Extent, const F: usize>() {
    assert!(F > 0, "images grow by a factor of at least 1");
    if let (Some(short), Some(long)) = (Short::KNOWN, Long::KNOWN)
        && short * F != long
    {
        Message::new("an image of ")
            .number(short)
            .text(" pixels a side, upsampled by ")
            .number(F)
            .text(", does not have ")
            .number(long)
            .panic();
    }
}
