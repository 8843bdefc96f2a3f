//! The ranges of axes, and round numbers on them with short labels.

/// The range of `values` that [`drawable`] accepts, widened by `margin` of its length at both ends and never empty.
pub(super) fn range(values: impl Iterator<Item = f64>, margin: f64) -> [f64; 2] {
    let values = values.filter(|&value| drawable(value));
    let [low, high] = values.fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], value| {
        [l.min(value), h.max(value)]
    });
    if low > high {
        return [0.0, 1.0];
    }
    let size = low.abs().max(high.abs());
    let margin = if size < 1e-90 {
        1.0
    } else if high - low <= 1e-9 * size {
        // Values that are equal but for rounding get round ticks around them.
        0.1 * size
    } else {
        margin * (high - low)
    };
    [low - margin, high + margin]
}

/// Whether a coordinate is a number that can still be subtracted and scaled.
pub(super) fn drawable(value: f64) -> bool {
    value.abs() < 1e100
}

/// A marked place on an axis.
pub(super) struct Tick {
    pub value: f64,
    pub label: String,
}

/// Round numbers within `[low, high]`, about `count` of them.
pub(super) fn ticks([low, high]: [f64; 2], count: f64, whole: bool) -> Vec<Tick> {
    let ideal = (high - low) / count;
    let power = 10f64.powf(ideal.log10().floor());
    let distance = |step: &f64| (step / ideal).ln().abs();
    let round = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    let step = round
        .into_iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        .unwrap_or(ideal);
    let step = if whole { step.max(1.0) } else { step };
    let numbers = (low / step).ceil() as i64..=(high / step).floor() as i64;
    let largest = low.abs().max(high.abs());
    let tick = |value| Tick {
        value,
        label: label(value, step, largest),
    };
    numbers.map(|number| tick(number as f64 * step)).collect()
}

/// `value`, a multiple of `step`, with just the digits that tell it from its neighbours up to `largest`.
fn label(value: f64, step: f64, largest: f64) -> String {
    let exponent = |v: f64| (v.abs() * (1.0 + 1e-9)).log10().floor();
    let text = if value == 0.0 {
        "0".to_owned()
    } else if largest >= 1e7 || step < 1e-5 {
        let digits = (exponent(value) - exponent(step)).clamp(0.0, 9.0) as usize;
        let text = format!("{value:.digits$e}");
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
        format!("{mantissa}·10{}", superscript(power))
    } else {
        let decimals = (-exponent(step)).max(0.0) as usize;
        let text = format!("{value:.decimals$}");
        if largest >= 1e4 && decimals == 0 {
            grouped(&text)
        } else {
            text
        }
    };
    text.replace('-', "−")
}

fn superscript(number: &str) -> String {
    let raised = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    number
        .chars()
        .map(|c| c.to_digit(10).map_or('⁻', |digit| raised[digit as usize]))
        .collect()
}

/// A whole number with thin spaces between groups of three digits.
fn grouped(number: &str) -> String {
    let digits = number.trim_start_matches('-').len();
    let spaced = |(index, digit): (usize, char)| {
        let left = number.len() - index;
        let space = left.is_multiple_of(3) && left < digits;
        space.then_some('\u{2009}').into_iter().chain([digit])
    };
    number.char_indices().flat_map(spaced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: [f64; 2], count: f64, whole: bool) -> Vec<String> {
        ticks(range, count, whole)
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    #[test]
    fn ticks_are_round_and_labelled_with_the_digits_they_need() {
        assert_eq!(
            labels([-150.2, -99.0], 6.0, false),
            ["−150", "−140", "−130", "−120", "−110", "−100"]
        );
        assert_eq!(
            labels([0.01, 0.052], 4.0, false),
            ["0.01", "0.02", "0.03", "0.04", "0.05"]
        );
        assert_eq!(labels([0.9, 1.1], 8.0, true), ["1"]);
        assert_eq!(labels([1.0, 2.0], 8.0, true), ["1", "2"]);
        assert_eq!(
            labels([-12_000.0, 12_000.0], 5.0, false),
            [
                "−10\u{2009}000",
                "−5\u{2009}000",
                "0",
                "5\u{2009}000",
                "10\u{2009}000"
            ]
        );
        assert_eq!(
            labels([-1.3e7, -1.1e7], 4.0, false),
            [
                "−1.30·10⁷",
                "−1.25·10⁷",
                "−1.20·10⁷",
                "−1.15·10⁷",
                "−1.10·10⁷"
            ]
        );
        assert_eq!(labels([0.0, 2e-7], 2.0, false), ["0", "1·10⁻⁷", "2·10⁻⁷"]);
    }

    #[test]
    fn ranges_are_never_empty() {
        assert_eq!(
            range([1.0, f64::NAN, 3.0, f64::INFINITY].into_iter(), 0.5),
            [0.0, 4.0]
        );
        assert_eq!(range([].into_iter(), 0.1), [0.0, 1.0]);
        assert_eq!(range([0.0].into_iter(), 0.1), [-1.0, 1.0]);
        assert_eq!(range([-50.0, -50.0].into_iter(), 0.1), [-55.0, -45.0]);
        let [low, high] = range([-9e99, 9e99].into_iter(), 0.05);
        assert!(low.is_finite() && high.is_finite());
        assert!(!ticks([low, high], 6.0, false).is_empty());
    }
}
