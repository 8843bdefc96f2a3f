use crate::Normal;
use dfdx::prelude::Dim;
use vae_ops::{Dual, PerExample, Real, Record, formula, sum_formula};

/// The squared 2-Wasserstein distance of two diagonal normal distributions, W₂² = ‖μ₁ − μ₂‖² + ‖σ₁ − σ₂‖², one value per
/// example: the least expected squared distance by which one is transported to the other (Dowson & Landau 1982).
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Normal, wasserstein_squared};
///
/// let tensor = |x: f64| Cpu::default().tensor_from_vec(vec![x], (1, Const::<1>));
/// let p = Normal { mean: tensor(1.0), log_var: tensor(0.0) };
/// let q = Normal { mean: tensor(3.0), log_var: tensor(16.0f64.ln()) };
/// assert!((wasserstein_squared(&p, &q).as_vec()[0] - 13.0).abs() < 1e-14);
/// ```
pub fn wasserstein_squared<N: Dim, E: Real, T: Record<E>>(
    p: &Normal<N, E, T>,
    q: &Normal<N, E, T>,
) -> PerExample<E, T> {
    sum_formula(
        [
            p.mean.clone(),
            p.log_var.clone(),
            q.mean.clone(),
            q.log_var.clone(),
        ],
        |[mean1, log_var1, mean2, log_var2]| {
            // σ₁ − σ₂ without cancellation, and without overflow of the ratio.
            let half = 0.5 * (log_var1 - log_var2);
            let scales = if half.value < E::zero() {
                (0.5 * log_var2).exp() * half.exp_m1()
            } else {
                (0.5 * log_var1).exp() * (-half).exp_m1()
            };
            (mean1 - mean2).square() + scales.square()
        },
    )
}

/// The 2-Wasserstein distance of two diagonal normal distributions, the root of [`wasserstein_squared`]. Its gradient at
/// equality, where it has a kink, is taken as 0.
///
/// ```
/// use dfdx::prelude::*;
/// use vae_distributions::{Normal, wasserstein};
///
/// let tensor = |x: Vec<f64>| Cpu::default().tensor_from_vec(x, (1, Const::<2>));
/// let normal = |mean| Normal { mean: tensor(mean), log_var: tensor(vec![0.0, 0.0]) };
/// assert_eq!(wasserstein(&normal(vec![0.0, 0.0]), &normal(vec![3.0, 4.0])).as_vec(), [5.0]);
/// ```
pub fn wasserstein<N: Dim, E: Real, T: Record<E>>(
    p: &Normal<N, E, T>,
    q: &Normal<N, E, T>,
) -> PerExample<E, T> {
    formula([wasserstein_squared(p, q)], |[square]| {
        if square.value == E::zero() {
            Dual::constant(0.0)
        } else {
            square.sqrt()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dfdx::prelude::{Cpu, PutTape, TensorFromVec};
    use vae_ops::{Batch, GradTape, backward, batch_mean};

    #[test]
    fn close_distributions_keep_their_digits_and_equal_ones_have_a_gradient() {
        let number = |x: f64| Cpu::default().tensor_from_vec(vec![x], (1, 1));
        let of_log_var = |log_var: Batch<usize, f64, GradTape<f64>>| Normal {
            mean: number(0.0).retaped(),
            log_var,
        };
        for (log_var, expected, derivative) in [(1e-12, 0.5e-12, 0.5), (0.0, 0.0, 0.0)] {
            // σ₁ − σ₂ = ½ t to first order.
            let leaf = number(log_var);
            let p = of_log_var(leaf.clone().put_tape(GradTape::new()));
            let distance = wasserstein(&p, &of_log_var(number(0.0).retaped()));
            assert!((distance.as_vec()[0] - expected).abs() <= 1e-10 * expected);
            let gradients = backward(batch_mean(distance), 1.0);
            let found = gradients.get(&leaf).as_vec()[0];
            assert!((found - derivative).abs() < 1e-10, "{found}");
        }
    }
}
