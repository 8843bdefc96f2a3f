//! Layers: against PyTorch, against finite differences, and by what they hold.

mod golden;
mod gradients;
mod parameters;
