use super::Rsample;
use crate::Noise;
use dfdx::prelude::{Dim, NoneTape, PutTape};
use vae_distributions::{ElementDensity, ElementMixture, Laplace, Logistic, Normal, Sample};
use vae_ops::{Batch, Real, Record, elementwise, formula};

/// Implicitly, with F = Σ wₖ Fₖ (Graves 2016; Figurnov, Mohamed & Mnih 2018): weights and components both get their
/// gradient, whichever component the sample came from. Tractable since the elements are independent.
macro_rules! mixtures {
    ($($Component:ident),*) => {$(
        impl<N: Dim, E: Real, T: Record<E>> Rsample<N, E, T>
            for ElementMixture<$Component<N, E, T>, N, E, T>
        {
            fn rsample(&self, noise: Noise) -> Batch<N, E, T> {
                let z = self.sample(&mut noise.rng());
                let constant = z.clone().put_tape(T::for_data());
                let log_density = self.log_prob_of_elements(&constant).retaped::<NoneTape>();
                let distribution = average(&self.logits, self.components.iter().map(|p| p.cdf(&constant)));
                elementwise([distribution], [z, log_density], |_, [z, log_p]| (z, [-(-log_p).exp()]))
            }
        }
    )*};
}

mixtures! { Laplace, Logistic, Normal }

/// Σₖ wₖ fₖ with the weights wₖ = exp lₖ / Σⱼ exp lⱼ, element by element.
fn average<N: Dim, E: Real, T: Record<E>>(
    logits: &[Batch<N, E, T>],
    values: impl Iterator<Item = Batch<N, E, T>>,
) -> Batch<N, E, T> {
    // w₁/(w₁ + … + wₖ) = σ(ln …): each value takes its share from the average of those before it.
    let mut terms = logits.iter().cloned().zip(values);
    let first = terms.next().expect("a mixture has components");
    let (_, average) = terms.fold(first, |(total, average), (l, value)| {
        let share = [total.clone(), l.clone(), average, value];
        let average = formula(share, |[total, l, average, value]| {
            average + (l - total).sigmoid() * (value - average)
        });
        let total = formula([total, l], |[total, l]| total + (l - total).softplus());
        (total, average)
    });
    average
}
