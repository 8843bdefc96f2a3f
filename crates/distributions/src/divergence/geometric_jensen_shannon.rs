use super::renyi::log_mean;
use crate::{KlTo, Normal};
use dfdx::prelude::Dim;
use vae_ops::{PerExample, Real, Record, formula};

/// The skew-geometric Jensen–Shannon divergence of two diagonal normal distributions, (1 − α) KL(p ‖ g) + α KL(q ‖ g) with
/// their geometric mean g ∝ p^(1−α) q^α, for α in \[0, 1\]; in nats, one value per example (Nielsen 2019; Deasy, Simidjievski
/// & Liò 2020, Definition 4).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Normal, geometric_jensen_shannon};
///
/// let tensor = |x: f64| Cpu::default().tensor_from_vec(vec![x], (1, Const::<1>));
/// let normal = |mean| Normal { mean: tensor(mean), log_var: tensor(0.0) };
/// // g = N(2, 1), a distance of 1 from each.
/// assert_eq!(geometric_jensen_shannon(&normal(1.0), &normal(3.0), 0.5).as_vec(), [0.5]);
/// ```
///
/// # Panics
/// If α is not in \[0, 1\].
pub fn geometric_jensen_shannon<N: Dim, E: Real, T: Record<E>>(
    p: &Normal<N, E, T>,
    q: &Normal<N, E, T>,
    alpha: f64,
) -> PerExample<E, T> {
    let g = geometric_mean(p, q, alpha);
    weighted(p.kl_to(&g), q.kl_to(&g), alpha)
}

/// The dual of [`geometric_jensen_shannon`], with the divergences from the geometric mean g instead of to it:
/// (1 − α) KL(g ‖ p) + α KL(g ‖ q).
///
/// That is −ln ∫ p^(1−α) q^α, α times the [Rényi divergence](crate::renyi) of order 1 − α; at α = ½ it is the Bhattacharyya
/// distance.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Normal, geometric_jensen_shannon_dual};
///
/// let tensor = |x: f64| Cpu::default().tensor_from_vec(vec![x], (1, Const::<1>));
/// let normal = |mean| Normal { mean: tensor(mean), log_var: tensor(0.0) };
/// assert_eq!(geometric_jensen_shannon_dual(&normal(1.0), &normal(3.0), 0.5).as_vec(), [0.5]);
/// ```
///
/// # Panics
/// If α is not in \[0, 1\].
pub fn geometric_jensen_shannon_dual<N: Dim, E: Real, T: Record<E>>(
    p: &Normal<N, E, T>,
    q: &Normal<N, E, T>,
    alpha: f64,
) -> PerExample<E, T> {
    let g = geometric_mean(p, q, alpha);
    weighted(g.kl_to(p), g.kl_to(q), alpha)
}

/// Of precision (1 − α)/σ₁² + α/σ₂², and the mean weighted by the two terms.
fn geometric_mean<N: Dim, E: Real, T: Record<E>>(
    p: &Normal<N, E, T>,
    q: &Normal<N, E, T>,
    alpha: f64,
) -> Normal<N, E, T> {
    assert!(
        (0.0..=1.0).contains(&alpha),
        "the skew of a geometric mean is {alpha}"
    );
    Normal {
        mean: formula(
            [
                p.mean.clone(),
                p.log_var.clone(),
                q.mean.clone(),
                q.log_var.clone(),
            ],
            move |[mean1, log_var1, mean2, log_var2]| {
                let weight = (log_var1 - log_var2 + (alpha / (1.0 - alpha)).ln()).sigmoid();
                mean1 + weight * (mean2 - mean1)
            },
        ),
        log_var: formula([p.log_var.clone(), q.log_var.clone()], move |[v1, v2]| {
            // The smaller variance over what the other adds to its precision.
            if v1.value < v2.value {
                v1 - log_mean(v1 - v2, 1.0 - alpha, alpha)
            } else {
                v2 - log_mean(v2 - v1, alpha, 1.0 - alpha)
            }
        }),
    }
}

/// A term of weight 0 is not there, even if it is infinite.
fn weighted<E: Real, T: Record<E>>(
    first: PerExample<E, T>,
    second: PerExample<E, T>,
    alpha: f64,
) -> PerExample<E, T> {
    formula([first, second], move |[first, second]| {
        if alpha == 0.0 {
            first
        } else if alpha == 1.0 {
            second
        } else {
            (1.0 - alpha) * first + alpha * second
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::renyi;
    use dfdx::prelude::{Cpu, TensorFromVec};
    use vae_testkit::assert_close;

    fn normal(mean: f64, log_var: f64) -> Normal<usize, f64> {
        let number = |x| Cpu::default().tensor_from_vec(vec![x], (1, 1));
        Normal {
            mean: number(mean),
            log_var: number(log_var),
        }
    }

    #[test]
    fn a_mean_of_one_alone_is_no_distance() {
        let (p, q) = (normal(0.0, 50.0), normal(1.5, -50.0));
        for alpha in [0.0, 1.0] {
            let both = [
                geometric_jensen_shannon(&p, &q, alpha),
                geometric_jensen_shannon_dual(&p, &q, alpha),
            ];
            assert_eq!(both.map(|d| d.as_vec()), [[0.0], [0.0]]);
        }
    }

    #[test]
    fn the_dual_is_a_multiple_of_the_renyi_divergence() {
        let (p, q) = (normal(0.0, 0.0), normal(1.5, -0.7));
        for alpha in [0.1, 0.5, 0.8] {
            let dual = geometric_jensen_shannon_dual(&p, &q, alpha).as_vec()[0];
            assert_close(dual, alpha * renyi(&p, &q, 1.0 - alpha).as_vec()[0], 1e-13);
        }
    }
}
