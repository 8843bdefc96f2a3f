//! From features to a distribution: one file each.

mod autoregressive;
mod conditional_bernoulli;
mod conditional_multivariate;
mod conditional_normal;
mod decoders;
mod discretized_logistic_mixture;
mod element_head;
mod fixed_variance;
mod flow;
mod gumbel_softmax;
mod low_rank;
mod matrix_head;
mod optimal_variance;
mod pixel_categorical;
mod point;
mod schema;
mod shared_variance;
pub(crate) mod soft_clamp;
mod spherical;
mod table;

pub use autoregressive::{AutoregressiveDecoder, ConditionalAutoregressive};
pub use conditional_bernoulli::{BernoulliDecoder, ConditionalBernoulli};
pub use conditional_multivariate::{ConditionalMultivariateNormal, FullCovarianceEncoder};
pub use conditional_normal::{ConditionalNormal, GaussianDecoder, GaussianEncoder};
pub use decoders::{BetaDecoder, ConditionalBeta};
pub use decoders::{CategoricalDecoder, ConditionalCategorical};
pub use decoders::{ConditionalContinuousBernoulli, ContinuousBernoulliDecoder};
pub use decoders::{ConditionalDiscretizedLogistic, DiscretizedLogisticDecoder};
pub use decoders::{ConditionalLaplace, LaplaceDecoder};
pub use decoders::{ConditionalNegativeBinomial, NegativeBinomialDecoder};
pub use decoders::{ConditionalPoisson, PoissonDecoder};
pub use decoders::{ConditionalStudentT, StudentTDecoder};
pub use decoders::{ConditionalZeroInflatedNegativeBinomial, ZeroInflatedNegativeBinomialDecoder};
pub use decoders::{ConditionalZeroInflatedPoisson, ZeroInflatedPoissonDecoder};
pub use discretized_logistic_mixture::{
    ConditionalDiscretizedLogisticMixture, DiscretizedLogisticMixtureDecoder,
};
pub use element_head::{ChannelHead, ElementHead};
pub use fixed_variance::{FixedVariance, FixedVarianceDecoder};
pub use flow::{ConditionalFlow, FlowEncoder};
pub use gumbel_softmax::{ConditionalCategoricals, GumbelSoftmaxEncoder};
pub use low_rank::{ConditionalLowRankNormal, LowRankEncoder};
pub use matrix_head::MatrixHead;
pub use optimal_variance::{OptimalVariance, OptimalVarianceDecoder};
pub use pixel_categorical::{ConditionalPixelCategorical, PixelCategoricalDecoder};
pub use point::{Autoencoder, ConditionalPoint, Point, PointEncoder};
pub use schema::Schema;
pub use shared_variance::{SharedVariance, SharedVarianceDecoder};
pub use spherical::{ConditionalVonMisesFisher, SphericalEncoder};
pub use table::{ConditionalTable, TableDecoder};
