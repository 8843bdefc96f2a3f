//! Ways from 0 up to 1 in so many steps, for [`Annealed`](crate::Annealed) objectives: at step t ≥ T each is 1, to the bit.

/// t/T (Bowman et al. 2016; Sønderby et al. 2016).
///
/// ```
/// use vae_losses::warm_up::linear;
/// assert_eq!([0, 25, 100, 200].map(|t| linear(t, 100)), [0.0, 0.25, 1.0, 1.0]);
/// ```
pub fn linear(step: u64, steps: u64) -> f64 {
    if step >= steps {
        return 1.0;
    }
    step as f64 / steps as f64
}

/// ½ (1 − cos(π t/T)).
///
/// ```
/// use vae_losses::warm_up::cosine;
/// assert_eq!([0, 50, 100, 200].map(|t| (cosine(t, 100) * 1e9).round()), [0.0, 5e8, 1e9, 1e9]);
/// ```
pub fn cosine(step: u64, steps: u64) -> f64 {
    0.5 * (1.0 - (std::f64::consts::PI * linear(step, steps)).cos())
}

/// A logistic curve through (0, 0), (T/2, ½) and (T, 1), from −6 to 6 on its own axis.
///
/// ```
/// use vae_losses::warm_up::sigmoid;
/// assert_eq!([0, 50, 100, 200].map(|t| (sigmoid(t, 100) * 1e9).round()), [0.0, 5e8, 1e9, 1e9]);
/// ```
pub fn sigmoid(step: u64, steps: u64) -> f64 {
    let curve = |u: f64| 1.0 / (1.0 + (6.0 - 12.0 * u).exp());
    let (low, high) = (curve(0.0), curve(1.0));
    (curve(linear(step, steps)) - low) / (high - low)
}

/// Again and again from 0 (Fu et al. 2019): in each of `cycles` parts of T steps, linearly up during the `rising` share of it, 1
/// for the rest. 1 after T steps.
///
/// ```
/// use vae_losses::warm_up::cyclical;
/// let at = |t| cyclical(t, 400, 4, 0.5);
/// assert_eq!([0, 25, 50, 99, 100, 125, 400, 410].map(at), [0.0, 0.5, 1.0, 1.0, 0.0, 0.5, 1.0, 1.0]);
/// ```
pub fn cyclical(step: u64, steps: u64, cycles: u64, rising: f64) -> f64 {
    let period = steps / cycles.max(1);
    if step >= steps || period == 0 {
        return 1.0;
    }
    let position = (step % period) as f64 / period as f64;
    (position / rising).min(1.0)
}
