use crate::conv::{assert_places, extent, places};
use crate::gradients::address;
use crate::{Extent, Images, Real, Record, Window, as_slice};
use dfdx::prelude::{HasShape, PutTape, ReshapeTo, SplitTape, TensorFromVec};
use std::ops::Range;

/// The largest pixel that a [`Window`] sees at each of its places; padding is never the largest.
///
/// Shapes: `x` (B, C, H, W), result (B, C, H′, W′) with H′ = ⌊(H + 2P − K) / S⌋ + 1, and W′ alike. The gradient goes to
/// the first of several largest pixels. NaN is the largest of all.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{max_pool2d, Images, Window};
///
/// let x = Cpu::default().tensor_from_vec((0..16).map(|i| i as f32).collect(), (1, Const::<1>, Const::<4>, Const::<4>));
/// let y: Images<Const<1>, Const<2>, Const<2>> = max_pool2d(x, Window::<2, 2>);
/// assert_eq!(y.as_vec(), [5.0, 7.0, 13.0, 15.0]);
/// ```
///
/// A wrong size does not compile:
///
/// ```compile_fail,E0080
/// # use dfdx::prelude::*;
/// # use vae_ops::{max_pool2d, Images, Window};
/// let x = Cpu::default().tensor_from_vec((0..16).map(|i| i as f32).collect(), (1, Const::<1>, Const::<4>, Const::<4>));
/// let y: Images<Const<1>, Const<2>, Const<3>> = max_pool2d(x, Window::<2, 2>);
/// ```
///
/// # Panics
/// If run-time sizes (`usize`) do not fit.
pub fn max_pool2d<
    C: Extent,
    H: Extent,
    W: Extent,
    H2: Extent,
    W2: Extent,
    E: Real,
    T: Record<E>,
    const K: usize,
    const S: usize,
    const P: usize,
>(
    x: Images<C, H, W, E, T>,
    window: Window<K, S, P>,
) -> Images<C, H2, W2, E, T> {
    pool(
        x,
        window,
        |plane, seen| plane[largest(plane, seen)],
        |plane, seen, grad_y, grad_plane| grad_plane[largest(plane, seen)] += grad_y,
    )
}

/// The mean of the pixels that a [`Window`] sees at each of its places, where padding counts as zeros.
///
/// Shapes: `x` (B, C, H, W), result (B, C, H′, W′) with H′ = ⌊(H + 2P − K) / S⌋ + 1, and W′ alike.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_ops::{avg_pool2d, Images, Window};
///
/// let x = Cpu::default().tensor_from_vec((0..16).map(|i| i as f32).collect(), (1, Const::<1>, Const::<4>, Const::<4>));
/// let y: Images<Const<1>, Const<2>, Const<2>> = avg_pool2d(x, Window::<2, 2>);
/// assert_eq!(y.as_vec(), [2.5, 4.5, 10.5, 12.5]);
/// ```
///
/// # Panics
/// If run-time sizes (`usize`) do not fit.
pub fn avg_pool2d<
    C: Extent,
    H: Extent,
    W: Extent,
    H2: Extent,
    W2: Extent,
    E: Real,
    T: Record<E>,
    const K: usize,
    const S: usize,
    const P: usize,
>(
    x: Images<C, H, W, E, T>,
    window: Window<K, S, P>,
) -> Images<C, H2, W2, E, T> {
    let share = E::of(1.0 / (K * K) as f64);
    pool(
        x,
        window,
        move |plane, seen| seen.pixels().fold(E::zero(), |sum, i| sum + plane[i]) * share,
        move |_, seen, grad_y, grad_plane| {
            for i in seen.pixels() {
                grad_plane[i] += grad_y * share;
            }
        },
    )
}

/// Index of the first of the largest pixels; NaN is the largest.
fn largest<E: Real>(plane: &[E], seen: &Seen) -> usize {
    let larger = |best: usize, i: usize| {
        let larger = plane[i] > plane[best] || (plane[i].is_nan() && !plane[best].is_nan());
        if larger { i } else { best }
    };
    seen.pixels().reduce(larger).unwrap_or_default()
}

/// What a window sees at one place: the part of its rows and columns that lies in the image.
struct Seen {
    rows: Range<usize>,
    columns: Range<usize>,
    width: usize,
}

impl Seen {
    /// Indices in the plane, row after row.
    fn pixels(&self) -> impl Iterator<Item = usize> {
        let rows = self.rows.clone();
        rows.flat_map(move |row| {
            self.columns
                .clone()
                .map(move |column| row * self.width + column)
        })
    }
}

/// What the window sees at a place, with `places_per_row` in a row, on a plane of `[height, width]`.
fn look<const K: usize, const S: usize, const P: usize>(
    place: usize,
    [height, width]: [usize; 2],
    places_per_row: usize,
) -> Seen {
    let inside = |at: usize, len: usize| (at * S).saturating_sub(P)..(at * S + K - P).min(len);
    Seen {
        rows: inside(place / places_per_row, height),
        columns: inside(place % places_per_row, width),
        width,
    }
}

/// `value` of what the window sees of each plane, and the `gradient` that it gives back.
fn pool<
    C: Extent,
    H: Extent,
    W: Extent,
    H2: Extent,
    W2: Extent,
    E: Real,
    T: Record<E>,
    const K: usize,
    const S: usize,
    const P: usize,
>(
    x: Images<C, H, W, E, T>,
    _window: Window<K, S, P>,
    value: impl Fn(&[E], &Seen) -> E,
    gradient: impl Fn(&[E], &Seen, E, &mut [E]) + 'static,
) -> Images<C, H2, W2, E, T> {
    const { assert_places::<H, H2, K, S, P>() };
    const { assert_places::<W, W2, K, S, P>() };
    const {
        assert!(
            2 * P <= K,
            "padding of more than half a window would be all that it sees"
        )
    };
    let (x, mut tape) = x.contiguous().split_tape();
    let (batch, c, h, w) = *x.shape();
    let sides = [h.size(), w.size()];
    let [long, wide] = sides.map(|side| places(side, [K, S, P]));
    let (h2, w2): (H2, W2) = (extent(long), extent(wide));
    let (plane, places) = (sides[0] * sides[1], long * wide);

    let mut out = Vec::with_capacity(batch * c.size() * places);
    for x in as_slice(&x).chunks_exact(plane.max(1)) {
        out.extend((0..places).map(|place| value(x, &look::<K, S, P>(place, sides, wide))));
    }
    let y = x.device().tensor_from_vec(out, (batch, c, h2, w2));

    if T::OWNS_TAPE {
        let (x_ghost, y_ghost) = (x.ghost(), y.ghost());
        tape.record(&[address(&x)], move |gradients| {
            let grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            let grad_x = gradients.slots.get_or_alloc_mut(&x_ghost)?;
            let planes = as_slice(&x).chunks_exact(plane.max(1));
            let grads = grad_x.chunks_exact_mut(plane.max(1));
            for ((x, grad_x), grad) in planes.zip(grads).zip(grad.chunks_exact(places)) {
                for (place, grad) in grad.iter().enumerate() {
                    gradient(x, &look::<K, S, P>(place, sides, wide), *grad, grad_x);
                }
            }
            Ok(())
        });
    }
    y.put_tape(tape)
}
