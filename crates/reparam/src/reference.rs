use rand::Rng;
use rand_distr::StandardNormal;
use vae_ops::Real;

/// Fills `out` with standard normal numbers from any generator, one after the other, by the ziggurat of `rand_distr`
/// (Marsaglia and Tsang 2000): the plain way, to compare [`Noise`](crate::Noise) with.
///
/// ```
/// use vae_reparam::{Noise, fill_normal_from};
///
/// let mut out = [0.0f32; 1000];
/// fill_normal_from(&mut Noise::new(0, "reference").rng(), &mut out);
/// assert!(out.iter().all(|x| x.abs() < 5.0) && out.iter().any(|x| x.abs() > 2.0));
/// ```
pub fn fill_normal_from<E: Real>(rng: &mut impl Rng, out: &mut [E]) {
    for out in out {
        *out = E::of(rng.sample(StandardNormal));
    }
}
