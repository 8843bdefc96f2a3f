use super::message::Message;

/// As many as in the histograms of TensorFlow 2.
const BUCKETS: usize = 30;

/// A `HistogramProto` of the finite among these values: buckets of equal width from the least to the greatest, or one if
/// these are the same. Each is known by its right limit, which is in the next; that of the last is in the last.
pub(super) fn of(values: &[f32]) -> Message {
    let finite = values.iter().filter(|value| value.is_finite());
    let finite: Vec<f64> = finite.copied().map(f64::from).collect();
    let extreme = |of: fn(f64, f64) -> f64| finite.iter().copied().reduce(of).unwrap_or(0.0);
    let (min, max) = (extreme(f64::min), extreme(f64::max));
    let limits = limits(min, max);
    let sum = |of: fn(f64) -> f64| finite.iter().fold(0.0, |sum, value| sum + of(*value));
    Message::default()
        .double(1, min)
        .double(2, max)
        .double(3, finite.len() as f64)
        .double(4, sum(|value| value))
        .double(5, sum(|value| value * value))
        .doubles(6, &limits)
        .doubles(7, &counts(&finite, &limits))
}

fn limits(min: f64, max: f64) -> Vec<f64> {
    let buckets = if min < max { BUCKETS } else { 1 };
    let limit = |i| {
        let part = i as f64 / buckets as f64;
        (1.0 - part) * min + part * max
    };
    (1..=buckets).map(limit).collect()
}

fn counts(values: &[f64], limits: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; limits.len()];
    let inner = &limits[..limits.len() - 1];
    for value in values {
        counts[inner.partition_point(|limit| limit <= value)] += 1.0;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The counts of `numpy.histogram` and of `tensorboard.plugins.histogram.summary_v2.histogram_pb`.
    #[test]
    fn counts_are_those_of_others() {
        let values: Vec<f64> = (-20..24).map(|i| f64::from(i * i * i) / 8.0).collect();
        let limits = limits(-1000.0, 1520.875);
        let expected = [
            1, 1, 0, 1, 1, 1, 1, 1, 1, 2, 2, 13, 5, 2, 1, 2, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 0,
            1,
        ];
        assert_eq!(counts(&values, &limits), expected.map(f64::from));
    }

    #[test]
    fn one_value_has_one_bucket() {
        assert_eq!(limits(0.1, 0.1), [0.1]);
        assert_eq!(counts(&[0.1, 0.1], &[0.1]), [2.0]);
    }

    #[test]
    fn only_the_last_limit_is_in_its_bucket() {
        assert_eq!(counts(&[0.0, 1.0, 2.0], &[1.0, 2.0]), [1.0, 2.0]);
    }

    proptest! {
        #[test]
        fn every_value_is_in_its_bucket(values in proptest::collection::vec(any::<f32>(), 2..100)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let min = values.iter().copied().fold(f64::INFINITY, f64::min);
            let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let limits = limits(min, max);
            prop_assert_eq!(limits.last(), Some(&max));
            prop_assert!(limits.is_sorted());
            let counts = counts(&values, &limits);
            for i in 0..limits.len() {
                let left = if i == 0 { min } else { limits[i - 1] };
                let last = i + 1 == limits.len();
                let within = |x: &&f64| left <= **x && (**x < limits[i] || last);
                prop_assert_eq!(counts[i], values.iter().filter(within).count() as f64);
            }
        }
    }
}
