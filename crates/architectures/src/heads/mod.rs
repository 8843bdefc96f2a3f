//! From features to a distribution: one file each.

mod conditional_bernoulli;
mod conditional_multivariate;
mod conditional_normal;
mod decoders;
mod gumbel_softmax;
mod low_rank;
mod matrix_head;
mod point;
pub(crate) mod soft_clamp;
mod spherical;

pub use conditional_bernoulli::{BernoulliDecoder, ConditionalBernoulli};
pub use conditional_multivariate::{ConditionalMultivariateNormal, FullCovarianceEncoder};
pub use conditional_normal::{ConditionalNormal, GaussianDecoder, GaussianEncoder};
pub use decoders::{CategoricalDecoder, ConditionalCategorical};
pub use decoders::{ConditionalContinuousBernoulli, ContinuousBernoulliDecoder};
pub use decoders::{ConditionalDiscretizedLogistic, DiscretizedLogisticDecoder};
pub use decoders::{ConditionalLaplace, LaplaceDecoder};
pub use decoders::{ConditionalNegativeBinomial, NegativeBinomialDecoder};
pub use decoders::{ConditionalPoisson, PoissonDecoder};
pub use gumbel_softmax::{ConditionalCategoricals, GumbelSoftmaxEncoder};
pub use low_rank::{ConditionalLowRankNormal, LowRankEncoder};
pub use matrix_head::MatrixHead;
pub use point::{Autoencoder, ConditionalPoint, Point, PointEncoder};
pub use spherical::{ConditionalVonMisesFisher, SphericalEncoder};
