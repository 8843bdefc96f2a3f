//! Codes in layers, z = (z₁, …, z_L): the prior p(z_L) Π p(zₗ|zₗ₊₁, …), and two ways of inference. z is one row, the lowest layer first.

mod bottom_up;
mod constant;
mod ladder;
mod prior;
mod top_down;

pub use bottom_up::{BottomUp, BottomUpPosterior};
pub use ladder::{ConditionalRung, LadderEncoder, LadderPosterior, LadderVae, Rung};
pub use prior::Hierarchy;
pub use top_down::{At, Levels, TopDown};
