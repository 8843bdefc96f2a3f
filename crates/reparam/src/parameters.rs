use dfdx::prelude::Dim;
use vae_distributions::*;
use vae_ops::{Real, Record, repeat, stop_gradient};

/// A distribution with parameters for each example: what can be asked of the parameters as a whole.
pub trait Parameters: Clone {
    /// Each example's distribution K = `times` times: a sample of it is K samples of each example, (B·K, N), sample k of
    /// example b in row b·K + k. So the samples of one example are antithetic pairs, or points of a Sobol sequence, if the
    /// noise is.
    fn repeat(&self, times: usize) -> Self;

    /// The same distribution with constants for parameters: no gradient gets to them.
    fn detach(&self) -> Self;
}

/// Two distributions for each example, both alike.
impl<P: Parameters, Q: Parameters> Parameters for (P, Q) {
    fn repeat(&self, times: usize) -> Self {
        (self.0.repeat(times), self.1.repeat(times))
    }

    fn detach(&self) -> Self {
        (self.0.detach(), self.1.detach())
    }
}

/// `Distribution[its parameters; what is no tensor];`
macro_rules! parameters {
    ($($Distribution:ident$(<$R:ident>)?[$($parameter:ident),* $(; $constant:ident)?];)*) => {$(
        impl<N: Dim, $($R: Dim,)? E: Real, T: Record<E>> Parameters for $Distribution<N, $($R,)? E, T> {
            fn repeat(&self, times: usize) -> Self {
                Self {
                    $($parameter: repeat(self.$parameter.clone(), times),)*
                    $($constant: self.$constant,)?
                }
            }

            fn detach(&self) -> Self {
                Self {
                    $($parameter: stop_gradient(&self.$parameter),)*
                    $($constant: self.$constant,)?
                }
            }
        }
    )*};
}

parameters! {
    Bernoulli[logits];
    Beta[concentration1, concentration0];
    Categorical[logits];
    Cauchy[loc, scale];
    Concrete[logits; temperature];
    Dirichlet[concentration];
    Exponential[rate];
    Gamma[concentration, rate];
    Gumbel[loc, scale];
    HalfNormal[scale];
    Kumaraswamy[concentration1, concentration0];
    Laplace[loc, scale];
    LogNormal[mean, log_var];
    Logistic[loc, scale];
    LowRankNormal<R>[mean, factor, log_diagonal];
    MultivariateNormal[mean, scale_tril];
    Normal[mean, log_var];
    Pareto[scale, alpha];
    RelaxedBernoulli[logits; temperature];
    StudentT[df, loc, scale];
    Uniform[low, high];
    VonMisesFisher[loc, concentration];
    Weibull[scale, concentration];
}
