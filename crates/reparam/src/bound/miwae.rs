use super::{Bound, Iwae, Weighed};

/// The mean of M importance-weighted bounds of K/M samples each (Rainforth et al. 2018, eq. 14): as many groups as samples
/// make it the evidence lower bound, one group makes it [`Iwae`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Miwae {
    /// M, which divides the number of samples.
    pub groups: usize,
}

impl Bound for Miwae {
    /// # Panics
    /// If the samples cannot be cut into that many groups.
    fn weigh(&self, log_weights: &[f64]) -> Weighed {
        let samples = log_weights.len();
        assert!(
            self.groups > 0 && samples.is_multiple_of(self.groups),
            "{samples} samples in {} groups",
            self.groups
        );
        let share = 1.0 / self.groups as f64;
        let (mut value, mut weights, mut doubly) = (0.0, Vec::new(), Vec::new());
        for group in log_weights.chunks(samples / self.groups) {
            let group = Iwae.weigh(group);
            value += share * group.value;
            weights.extend(group.model.iter().map(|w| share * w));
            doubly.extend(group.doubly.iter().map(|w| share * w));
        }
        Weighed::new(value, weights, doubly)
    }
}
