use super::{Bound, Iwae, Miwae, Weighed};

/// β ELBO + (1 − β) IWAE, a convex combination (Rainforth et al. 2018, eq. 16).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ciwae {
    /// β in \[0, 1\]: the share of the evidence lower bound.
    pub beta: f64,
}

impl Bound for Ciwae {
    fn weigh(&self, log_weights: &[f64]) -> Weighed {
        let groups = log_weights.len();
        let (elbo, iwae) = (Miwae { groups }.weigh(log_weights), Iwae.weigh(log_weights));
        let mix = |elbo: f64, iwae: f64| match self.beta {
            // 0 · −∞ has no value.
            0.0 => iwae,
            1.0 => elbo,
            beta => beta * elbo + (1.0 - beta) * iwae,
        };
        let both = |elbo: &[f64], iwae: &[f64]| {
            let pairs = elbo.iter().zip(iwae);
            pairs.map(|(e, i)| mix(*e, *i)).collect()
        };
        Weighed::new(
            mix(elbo.value, iwae.value),
            both(&elbo.model, &iwae.model),
            both(&elbo.doubly, &iwae.doubly),
        )
    }
}
