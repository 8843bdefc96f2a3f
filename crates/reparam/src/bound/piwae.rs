use super::{Bound, Iwae, Miwae, Weighed};

/// [`Iwae`] of all samples for the model, [`Miwae`] for q (Rainforth et al. 2018, §5.3), whose gradient drowns less in noise
/// when a bound is looser. The value is that of [`Iwae`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piwae {
    /// M, which divides the number of samples.
    pub groups: usize,
}

impl Bound for Piwae {
    /// # Panics
    /// If the samples cannot be cut into that many groups.
    fn weigh(&self, log_weights: &[f64]) -> Weighed {
        let Self { groups } = *self;
        Weighed {
            value: Iwae.weigh(log_weights).value,
            model: Iwae.weigh(log_weights).model,
            ..Miwae { groups }.weigh(log_weights)
        }
    }
}
