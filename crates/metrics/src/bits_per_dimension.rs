use std::f64::consts::LN_2;

/// −ln p(x) of an example of N = `dimensions` numbers, in bits for each of them: nats / (N ln 2).
///
/// For x that takes one of L levels, with its probability under the model: then a uniform distribution has log₂ L, 8 of 8-bit
/// images, and less is what a code by the model would take. Comparable only for the same levels: the binarized images of a set,
/// or those of 5 bits, have other numbers. The density of a continuous likelihood has no such scale; it changes with the units of x.
///
/// ```
/// // A pixel of 256 levels, all equally likely, in an image of 28 × 28.
/// let nats = 784.0 * 256f64.ln();
/// assert_eq!(vae_metrics::bits_per_dimension(nats, 784), 8.0);
/// ```
pub fn bits_per_dimension(nats: f64, dimensions: usize) -> f64 {
    nats / (dimensions as f64 * LN_2)
}
