//! Operations along one axis of a tensor. Each file holds what it does to a single lane; `lanes` finds the lanes.

mod cumsum;
mod lanes;
mod log_softmax;
mod log_sum_exp;
mod softmax;
mod sum_over;

pub use cumsum::cumsum;
pub(crate) use lanes::Lanes;
pub use log_softmax::log_softmax;
pub use log_sum_exp::log_sum_exp;
pub(crate) use log_sum_exp::maximum;
pub use softmax::softmax;
pub use sum_over::{mean_over, sum_over};
