use vae_ops::Real;

/// The number of latent dimensions whose mean depends on the data: Var_x(E\[z|x\]) > 0.01 (Burda et al. 2016, §5.2).
///
/// `means` holds E\[z|x\] row after row, `width` numbers for each example.
///
/// ```
/// // The first dimension varies, the second hardly does.
/// assert_eq!(vae_metrics::active_units(&[-1.0, 0.0, 1.0, 0.01, 0.0, 0.02], 2), 1);
/// ```
pub fn active_units<E: Real>(means: &[E], width: usize) -> usize {
    let rows = means.len() / width;
    let variance = |unit: usize| {
        let values = || means.iter().skip(unit).step_by(width).map(|x| x.as_f64());
        let mean = values().sum::<f64>() / rows as f64;
        values().map(|x| (x - mean).powi(2)).sum::<f64>() / rows as f64
    };
    (0..width).filter(|unit| variance(*unit) > 0.01).count()
}
