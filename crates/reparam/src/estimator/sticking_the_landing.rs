use super::Estimator;
use crate::Weighed;

/// The pathwise gradient without the score ∇ ln q(z|x) at fixed z, which is 0 in expectation (Roeder, Wu & Duvenaud 2017):
/// what is left is 0 for every single sample once q(z|x) is p(z|x). Unbiased for K = 1 only;
/// [`DoublyReparameterized`](crate::DoublyReparameterized) is for more.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StickingTheLanding;

impl Estimator for StickingTheLanding {
    const SCORE: bool = false;

    fn through_samples(weighed: &Weighed) -> &[f64] {
        &weighed.encoder
    }
}
