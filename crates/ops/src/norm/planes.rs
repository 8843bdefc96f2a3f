use super::layer_norm::add;
use super::{sum, sum_of};
use crate::axis::Lanes;
use crate::gradients::address;
use crate::{Extent, Images, Real, Record, as_slice};
use dfdx::prelude::{Cpu, HasShape, PutTape, ReshapeTo, SplitTape, Tensor, TensorFromVec};

/// Which planes (one channel of one image) are normalized together.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Over {
    /// Each of this many groups of channels of an image.
    Groups(usize),
    /// A channel of all images.
    Batch,
}

/// Sizes: images, channels, and pixels of a plane.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    channels: usize,
    plane: usize,
    over: Over,
}

impl Sizes {
    /// The set of planes that plane `p`, in memory order, is normalized with.
    fn set(&self, p: usize) -> usize {
        match self.over {
            Over::Groups(groups) => p / (self.channels / groups),
            Over::Batch => p % self.channels,
        }
    }

    fn sets(&self) -> usize {
        match self.over {
            Over::Groups(groups) => self.batch * groups,
            Over::Batch => self.channels,
        }
    }

    /// Pixels of a set.
    fn len(&self) -> f64 {
        (self.batch * self.channels * self.plane) as f64 / self.sets() as f64
    }
}

/// Mean and variance, ⟨x⟩ and ⟨(x − ⟨x⟩)²⟩, of every set of planes.
pub(super) type Moments = Vec<[f64; 2]>;

/// y = γ·(x − μ) / √(σ² + ε) + β with γ and β per channel, and μ and σ² of the set, or `given` ones, which are constants.
pub(super) fn normalize<C: Extent, H: Extent, W: Extent, E: Real, T: Record<E>>(
    x: Images<C, H, W, E, T>,
    scale: Tensor<(C,), E, Cpu, T>,
    shift: Tensor<(C,), E, Cpu, T>,
    epsilon: f64,
    over: Over,
    given: Option<Moments>,
) -> (Images<C, H, W, E, T>, Moments) {
    let (x, x_tape) = x.contiguous().split_tape();
    let (scale, scale_tape) = scale.contiguous().split_tape();
    let (shift, shift_tape) = shift.contiguous().split_tape();
    let wants_x = x_tape.wants_gradient();
    let mut tape = x_tape.merge(scale_tape).merge(shift_tape);
    let (batch, c, h, w) = *x.shape();
    assert_eq!((c,), *scale.shape(), "scale and image differ in channels");
    assert_eq!((c,), *shift.shape(), "shift and image differ in channels");
    let mut sizes = Sizes {
        batch,
        channels: c.size(),
        plane: (h.size() * w.size()).max(1),
        over,
    };
    // Rows, images of one pixel, are worked on transposed: as one image, with the batch in the place of the pixels.
    let rows = over == Over::Batch && sizes.plane == 1;
    if rows {
        (sizes.batch, sizes.plane) = (1, batch.max(1));
    }
    let lanes = Lanes::new(x.shape(), if rows { 0 } else { 3 });

    let fixed = given.is_some();
    let values = lanes.gather(as_slice(&x));
    let moments = given.unwrap_or_else(|| moments(&values[..], sizes));
    let kept: Vec<[E; 2]> = moments
        .iter()
        .map(|[mean, variance]| [*mean, 1.0 / (variance + epsilon).sqrt()].map(E::of))
        .collect();
    let mut out = vec![E::zero(); values.len()];
    apply(
        &mut out[..],
        &values[..],
        as_slice(&scale),
        as_slice(&shift),
        &kept,
        sizes,
    );
    drop(values);
    let y = x
        .device()
        .tensor_from_vec(lanes.scatter(out), (batch, c, h, w));

    if T::OWNS_TAPE {
        let (x_ghost, scale_ghost, shift_ghost, y_ghost) =
            (x.ghost(), scale.ghost(), shift.ghost(), y.ghost());
        let addresses = [address(&x), address(&scale), address(&shift)];
        tape.record(&addresses, move |gradients| {
            let grad = std::mem::take(&mut **gradients.slots.get_or_alloc_mut(&y_ghost)?);
            let (grad, values) = (lanes.gather_own(grad), lanes.gather(as_slice(&x)));
            let sums = gradient_sums(&grad[..], &values[..], &kept, sizes);
            let (mut grad_scale, mut grad_shift) =
                (vec![0.0; sizes.channels], vec![0.0; sizes.channels]);
            // ⟨γg⟩ and ⟨γg·x̂⟩ of each set; zero where the moments do not depend on x.
            let mut means = vec![[0.0; 2]; sizes.sets()];
            for (p, [level, slope]) in sums.into_iter().enumerate() {
                let channel = p % sizes.channels;
                grad_shift[channel] += level;
                grad_scale[channel] += slope;
                if !fixed {
                    let gamma = as_slice(&scale)[channel].as_f64() / sizes.len();
                    means[sizes.set(p)][0] += gamma * level;
                    means[sizes.set(p)][1] += gamma * slope;
                }
            }
            add(gradients.slots.get_or_alloc_mut(&scale_ghost)?, &grad_scale);
            add(gradients.slots.get_or_alloc_mut(&shift_ghost)?, &grad_shift);
            if wants_x {
                let slot = &mut **gradients.slots.get_or_alloc_mut(&x_ghost)?;
                let mut grad_x = lanes.gather_own(std::mem::take(slot));
                let gamma = as_slice(&scale);
                add_gradient(
                    &mut grad_x[..],
                    &grad[..],
                    &values[..],
                    gamma,
                    &kept,
                    &means,
                    sizes,
                );
                *slot = lanes.scatter(grad_x);
            }
            Ok(())
        });
    }
    (y.put_tape(tape), moments)
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn moments<E: Real>(x: &[E], sizes: Sizes) -> Moments {
    let mut moments = vec![[0.0; 2]; sizes.sets()];
    for (p, x) in x.chunks_exact(sizes.plane).enumerate() {
        moments[sizes.set(p)][0] += sum(x) / sizes.len();
    }
    for (p, x) in x.chunks_exact(sizes.plane).enumerate() {
        let [mean, variance] = &mut moments[sizes.set(p)];
        *variance += sum_of(x, x, |x, _| (x - *mean) * (x - *mean)) / sizes.len();
    }
    moments
}

#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn apply<E: Real>(out: &mut [E], x: &[E], gamma: &[E], beta: &[E], kept: &[[E; 2]], sizes: Sizes) {
    let planes = out
        .chunks_exact_mut(sizes.plane)
        .zip(x.chunks_exact(sizes.plane));
    for (p, (out, x)) in planes.enumerate() {
        let ([mean, inverse], channel) = (kept[sizes.set(p)], p % sizes.channels);
        let (factor, beta) = (inverse * gamma[channel], beta[channel]);
        for (out, x) in out.iter_mut().zip(x) {
            *out = (*x - mean) * factor + beta;
        }
    }
}

/// Σ g and Σ g·x̂ of every plane, with x̂ = (x − μ) / √(σ² + ε).
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn gradient_sums<E: Real>(grad: &[E], x: &[E], kept: &[[E; 2]], sizes: Sizes) -> Moments {
    let planes = grad
        .chunks_exact(sizes.plane)
        .zip(x.chunks_exact(sizes.plane));
    let sums = planes.enumerate().map(|(p, (grad, x))| {
        let [mean, inverse] = kept[sizes.set(p)].map(E::as_f64);
        [sum(grad), inverse * sum_of(grad, x, |g, x| g * (x - mean))]
    });
    sums.collect()
}

/// Adds the gradient of x: (γg − ⟨γg⟩ − x̂⟨γg·x̂⟩) / √(σ² + ε), with the `means` over the set.
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
fn add_gradient<E: Real>(
    grad_x: &mut [E],
    grad: &[E],
    x: &[E],
    gamma: &[E],
    kept: &[[E; 2]],
    means: &[[f64; 2]],
    sizes: Sizes,
) {
    let planes = grad
        .chunks_exact(sizes.plane)
        .zip(x.chunks_exact(sizes.plane));
    let planes = grad_x.chunks_exact_mut(sizes.plane).zip(planes);
    for (p, (grad_x, (grad, x))) in planes.enumerate() {
        let ([mean, inverse], gamma) = (kept[sizes.set(p)], gamma[p % sizes.channels]);
        let [level, slope] = means[sizes.set(p)].map(E::of);
        for ((grad_x, g), x) in grad_x.iter_mut().zip(grad).zip(x) {
            *grad_x += inverse * (gamma * *g - level - (*x - mean) * inverse * slope);
        }
    }
}
