use crate::pass::Pass;
use crate::{Objective, Terms, WHOLE_BATCH};
use dfdx::prelude::{Dim, HasShape, NoneTape};
use vae_architectures::LatentModel;
use vae_distributions::Density;
use vae_ops::{Aggregate, Batch, Real, Record, Scalar};
use vae_ops::{as_slice, batch_mean, formula, mean, scalar_of};
use vae_priors::{Posterior, Prior};
use vae_reparam::Noise;

/// −E\[ln p(x|z)\] + α I(x; z) + β TC(z) + γ Σ_d KL(q(z_d) ‖ p(z_d)), the divergence taken apart into mutual information,
/// total correlation and dimension-wise divergence (Chen et al. 2018, eq. 4), each estimated from a batch.
///
/// q(z) is the mean of q(z|x) over all N training examples; [`Weighting`] says how it is estimated from the M of a batch. Whatever
/// the estimate is, with α = β = γ = 1 the three add up to the one-sample estimate of KL(q(z|x) ‖ p(z)), and the loss is the
/// negative evidence lower bound.
///
/// ```
/// use vae_losses::{BetaTc, Weighting};
///
/// let objective = BetaTc { alpha: 1.0, beta: 6.0, gamma: 1.0, examples: 50_000, weighting: Weighting::Stratified };
/// # let _ = objective;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BetaTc {
    /// α, the weight of the mutual information.
    pub alpha: f64,
    /// β, the weight of the total correlation.
    pub beta: f64,
    /// γ, the weight of the dimension-wise divergence.
    pub gamma: f64,
    /// N, how many training examples there are.
    pub examples: usize,
    /// How q(z) is estimated.
    pub weighting: Weighting,
}

/// An estimate of the aggregate posterior q(z) at the code of example i, from the M examples j of its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// (1/NM) Σⱼ q(z|xⱼ) (Chen et al. 2018, eq. S5): biased.
    Minibatch,
    /// (1/N) q(z|xᵢ) + ((N − 1)/N) · (1/(M − 1)) Σ_{j ≠ i} q(z|xⱼ): unbiased for q(z), as the example is a random one of N and
    /// the others are random other ones. The importance weights of Chen et al. (2018, appendix C.2), the same for all j ≠ i.
    Stratified,
}

impl Weighting {
    /// ln of the weight of component j at code i of M, of N examples.
    fn log_weight(self, [i, j]: [usize; 2], m: usize, n: usize) -> f64 {
        let (m, n) = (m as f64, n as f64);
        match self {
            Self::Minibatch => -(n * m).ln(),
            Self::Stratified if i == j && m == 1.0 => 0.0,
            Self::Stratified if i == j => -n.ln(),
            Self::Stratified => ((n - 1.0) / n / (m - 1.0)).ln(),
        }
    }
}

impl<E: Real> Objective<E> for BetaTc {
    fn shard(&self) -> usize {
        WHOLE_BATCH
    }

    /// # Panics
    /// If the posterior is not [normal](Posterior::normal).
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let Self {
            alpha, beta, gamma, ..
        } = *self;
        let Pass {
            q,
            z,
            log_likelihood,
            kl,
        } = Pass::through(model, x, noise);
        let normal = q
            .normal()
            .expect("a posterior of independent normal elements");
        let (batch, dimensions) = (z.shape().0, z.shape().1.size());

        let [mut joint, mut marginals] = [0.0; 2];
        let inputs = [z.clone(), normal.mean, normal.log_var];
        let of_aggregate: Scalar<E, T> = scalar_of(inputs, |[z, mean, log_var]| {
            let aggregate = Aggregate {
                z,
                mean,
                log_var,
                dimensions,
            };
            let weight = |i, j| self.weighting.log_weight([i, j], batch, self.examples);
            let [a, b] = [beta - alpha, gamma - beta];
            let each = [a, b].map(|w| w / batch as f64);
            let (values, gradients) = aggregate.log_probs_and_gradients(weight, each);
            [joint, marginals] = [0, 1].map(|k| {
                let of_codes: Vec<f64> = values.iter().map(|v| v[k]).collect();
                vae_ops::mean(&of_codes)
            });
            (E::of(a * joint + b * marginals), gradients)
        });
        let (log_q, log_p) = (q.log_prob(&z), model.prior().log_prob(&z));
        let [at_q, at_p] =
            [&log_q, &log_p].map(|l| mean(as_slice(&l.retaped::<NoneTape>())).as_f64());
        let of_sample = formula([log_likelihood.clone(), log_q, log_p], move |[l, q, p]| {
            alpha * q - gamma * p - l
        });
        let loss = formula([batch_mean(of_sample), of_aggregate], |[a, b]| a + b);
        let pass = Pass::<M, E, T> {
            q,
            z,
            log_likelihood,
            kl,
        };
        Terms {
            extras: vec![
                ("mutual information", at_q - joint),
                ("total correlation", joint - marginals),
                ("dimension-wise KL", marginals - at_p),
            ],
            ..pass.terms(loss)
        }
    }
}
