//! How pixels are stored.

/// Bytes or bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// A byte a pixel, 255 is full intensity.
    Grey,
    /// A bit a pixel, the most significant first; every image begins with a new byte.
    Bit,
}

impl Depth {
    /// Bytes of an image of so many pixels.
    pub fn stride(self, pixels: usize) -> usize {
        match self {
            Depth::Grey => pixels,
            Depth::Bit => pixels.div_ceil(8),
        }
    }
}

/// The bytes of an image of [`Depth::Bit`]: a pixel is set where it is above zero.
pub(crate) fn pack<T: PartialOrd + Default>(image: &[T]) -> impl Iterator<Item = u8> {
    let bit = |byte, (i, pixel): (usize, &T)| byte | u8::from(*pixel > T::default()) << (7 - i);
    image
        .chunks(8)
        .map(move |pixels| pixels.iter().enumerate().fold(0, bit))
}

/// The eight pixels of a byte.
pub(crate) fn unpack(byte: u8) -> [f32; 8] {
    [7, 6, 5, 4, 3, 2, 1, 0].map(|i| f32::from(byte >> i & 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed_from_the_most_significant_on() {
        let image = [0, 1, 1, 0, 0, 0, 0, 1, 1];
        assert_eq!(Vec::from_iter(pack(&image)), [0b0110_0001, 0b1000_0000]);
        assert_eq!(
            unpack(0b0110_0001),
            [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
        );
    }
}
