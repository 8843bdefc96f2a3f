use crate::Noise;
use vae_ops::Real;

/// Which normal numbers an address holds, as rows of some width: rows are examples, or samples of one example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sequence {
    /// Independent numbers.
    Independent,
    /// Row 2i + 1 is row 2i with the opposite sign (Hammersley and Morton 1956).
    Antithetic,
    /// Row i is point i of a scrambled Sobol sequence.
    Sobol,
}

/// The rows of `width` numbers, the first and the last perhaps cut, that lie in `out` if it begins at number `start`:
/// each with its index and the column where it begins.
pub(crate) fn rows<E>(
    start: usize,
    width: usize,
    out: &mut [E],
) -> impl Iterator<Item = (usize, usize, &mut [E])> {
    let (mut row, mut column, mut rest) = (start / width, start % width, out);
    std::iter::from_fn(move || {
        let length = (width - column).min(rest.len());
        let now = rest.split_off_mut(..length).filter(|now| !now.is_empty())?;
        let item = (row, column, now);
        (row, column) = (row + 1, 0);
        Some(item)
    })
}

/// Rows 2i and 2i + 1 are row i of independent noise, and its negative.
pub(crate) fn fill_antithetic<E: Real>(noise: Noise, width: usize, out: &mut [E]) {
    let (start, end) = (noise.start(), noise.start() + out.len());
    let (first, column) = (start / width, start % width);
    // Of one row, only what is asked for: it may be endless.
    let pairs = if column + out.len() <= width {
        let from = first / 2 * width + column;
        from..from + out.len()
    } else {
        first / 2 * width..((end - 1) / width / 2 + 1) * width
    };
    let mut half = vec![E::zero(); pairs.len()];
    noise.independent_from(pairs.start).fill_normal(&mut half);
    for (row, column, out) in rows(start, width, out) {
        let half = &half[row / 2 * width + column - pairs.start..][..out.len()];
        let sign = E::of(if row % 2 == 0 { 1.0 } else { -1.0 });
        for (out, x) in out.iter_mut().zip(half) {
            *out = sign * *x;
        }
    }
}
