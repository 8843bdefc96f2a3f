use crate::pass::Pass;
use crate::{Objective, Terms};
use dfdx::prelude::NoneTape;
use vae_architectures::LatentModel;
use vae_ops::{Batch, Real, Record, as_slice, batch_mean, formula};
use vae_reparam::Noise;

/// KL(q(z|x) ‖ p(z)) + λ (−ln p(x|z) − κ) with a multiplier λ that grows while E\[−ln p(x|z)\] is above the target κ, and falls
/// below it: the least divergence at a given reconstruction (GECO; Rezende & Viola 2018, algorithm 1).
///
/// After each step λ ← λ e^(ν C̄), C̄ being the moving average of the constraint C = −ln p(x|z) − κ, a mean over the batch. The
/// exponent stays within a limit: at first C is hundreds of nats, and a λ that went with it would be out of all proportion
/// before anything is learned. With λ = 1 held (ν = 0), the gradient is that of the negative evidence lower bound.
///
/// ```
/// use vae_losses::Geco;
///
/// let objective = Geco::new(70.0); // nats
/// assert_eq!(objective.multiplier, 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geco {
    /// κ, the reconstruction asked for, in nats.
    pub target: f64,
    /// ν, by how much ln λ moves in a step for each nat.
    pub rate: f64,
    /// The most that ln λ moves in a step.
    pub limit: f64,
    /// The share of the past in the moving average.
    pub memory: f64,
    /// λ
    pub multiplier: f64,
    /// C̄; `None` before the first step.
    pub constraint: Option<f64>,
}

impl Geco {
    /// λ starts at 1, moves by 2·10⁻⁴ for each nat up to 10⁻³ a step, and follows an average over about a hundred steps.
    pub fn new(target: f64) -> Self {
        Self {
            target,
            rate: 2e-4,
            limit: 1e-3,
            memory: 0.99,
            multiplier: 1.0,
            constraint: None,
        }
    }
}

impl<E: Real> Objective<E> for Geco {
    fn evaluate<M: LatentModel<E>, T: Record<E>>(
        &self,
        model: &M,
        x: Batch<M::Input, E, T>,
        noise: Noise,
    ) -> Terms<E, T> {
        let (lambda, target) = (self.multiplier, self.target);
        let pass = Pass::through(model, x, noise);
        let terms = [pass.log_likelihood.clone(), pass.kl.clone()];
        let loss = formula(terms, move |[l, kl]| kl - lambda * (l + target));
        Terms {
            extras: vec![("multiplier", lambda)],
            ..pass.terms(batch_mean(loss))
        }
    }

    fn observe(&mut self, shards: &[Terms<E, NoneTape>]) {
        let values = || {
            shards
                .iter()
                .flat_map(|terms| as_slice(&terms.reconstruction))
        };
        let mean = values().map(|r| r.as_f64()).sum::<f64>() / values().count() as f64;
        let now = mean - self.target;
        let constraint = match self.constraint {
            Some(before) => self.memory * before + (1.0 - self.memory) * now,
            None => now,
        };
        self.constraint = Some(constraint);
        self.multiplier *= (self.rate * constraint)
            .clamp(-self.limit, self.limit)
            .exp();
    }

    fn state(&self) -> Vec<f64> {
        [Some(self.multiplier), self.constraint]
            .into_iter()
            .flatten()
            .collect()
    }

    fn restore(&mut self, state: &[f64]) {
        if let Some(multiplier) = state.first() {
            self.multiplier = *multiplier;
        }
        self.constraint = state.get(1).copied();
    }
}
