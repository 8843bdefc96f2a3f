use super::{init_normal, init_uniform};
use dfdx::prelude::{Device, HasShape, Shape, Tensor};
use vae_ops::Real;

/// How many numbers go into an output and how many outputs a number goes into, for a weight (O, I) or (O, C, K, K): I and O
/// times the K² of a window.
///
/// The weight of a transposed convolution is (C, O, K, K): its two fans are exchanged, here as in PyTorch.
fn fans<S: Shape>(shape: &S) -> [f64; 2] {
    const {
        assert!(
            S::NUM_DIMS >= 2,
            "a weight has at least two axes: outputs and inputs"
        )
    };
    let sizes = shape.concrete();
    let window: usize = sizes.into_iter().skip(2).product();
    [sizes[1] * window, sizes[0] * window].map(|fan| fan as f64)
}

/// Fills a weight with N(0, g²/n), where n numbers go into an output: He et al. (2015), eq. 10, with the gain g = √2 of
/// ReLU.
///
/// n is I for a weight (O, I), and CK² for the (O, C, K, K) of a convolution.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_reparam::init_kaiming_normal;
///
/// let mut weight: Tensor<Rank2<50, 200>, f32, _> = Cpu::seed_from_u64(0).zeros();
/// init_kaiming_normal(&mut weight, 2f64.sqrt());
/// let variance = weight.square().mean::<Rank0, _>().array();
/// assert!((variance * 200.0 / 2.0 - 1.0).abs() < 0.05);
/// ```
pub fn init_kaiming_normal<S: Shape, E: Real, D: Device<E>>(
    weight: &mut Tensor<S, E, D>,
    gain: f64,
) {
    let [inputs, _] = fans(weight.shape());
    init_normal(weight, gain / inputs.sqrt());
}

/// Fills a weight with numbers uniform on ±g√(3/n), of variance g²/n: as [`init_kaiming_normal`].
///
/// ```
/// use dfdx::prelude::*;
/// use vae_reparam::init_kaiming_uniform;
///
/// let mut weight: Tensor<Rank4<8, 3, 2, 2>, f32, _> = Cpu::seed_from_u64(0).zeros();
/// init_kaiming_uniform(&mut weight, 1.0);
/// assert!(weight.as_vec().iter().all(|w| w.abs() < 0.5)); // √(3/12)
/// ```
pub fn init_kaiming_uniform<S: Shape, E: Real, D: Device<E>>(
    weight: &mut Tensor<S, E, D>,
    gain: f64,
) {
    let [inputs, _] = fans(weight.shape());
    init_uniform(weight, gain * (3.0 / inputs).sqrt());
}

/// Fills a weight with N(0, 2g²/(n + m)), where n numbers go into an output and a number goes into m outputs: Glorot &
/// Bengio (2010), eq. 12, with the gain g = 1.
///
/// n is I and m is O for a weight (O, I), and both are K² times as many for the (O, C, K, K) of a convolution.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_reparam::init_xavier_normal;
///
/// let mut weight: Tensor<Rank2<50, 200>, f32, _> = Cpu::seed_from_u64(0).zeros();
/// init_xavier_normal(&mut weight, 1.0);
/// let variance = weight.square().mean::<Rank0, _>().array();
/// assert!((variance * 250.0 / 2.0 - 1.0).abs() < 0.05);
/// ```
pub fn init_xavier_normal<S: Shape, E: Real, D: Device<E>>(
    weight: &mut Tensor<S, E, D>,
    gain: f64,
) {
    let [inputs, outputs] = fans(weight.shape());
    init_normal(weight, gain * (2.0 / (inputs + outputs)).sqrt());
}

/// Fills a weight with numbers uniform on ±g√(6/(n + m)), of variance 2g²/(n + m): as [`init_xavier_normal`]; Glorot &
/// Bengio (2010), eq. 16.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_reparam::init_xavier_uniform;
///
/// let mut weight: Tensor<Rank2<8, 16>, f32, _> = Cpu::seed_from_u64(0).zeros();
/// init_xavier_uniform(&mut weight, 1.0);
/// assert!(weight.as_vec().iter().all(|w| w.abs() < 0.5)); // √(6/24)
/// ```
pub fn init_xavier_uniform<S: Shape, E: Real, D: Device<E>>(
    weight: &mut Tensor<S, E, D>,
    gain: f64,
) {
    let [inputs, outputs] = fans(weight.shape());
    init_uniform(weight, gain * (6.0 / (inputs + outputs)).sqrt());
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::*;

    /// The mean square of the elements, and the largest.
    fn moments<S: ConstShape>(init: impl Fn(&mut Tensor<S, f64, Cpu>, f64), gain: f64) -> [f64; 2] {
        let mut weight: Tensor<S, f64, _> = Cpu::seed_from_u64(7).zeros();
        init(&mut weight, gain);
        let values = weight.as_vec();
        let largest = values.iter().fold(0.0, |m: f64, w| m.max(w.abs()));
        let squares = values.iter().map(|w| w * w).sum::<f64>();
        [squares / values.len() as f64, largest]
    }

    /// Variances to four standard errors of 51 200 normal numbers, and the bound of uniform ones.
    #[track_caller]
    fn check<S: ConstShape>(
        normal: impl Fn(&mut Tensor<S, f64, Cpu>, f64),
        uniform: impl Fn(&mut Tensor<S, f64, Cpu>, f64),
        variance: f64,
    ) {
        for gain in [1.0, 2f64.sqrt()] {
            let variance = gain * gain * variance;
            let tolerance = 4.0 * variance * (2.0 / 51_200.0f64).sqrt();
            let [mean_square, largest] = moments(&normal, gain);
            assert!((mean_square - variance).abs() < tolerance);
            assert!(largest > 3.5 * variance.sqrt());
            let [mean_square, largest] = moments(&uniform, gain);
            assert!((mean_square - variance).abs() < tolerance);
            let bound = (3.0 * variance).sqrt();
            assert!(largest < bound && largest > 0.999 * bound);
        }
    }

    #[test]
    fn variances_follow_the_fans() {
        type Matrix = Rank2<256, 200>;
        type Filters = Rank4<64, 32, 5, 5>;
        let (linear, conv) = ([200.0, 256.0], [32.0 * 25.0, 64.0 * 25.0]);
        check::<Matrix>(init_kaiming_normal, init_kaiming_uniform, 1.0 / linear[0]);
        check::<Filters>(init_kaiming_normal, init_kaiming_uniform, 1.0 / conv[0]);
        let both = |[inputs, outputs]: [f64; 2]| 2.0 / (inputs + outputs);
        check::<Matrix>(init_xavier_normal, init_xavier_uniform, both(linear));
        check::<Filters>(init_xavier_normal, init_xavier_uniform, both(conv));
    }
}
