//! Operations on images: against plain loops, finite differences, each other, and another library.

mod conv;
mod golden;
mod norm;
mod pool;
mod support;
