use super::{Estimator, Pathwise};
use crate::Weighed;

/// Another estimator through a few of the samples alone, drawn in proportion to their weights (Burda, Grosse & Salakhutdinov 2016,
/// section 3).
///
/// The gradient stays as biased or unbiased as it was, and the bound is that of all samples. Where most of them are not drawn,
/// linear layers skip their share of the way back, which is two thirds of the products. The draws are systematic, so a sample
/// whose weight is a share s of the sum is drawn `kept` · s times, rounded up or down.
///
/// ```
/// use vae_reparam::{Pathwise, Resampled};
///
/// let estimator = Resampled { estimator: Pathwise, kept: 5 };
/// # let _ = estimator;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Resampled<G = Pathwise> {
    /// How the gradient gets through the samples that are drawn.
    pub estimator: G,
    /// Draws for each example. All samples are used where there are no more of them.
    pub kept: usize,
}

impl<G: Estimator> Estimator for Resampled<G> {
    const SCORE: bool = G::SCORE;

    fn through_samples(weighed: &Weighed) -> &[f64] {
        G::through_samples(weighed)
    }

    fn thin(&self, weighed: &mut Weighed, u: f64) {
        if self.kept >= weighed.model.len() {
            return;
        }
        let sum = |weights: &[f64]| weights.iter().map(|w| w.abs()).sum::<f64>().max(1e-300);
        let sums = [sum(&weighed.model), sum(&weighed.encoder)];
        // Draw j is made where the sum of the shares so far passes j + u.
        let (mut passed, mut draws) = (0.0, 0.0);
        for k in 0..weighed.model.len() {
            let shares = weighed.model[k].abs() / sums[0] + weighed.encoder[k].abs() / sums[1];
            let expected = self.kept as f64 * 0.5 * shares;
            passed += expected;
            let now = (passed - u).ceil().max(0.0);
            let factor = if now > draws {
                (now - draws) / expected
            } else {
                0.0
            };
            draws = now;
            for weights in [
                &mut weighed.model,
                &mut weighed.encoder,
                &mut weighed.doubly,
            ] {
                weights[k] *= factor;
            }
        }
    }
}
