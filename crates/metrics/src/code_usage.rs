use crate::evaluate::{as_f64, for_each_part};
use crate::{active_units, latent_means};
use dfdx::prelude::ReshapeTo;
use vae_architectures::LatentModel;
use vae_distributions::Density;
use vae_losses::Examples;
use vae_ops::{Aggregate, Real, as_slice};
use vae_priors::Posterior;
use vae_reparam::Noise;

/// How a model uses its code, in nats per example.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeUsage {
    /// D, the dimensions of the code.
    pub dimensions: usize,
    /// Those whose mean depends on the data, see [`active_units`].
    pub active: usize,
    /// KL(q(z|x) ‖ p(z)), the rate.
    pub kl: f64,
    /// The same by dimension, where the divergence is a sum over them.
    pub kl_by_dimension: Option<Vec<f64>>,
    /// What is known of the aggregate posterior; `None` unless q(z|x) is a normal distribution of independent elements.
    pub information: Option<Information>,
}

/// The rate taken apart (Hoffman & Johnson 2016): KL(q(z|x) ‖ p(z)) = I(x; z) + KL(q(z) ‖ p(z)), means over the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Information {
    /// An estimate of the mutual information I(x; z) of observation and code under q from M examples,
    /// (1/M) Σᵢ ln q(zᵢ|xᵢ) − ln (1/M) Σⱼ q(zᵢ|xⱼ). In expectation it is not above I(x; z) (van den Oord et al. 2018).
    pub mutual: f64,
    /// ln M, which the estimate cannot exceed: near to it, I(x; z) may be anything above.
    pub limit: f64,
    /// The rest of the rate: KL(q(z) ‖ p(z)), how far the codes are from the prior that samples are drawn from, and what the
    /// estimate of the mutual information has missed.
    pub gap: f64,
}

/// Measures how a model uses its code on `examples`; their q(z|x) are compared in pairs, so a few thousand are enough.
pub fn code_usage<E: Real, M: LatentModel<E> + Sync>(
    model: &M,
    examples: &impl Examples<E>,
    noise: Noise,
) -> CodeUsage {
    let parts = for_each_part(model, examples, noise, |model, x, noise| {
        let (q, prior) = (model.encode(x), model.prior());
        let (z, kl) = q.rsample_and_kl(&prior, noise);
        let elements = q.kl_by_dimension(&prior, &z);
        let normal = q.normal().map(|normal| Codes {
            log_q: as_f64(&normal.log_prob(&z)),
            columns: [z, normal.mean, normal.log_var].map(|t| as_slice(&t.contiguous()).to_vec()),
        });
        Part {
            kl: as_f64(&kl),
            elements: elements.map(|kl| as_slice(&kl.contiguous()).to_vec()),
            normal,
        }
    });
    let count = examples.len() as f64;
    let means = latent_means(model, examples, noise);
    let dimensions = means.len() / examples.len().max(1);
    let kl = parts.iter().flat_map(|part| &part.kl).sum::<f64>() / count;
    CodeUsage {
        dimensions,
        active: active_units(&means, dimensions),
        kl,
        kl_by_dimension: by_dimension(&parts, dimensions),
        information: information(&parts, dimensions, kl),
    }
}

struct Part<E> {
    kl: Vec<f64>,
    elements: Option<Vec<E>>,
    normal: Option<Codes<E>>,
}

/// Samples of normal posteriors.
struct Codes<E> {
    log_q: Vec<f64>,
    /// z, μ and ln σ².
    columns: [Vec<E>; 3],
}

fn by_dimension<E: Real>(parts: &[Part<E>], dimensions: usize) -> Option<Vec<f64>> {
    let (mut sums, mut count) = (vec![0.0; dimensions], 0);
    for part in parts {
        for row in part.elements.as_ref()?.chunks(dimensions) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(s, kl)| *s += kl.as_f64());
            count += 1;
        }
    }
    Some(sums.iter().map(|sum| sum / f64::from(count)).collect())
}

fn information<E: Real>(parts: &[Part<E>], dimensions: usize, kl: f64) -> Option<Information> {
    let parts = parts.iter().map(|part| part.normal.as_ref());
    let parts: Vec<&Codes<E>> = parts.collect::<Option<_>>()?;
    let [z, mean, log_var] = [0, 1, 2].map(|i| -> Vec<E> {
        let columns = parts.iter().flat_map(|part| &part.columns[i]);
        columns.copied().collect()
    });
    let log_q = parts.iter().flat_map(|part| &part.log_q);
    let limit = (log_q.clone().count() as f64).ln();
    let aggregate = Aggregate {
        z: &z,
        mean: &mean,
        log_var: &log_var,
        dimensions,
    };
    let log_aggregate = aggregate.log_probs(|_, _| -limit);
    let pairs = log_q.zip(&log_aggregate);
    let mutual = pairs.map(|(q, [aggregate, _])| q - aggregate).sum::<f64>() / limit.exp();
    Some(Information {
        mutual,
        limit,
        gap: kl - mutual,
    })
}

impl CodeUsage {
    /// What it means, in plain language, and what to try; `beta` is the weight of the divergence that training ended with, if
    /// it is known.
    pub fn findings(&self, beta: Option<f64>) -> Vec<String> {
        let mut findings = Vec::new();
        let of = |n: usize| format!("{n} of {} dimensions", self.dimensions);
        if self.kl < 0.1 {
            findings.push(format!(
                "The code is ignored: it carries {:.3} nats. The posterior has collapsed onto the prior, and the decoder \
                 models the data alone. Try a warm-up of β, free bits, or a decoder that sees less.",
                self.kl
            ));
        } else if self.active == 0 {
            findings.push(
                "No mean depends on the data, although the divergence is not 0: the prior or the variances move. Try a \
                 smaller learning rate, or a warm-up of β."
                    .into(),
            );
        } else if self.active < self.dimensions {
            findings.push(format!(
                "{} are used, the others follow the prior. That costs nothing; if it is fewer than you expect, try free \
                 bits or a warm-up of β.",
                of(self.active)
            ));
        } else {
            findings.push(format!("All {} are used.", of(self.active)));
        }
        if let Some(beta) = beta.filter(|beta| *beta != 1.0) {
            let effect = if beta > 1.0 { "emptier" } else { "fuller" };
            findings.push(format!(
                "Training ended with β = {beta:.3}: it did not maximize the evidence lower bound, and the code is {effect} \
                 than the bound would have it."
            ));
        }
        if let Some(Information { mutual, limit, gap }) = self.information {
            if mutual > limit - 1.0 {
                findings.push(format!(
                    "The code tells the examples apart: the estimate of the mutual information, {mutual:.2} nats, is at its \
                     limit of ln M = {limit:.2}. The true one lies between that and the rate of {:.2}.",
                    self.kl
                ));
            } else if gap > 0.2 * self.kl && self.kl >= 0.1 {
                findings.push(format!(
                    "Of {:.2} nats, {gap:.2} say nothing about the example: the codes are that far from the prior that \
                     samples are drawn from. Try a prior that is learned.",
                    self.kl
                ));
            }
        }
        findings
    }
}

/// β′ of the β-VAE with unit variance that a Gaussian likelihood of standard deviation σ and weight β amounts to: β σ², times the
/// number of elements where a program averages the squared error over them instead of adding it up.
///
/// Dividing β KL + ‖x − μ‖²/2σ² by 1/σ² changes no minimum; what is left is ½‖x − μ‖² + β σ² KL. A mean over N elements divides
/// the first term by N.
///
/// ```
/// use vae_metrics::effective_beta;
///
/// assert_eq!(effective_beta(1.0, 0.5, 1), 0.25);
/// // The mean squared error of 784 pixels with a KL term of weight 1 is a β-VAE of β = 784.
/// assert_eq!(effective_beta(1.0, 1.0, 784), 784.0);
/// ```
pub fn effective_beta(beta: f64, sigma: f64, averaged_over: usize) -> f64 {
    beta * sigma * sigma * averaged_over as f64
}
