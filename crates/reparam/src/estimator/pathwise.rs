use super::Estimator;
use crate::Weighed;

/// The gradient of the bound itself, through the samples (Kingma & Welling 2014; Burda, Grosse & Salakhutdinov 2016):
/// unbiased for any K. As K grows, the gradient of q's parameters drowns in its noise (Rainforth et al. 2018).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pathwise;

impl Estimator for Pathwise {
    const SCORE: bool = true;

    fn through_samples(weighed: &Weighed) -> &[f64] {
        &weighed.encoder
    }
}
