use super::Estimator;
use crate::Weighed;

/// Σₖ w̃ₖ² ∂ln wₖ/∂zₖ ∇zₖ for the parameters of q, with w̃ₖ = wₖ/Σⱼ wⱼ, and the usual Σₖ w̃ₖ ∇ ln wₖ for those of the model
/// (DReG; Tucker et al. 2019, eq. 8): unbiased for any K, and [sticking the landing](crate::StickingTheLanding) for K = 1. Of lower
/// variance than [`Pathwise`](crate::Pathwise) close to the optimum; far from it, it need not be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DoublyReparameterized;

impl Estimator for DoublyReparameterized {
    const SCORE: bool = false;

    fn through_samples(weighed: &Weighed) -> &[f64] {
        &weighed.doubly
    }
}
