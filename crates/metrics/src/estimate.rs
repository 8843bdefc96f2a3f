use serde::{Deserialize, Serialize};

/// A mean over independent examples, with its standard error.
///
/// ```
/// use vae_metrics::Estimate;
///
/// let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0]);
/// assert_eq!((estimate.mean, estimate.count), (2.5, 4));
/// assert!((estimate.standard_error - (5.0f64 / 3.0 / 4.0).sqrt()).abs() < 1e-15);
/// assert_eq!(estimate.to_string(), "2.50 ± 0.65");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// √(s² / n), with the sample variance s². NaN for fewer than two examples.
    pub standard_error: f64,
    /// n, the number of examples.
    pub count: usize,
}

impl Estimate {
    /// From one value per example.
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Self {
            mean,
            standard_error: (variance / n).sqrt(),
            count: values.len(),
        }
    }
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{:.2} ± {:.2}", self.mean, self.standard_error)
    }
}
