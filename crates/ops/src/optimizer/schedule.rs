//! How a step size changes with the step t = 0, 1, …: factors of the initial one, for [`Scheduled`](super::Scheduled). They are
//! functions of t alone, so a run that resumes has nothing to restore.

/// ½ (1 + cos(π t/T)) at step t of T, from 1 down to 0 (Loshchilov & Hutter 2017, without restarts); 0 after.
///
/// ```
/// assert_eq!(vae_ops::cosine(0, 100), 1.0);
/// assert!((vae_ops::cosine(50, 100) - 0.5).abs() < 1e-15);
/// assert_eq!(vae_ops::cosine(100, 100), 0.0);
/// ```
pub fn cosine(step: u64, steps: u64) -> f64 {
    let share = (step as f64 / steps.max(1) as f64).min(1.0);
    0.5 * (1.0 + (std::f64::consts::PI * share).cos())
}

/// (t + 1)/T up to 1: the first T steps grow from 1/T to the whole (Goyal et al. 2017, section 2.2). Multiply it with
/// another factor to go on with that.
///
/// ```
/// assert_eq!([0, 1, 3, 9].map(|t| vae_ops::ramp(t, 4)), [0.25, 0.5, 1.0, 1.0]);
/// ```
pub fn ramp(step: u64, steps: u64) -> f64 {
    ((step + 1) as f64 / steps.max(1) as f64).min(1.0)
}

/// `factor` for each of the `milestones` that t has reached: a step size that falls in stairs.
///
/// That of Burda et al. (2016, section 5), 10^(−i/7) for 3ⁱ epochs, i = 0, …, 7:
///
/// ```
/// use vae_ops::milestones;
///
/// let epoch = 390; // steps
/// let mut ends = (0..7).scan(0, |end, i| { *end += 3u64.pow(i) * epoch; Some(*end) });
/// let ends: Vec<u64> = ends.collect();
/// let rate = |t| 1e-3 * milestones(t, &ends, 10f64.powf(-1.0 / 7.0));
/// assert_eq!(rate(0), 1e-3);
/// assert!((rate(4 * epoch) - 1e-3 * 10f64.powf(-2.0 / 7.0)).abs() < 1e-15);
/// assert!((rate(3280 * epoch) - 1e-4).abs() < 1e-15);
/// ```
pub fn milestones(step: u64, milestones: &[u64], factor: f64) -> f64 {
    let reached = milestones.iter().filter(|at| **at <= step).count();
    factor.powi(reached as i32)
}

/// `factor` once every `steps` steps: milestones at equal distances.
///
/// ```
/// assert_eq!([0, 9, 10, 25].map(|t| vae_ops::stairs(t, 10, 0.5)), [1.0, 1.0, 0.5, 0.25]);
/// ```
pub fn stairs(step: u64, steps: u64, factor: f64) -> f64 {
    factor.powf((step / steps.max(1)) as f64)
}
