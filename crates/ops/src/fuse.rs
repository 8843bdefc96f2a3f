//! Passes over whole buffers that operations share.

use crate::reduce::{add_up, total};
use crate::{Activation, Real};

/// x ← f(x).
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
pub(crate) fn activate<E: Real, F: Activation>(x: &mut [E]) {
    x.iter_mut().for_each(|x| *x = F::value(*x));
}

/// The gradient before the activation from the one behind it: g ← g · f′, with f′ taken from y = f(x).
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
pub(crate) fn chain<E: Real, F: Activation>(grad: &mut [E], y: &[E]) {
    grad.iter_mut()
        .zip(y)
        .for_each(|(g, y)| *g *= F::derivative(*y));
}

/// `sums` += the sum of every channel of `x`, (B, C, places).
#[cfg_attr(
    not(feature = "portable"),
    multiversion::multiversion(targets = "simd")
)]
pub(crate) fn add_channels<E: Real>(sums: &mut [E], x: &[E], places: usize) {
    let channels = sums.len();
    for (channel, sum) in sums.iter_mut().enumerate() {
        let mut parts = [0.0; 16];
        let planes = x.chunks_exact(places).skip(channel).step_by(channels);
        planes.for_each(|plane| add_up(&mut parts, plane));
        *sum += E::of(total(&parts));
    }
}
