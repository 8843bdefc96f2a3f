//! Divergences other than KL.

mod geometric_jensen_shannon;
mod jeffreys;
mod jensen_shannon;
mod renyi;
mod wasserstein;

pub use geometric_jensen_shannon::{geometric_jensen_shannon, geometric_jensen_shannon_dual};
pub use jeffreys::jeffreys;
pub use jensen_shannon::jensen_shannon_monte_carlo;
pub use renyi::renyi;
pub use wasserstein::{wasserstein, wasserstein_squared};
