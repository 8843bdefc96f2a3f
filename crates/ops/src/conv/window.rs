use crate::{Extent, Message};

/// A square window of `KERNEL` × `KERNEL` pixels that moves by `STRIDE` over an image with `PADDING` pixels of border on
/// every side. In a convolution, channels are split into `GROUPS` that do not see each other.
///
/// Along a side of n pixels it has ⌊(n + 2·PADDING − KERNEL) / STRIDE⌋ + 1 places.
///
/// ```
/// use vae_ops::Window;
/// let halves = Window::<4, 2, 1>; // 28 pixels to 14
/// let keeps = Window::<3, 1, 1>; // 28 pixels to 28
/// let depthwise = Window::<3, 1, 1, 32>; // one filter for each of 32 channels
/// let patches = Window::<7, 7>; // 28 pixels to 4 patches
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Window<
    const KERNEL: usize,
    const STRIDE: usize = 1,
    const PADDING: usize = 0,
    const GROUPS: usize = 1,
>;

/// Along `LONG` pixels the window has `SHORT` places. Where the compiler knows both sizes, it refuses others.
pub(crate) const fn assert_places<
    Long: Extent,
    Short: Extent,
    const K: usize,
    const S: usize,
    const P: usize,
>() {
    assert!(K > 0 && S > 0, "a window needs a size and a stride");
    if let (Some(long), Some(short)) = (Long::KNOWN, Short::KNOWN) {
        check_places(long, short, [K, S, P]);
    }
}

pub(crate) const fn check_places(long: usize, short: usize, [k, s, p]: [usize; 3]) {
    if places(long, [k, s, p]) != short {
        about_window([k, s, p])
            .text(" has ")
            .number(places(long, [k, s, p]))
            .text(" places along ")
            .number(long)
            .text(" pixels, not ")
            .number(short)
            .panic();
    }
}

/// The number of places of a window along a side.
pub(crate) const fn places(long: usize, [k, s, p]: [usize; 3]) -> usize {
    if long + 2 * p < k {
        about_window([k, s, p])
            .text(" has no place along ")
            .number(long)
            .text(" pixels")
            .panic();
    }
    (long + 2 * p - k) / s + 1
}

/// A size that follows from others.
///
/// # Panics
/// If the type demands another one.
pub(crate) fn extent<D: Extent>(size: usize) -> D {
    D::from_size(size).unwrap_or_else(|| {
        panic!(
            "a side is {size} pixels long, not {:?} as its type says",
            D::KNOWN
        )
    })
}

const fn about_window([k, s, p]: [usize; 3]) -> Message {
    Message::new("a window of ")
        .number(k)
        .text(" pixels with stride ")
        .number(s)
        .text(" and padding ")
        .number(p)
}

/// `All` channels in `G` groups of `Each`. Where the compiler knows both sizes, it refuses others.
pub(crate) const fn assert_groups<All: Extent, Each: Extent, const G: usize>() {
    assert!(G > 0, "a convolution has at least one group");
    if let (Some(all), Some(each)) = (All::KNOWN, Each::KNOWN) {
        check_groups(all, each, G);
    }
}

pub(crate) const fn check_groups(all: usize, each: usize, groups: usize) {
    if all != each * groups {
        Message::new("a weight for ")
            .number(each)
            .text(" channels in each of ")
            .number(groups)
            .text(" groups does not fit ")
            .number(all)
            .text(" channels")
            .panic();
    }
}

/// `All` channels can be split into `G` groups. Where the compiler knows their number, it refuses others.
pub(crate) const fn assert_divisible<All: Extent, const G: usize>() {
    if let Some(all) = All::KNOWN {
        check_groups(all, all / G, G);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_have_their_places() {
        assert_eq!(places(28, [4, 2, 1]), 14);
        assert_eq!(places(14, [4, 2, 1]), 7);
        assert_eq!(places(7, [3, 1, 1]), 7);
        assert_eq!(places(1, [3, 1, 1]), 1);
        assert_eq!(places(6, [3, 2, 0]), 2);
        assert_eq!(places(7, [3, 2, 0]), 3);
    }

    #[test]
    #[should_panic(
        expected = "a window of 4 pixels with stride 2 and padding 1 has 14 places along 28 pixels, not 13"
    )]
    fn a_wrong_size_is_named() {
        check_places(28, 13, [4, 2, 1]);
    }

    #[test]
    #[should_panic(expected = "has no place along 2 pixels")]
    fn an_image_smaller_than_the_window_is_refused() {
        places(2, [5, 1, 1]);
    }

    #[test]
    #[should_panic(expected = "16 channels in each of 2 groups does not fit 64 channels")]
    fn wrong_groups_are_named() {
        check_groups(64, 16, 2);
    }
}
