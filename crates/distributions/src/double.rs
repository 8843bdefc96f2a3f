use vae_ops::{Dual, Real};

/// A formula worked out in `f64` whatever the elements are: for one whose terms are much larger than their sum, or
/// that takes its parameters apart to more digits than an `f32` has.
#[inline(always)]
pub(crate) fn in_double<E: Real, const V: usize, const K: usize>(
    variables: [Dual<E, K>; V],
    f: impl Fn([Dual<f64, K>; V]) -> Dual<f64, K>,
) -> Dual<E, K> {
    let y = f(variables.map(|x| Dual {
        value: x.value.as_f64(),
        partials: x.partials.map(Real::as_f64),
    }));
    Dual {
        value: E::of(y.value),
        partials: y.partials.map(E::of),
    }
}
