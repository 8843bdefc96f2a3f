use crate::{Density, Estimate, Sample, kl_monte_carlo};
use dfdx::prelude::{Dim, NoneTape};
use rand::Rng;
use vae_ops::{Batch, PerExample, Real, formula};

/// The Jensen–Shannon divergence ½ KL(p ‖ m) + ½ KL(q ‖ m), m = ½ (p + q), from as many samples of each; in nats, one
/// value per example, between 0 and ln 2. Unbiased; no gradient is taken.
///
/// No closed form is known even for normal distributions; [`geometric_jensen_shannon`](crate::geometric_jensen_shannon)
/// has one.
///
/// ```
/// use dfdx::prelude::*;
/// use rand::{SeedableRng, rngs::StdRng};
/// use vae_distributions::{Normal, jensen_shannon_monte_carlo};
///
/// let normal = |mean: f64| {
///     let mean = Cpu::default().tensor_from_vec(vec![mean], (1, Const::<1>));
///     Normal { log_var: mean.clone() * 0.0, mean }
/// };
/// let js = jensen_shannon_monte_carlo(&normal(-20.0), &normal(20.0), &mut StdRng::seed_from_u64(0), 10);
/// assert_eq!(js.value.as_vec(), [2.0f64.ln()]);
/// ```
pub fn jensen_shannon_monte_carlo<N: Dim, E: Real>(
    p: &(impl Density<N, E, NoneTape> + Sample<N, E>),
    q: &(impl Density<N, E, NoneTape> + Sample<N, E>),
    rng: &mut impl Rng,
    samples: usize,
) -> Estimate<E> {
    let middle = Middle(p, q);
    let of_p = kl_monte_carlo(p, &middle, rng, samples);
    let of_q = kl_monte_carlo(q, &middle, rng, samples);
    Estimate {
        value: formula([of_p.value, of_q.value], |[p, q]| 0.5 * (p + q)),
        standard_error: formula([of_p.standard_error, of_q.standard_error], |[p, q]| {
            0.5 * (p.square() + q.square()).sqrt()
        }),
    }
}

/// ½ (p + q)
struct Middle<'a, P, Q>(&'a P, &'a Q);

impl<N: Dim, E: Real, P, Q> Density<N, E, NoneTape> for Middle<'_, P, Q>
where
    P: Density<N, E, NoneTape>,
    Q: Density<N, E, NoneTape>,
{
    fn log_prob(&self, x: &Batch<N, E>) -> PerExample<E> {
        formula([self.0.log_prob(x), self.1.log_prob(x)], |[p, q]| {
            let (small, large) = if p.value < q.value { (p, q) } else { (q, p) };
            if small.value == E::neg_infinity() {
                large - 2f64.ln()
            } else {
                large + ((small - large).exp().ln_1p() - 2f64.ln())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Normal;
    use dfdx::prelude::{Cpu, TensorFromVec};
    use rand::{SeedableRng, rngs::StdRng};
    use vae_testkit::integrate;

    #[test]
    fn it_is_its_integral() {
        let number = |x: f64| Cpu::default().tensor_from_vec(vec![x], (1, 1));
        let normal = |mean, log_var| Normal::<usize, f64> {
            mean: number(mean),
            log_var: number(log_var),
        };
        let (p, q) = (normal(0.0, 0.0), normal(1.5, -0.7));
        let density = |of: &Normal<usize, f64>, x| of.log_prob(&number(x)).as_vec()[0].exp();
        let exact = integrate(&[-12.0, 0.0, 1.5, 12.0], |x| {
            let terms = x.iter().map(|x| {
                let (p, q) = (density(&p, *x), density(&q, *x));
                let term = |p: f64| if p == 0.0 { 0.0 } else { p * (2.0 * p).ln() };
                0.5 * (term(p) + term(q) - (p + q) * (p + q).max(f64::MIN_POSITIVE).ln())
            });
            terms.collect()
        });
        let estimate = jensen_shannon_monte_carlo(&p, &q, &mut StdRng::seed_from_u64(4), 20_000);
        let [value, error] = [estimate.value, estimate.standard_error].map(|x| x.as_vec()[0]);
        assert!((1e-4..1e-2).contains(&error), "± {error}");
        assert!(
            (value - exact).abs() < 4.0 * error,
            "{value} ± {error}, by quadrature {exact}"
        );
    }
}
