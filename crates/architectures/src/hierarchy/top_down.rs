use crate::ConditionalNormal;
use crate::{Hierarchy, Layer, Width};
use dfdx::prelude::{Cpu, Device, Dtype};
use vae_distributions::Normal;
use vae_ops::{Batch, Real, Record, elementwise};
use vae_priors::{Form, LearnedNormal, Prior, StandardNormal};
use vae_reparam::{Noise, Parameters, Rsample};

/// A prior whose layers can be inferred from the top down, each given those above it.
pub trait TopDown<E: Real>: Prior<E> + Clone {
    /// What an observation says of each layer: N(μ̂ₗ, diag σ̂ₗ²).
    type Evidence<T: Record<E>>: Parameters;

    /// Goes down the layers, and puts together what the observation says with what the layers above say.
    fn descend<T: Record<E>>(
        &self,
        evidence: &Self::Evidence<T>,
        at: At<'_, Self::Latent, E, T>,
    ) -> Levels<Self::Latent, E, T>;
}

/// Which code a descent follows.
#[derive(Clone, Debug)]
pub enum At<'a, Z: dfdx::prelude::Dim, E: Real, T> {
    /// A sample of q, with the randomness at an address.
    Sample(Noise),
    /// The mean of each layer, given those of the layers above.
    Center,
    /// This one.
    Code(&'a Batch<Z, E, T>),
}

impl<Z: Width, E: Real, T: Record<E>> At<'_, Z, E, T> {
    fn code(self, q: &Normal<Z, E, T>) -> Batch<Z, E, T> {
        match self {
            Self::Sample(noise) => q.rsample(noise),
            Self::Center => q.mean.clone(),
            Self::Code(z) => z.clone(),
        }
    }
}

/// What was found on the way down, for all layers side by side.
#[derive(Clone, Debug)]
pub struct Levels<Z: dfdx::prelude::Dim, E: Real, T> {
    /// The code.
    pub z: Batch<Z, E, T>,
    /// q(zₗ|x, z above).
    pub q: Normal<Z, E, T>,
    /// p(zₗ|z above).
    pub p: Normal<Z, E, T>,
}

impl<Z: Width, E: Real> TopDown<E> for StandardNormal<Z> {
    type Evidence<T: Record<E>> = Normal<Z, E, T>;

    fn descend<T: Record<E>>(
        &self,
        evidence: &Normal<Z, E, T>,
        at: At<'_, Z, E, T>,
    ) -> Levels<Z, E, T> {
        Levels {
            z: at.code(evidence),
            q: evidence.clone(),
            p: Normal::standard(&evidence.mean),
        }
    }
}

impl<Z: Width, E: Real + Dtype> TopDown<E> for LearnedNormal<Z, E>
where
    Cpu: Device<E>,
{
    type Evidence<T: Record<E>> = Normal<Z, E, T>;

    fn descend<T: Record<E>>(
        &self,
        evidence: &Normal<Z, E, T>,
        at: At<'_, Z, E, T>,
    ) -> Levels<Z, E, T> {
        let z = at.code(evidence);
        let Form::Normal(p) = self.form(&z) else {
            unreachable!("a learned normal prior is normal")
        };
        Levels {
            z,
            q: evidence.clone(),
            p,
        }
    }
}

impl<E, Body, Head, Upper, Z> TopDown<E> for Hierarchy<ConditionalNormal<Body, Head>, Upper, Z>
where
    E: Real,
    Body: Layer<E, Input: Width> + Clone,
    Head: Layer<E, Input = Body::Output, Output: Width> + Clone,
    Upper: TopDown<E, Latent = Body::Input>,
    Z: Width,
{
    type Evidence<T: Record<E>> = (Normal<Head::Output, E, T>, Upper::Evidence<T>);

    fn descend<T: Record<E>>(
        &self,
        (evidence, of_upper): &Self::Evidence<T>,
        at: At<'_, Z, E, T>,
    ) -> Levels<Z, E, T> {
        let (lower_code, upper_code);
        let (at_lower, at_upper) = match at {
            At::Sample(noise) => (At::Sample(noise), At::Sample(noise.stream("above"))),
            At::Center => (At::Center, At::Center),
            At::Code(z) => {
                (lower_code, upper_code) = Self::split(z);
                (At::Code(&lower_code), At::Code(&upper_code))
            }
        };
        let above = self.upper.descend(of_upper, at_upper);
        let p = self.lower.at(above.z.clone());
        let q = precision_weighted(evidence, &p);
        let z = at_lower.code(&q);
        Levels {
            z: Self::join(z, above.z),
            q: Self::join_normals(q, above.q),
            p: Self::join_normals(p, above.p),
        }
    }
}

/// The product of two normal densities: precisions add up, and means are weighted by them (Sønderby et al. 2016, eq. 17–19).
fn precision_weighted<Z: Width, E: Real, T: Record<E>>(
    a: &Normal<Z, E, T>,
    b: &Normal<Z, E, T>,
) -> Normal<Z, E, T> {
    let log_vars = [a.log_var.clone(), b.log_var.clone()];
    Normal {
        // The share of a's precision is w = σ(ln σ_b² − ln σ_a²).
        mean: elementwise(
            [
                a.mean.clone(),
                b.mean.clone(),
                log_vars[0].clone(),
                log_vars[1].clone(),
            ],
            [],
            |[mean_a, mean_b, a, b], []| {
                let w = (b - a).sigmoid();
                let v = (a - b).sigmoid();
                let slope = w * v * (mean_b - mean_a);
                (w * mean_a + v * mean_b, [w, v, slope, -slope])
            },
        ),
        log_var: elementwise(log_vars, [], |[a, b], []| {
            // ln σ_a² − ln(1 + σ_a²/σ_b²)
            (
                a - (a - b).softplus(),
                [(b - a).sigmoid(), (a - b).sigmoid()],
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Columns;
    use dfdx::prelude::{Const, HasShape, ReshapeTo, TensorFromVec};
    use vae_ops::GradTape;
    use vae_testkit::{assert_close, assert_grad};

    #[test]
    fn precisions_add_up() {
        let column = |x: f64| -> Batch<Const<1>, f64> {
            Cpu::default().tensor_from_vec(vec![x], (1, Const))
        };
        let normal = |mean, variance: f64| Normal {
            mean: column(mean),
            log_var: column(variance.ln()),
        };
        let product = precision_weighted(&normal(1.0, 0.5), &normal(4.0, 0.25));
        // (2·1 + 4·4)/6, 1/6
        assert_close(product.mean.as_vec()[0], 3.0, 1e-12);
        assert_close(product.log_var.as_vec()[0], -(6f64.ln()), 1e-12);
    }

    #[test]
    fn gradients() {
        for of_mean in [true, false] {
            let narrow = |x: vae_testkit::Matrix| -> Batch<Columns, f64, GradTape<f64>> {
                let (rows, columns) = *x.shape();
                x.reshape_like(&(rows, Columns::of(columns)))
            };
            assert_grad(-2.0..2.0, |inputs| {
                let [mean_a, mean_b, a, b] = inputs.map(narrow);
                let of = |mean, log_var| Normal { mean, log_var };
                let product = precision_weighted(&of(mean_a, a), &of(mean_b, b));
                if of_mean {
                    product.mean
                } else {
                    product.log_var
                }
            });
        }
    }
}
