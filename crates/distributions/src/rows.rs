use dfdx::prelude::{Dim, HasShape, NoneTape, PutTape, ReshapeTo, Tensor, TensorFromVec};
use vae_ops::{Batch, Real, Record, as_slice};

/// 1 in all elements of the rows for which `holds`, 0 in those of the others: a formula's way to know of its row.
pub(crate) fn rows_where<const K: usize, N: Dim, E: Real, T: Record<E>>(
    inputs: [&Batch<N, E, T>; K],
    holds: impl Fn([&[E]; K]) -> bool,
) -> Batch<N, E, T> {
    let inputs = inputs.map(|x| x.retaped::<NoneTape>().contiguous());
    let (shape, device) = (*inputs[0].shape(), Tensor::device(&inputs[0]));
    let event = shape.1.size();
    let mut values = Vec::with_capacity(shape.0 * event);
    for row in 0..shape.0 {
        let rows = inputs
            .each_ref()
            .map(|x| &as_slice(x)[row * event..][..event]);
        let value = if holds(rows) { E::one() } else { E::zero() };
        values.resize(values.len() + event, value);
    }
    device.tensor_from_vec(values, shape).put_tape(T::default())
}

/// Which rows are points of the open simplex: all elements above 0, their sum 1 to 10⁻⁴.
pub(crate) fn on_simplex<N: Dim, E: Real, T: Record<E>>(x: &Batch<N, E, T>) -> Batch<N, E, T> {
    rows_where([x], |[x]| {
        let sum: f64 = x.iter().map(|x| x.as_f64()).sum();
        x.iter().all(|x| *x > E::zero()) && (sum - 1.0).abs() <= 1e-4
    })
}

/// One draw per example, from its row of parameters, which `one` overwrites, in `f64`.
pub(crate) fn draw_rows<N: Dim, E: Real, T: Record<E>>(
    parameters: &Batch<N, E, T>,
    mut one: impl FnMut(&mut [f64]),
) -> Batch<N, E> {
    let parameters = parameters.retaped::<NoneTape>().contiguous();
    let mut values: Vec<f64> = as_slice(&parameters).iter().map(|x| x.as_f64()).collect();
    let (shape, device) = (*parameters.shape(), Tensor::device(&parameters));
    values.chunks_mut(shape.1.size().max(1)).for_each(&mut one);
    device.tensor_from_vec(values.into_iter().map(E::of).collect(), shape)
}

/// Overwrites logarithms of positive numbers, whatever their sizes, with these numbers divided by their sum, each at
/// least the smallest normal one: a draw stays inside of its support.
pub(crate) fn normalize<E: Real>(logarithms: &mut [f64]) {
    let max = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    logarithms.iter_mut().for_each(|x| *x = (*x - max).exp());
    let sum: f64 = logarithms.iter().sum();
    let least = E::min_positive_value().as_f64();
    logarithms
        .iter_mut()
        .for_each(|x| *x = (*x / sum).max(least));
}
