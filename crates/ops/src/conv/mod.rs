//! Convolutions, as matrix products over the patches of a block of images.

mod block;
mod conv2d;
mod conv_transpose2d;
mod patches;
mod window;

pub use conv_transpose2d::conv_transpose2d;
pub use conv2d::conv2d;
pub use window::Window;
pub(crate) use window::{assert_divisible, assert_places, extent, places};
