//! A set of images in memory.

use std::{fmt, hint::black_box, iter, ops::Range};

use crate::{
    Error,
    depth::{Depth, unpack},
};

/// Grey or binary images of one size, upright and row by row, with optional labels.
///
/// Grey images take a byte a pixel, binary images a bit. A model never sees either: it is given
/// `f32` pixels, made batch by batch by [`intensities`](Self::intensities) or
/// [`binarize`](Self::binarize) in a buffer that the caller reuses.
///
/// ```
/// use vae_data::Images;
///
/// let images = Images::new(1, 2, vec![0, 255, 51, 102])?.with_labels(vec![7, 9])?;
/// assert_eq!((images.len(), images.pixels()), (2, 2));
///
/// let mut x = Vec::new();
/// images.intensities(&[1, 0], &mut x);
/// assert_eq!(x, [0.2, 0.4, 0.0, 1.0]);
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Panics
///
/// A row index that is not below [`len`](Self::len) is a bug: the methods that take one panic, as
/// slices do.
#[derive(Clone, PartialEq, Eq)]
pub struct Images {
    height: usize,
    width: usize,
    pub(crate) depth: Depth,
    /// Every image takes `stride` bytes.
    bytes: Vec<u8>,
    labels: Option<Vec<u8>>,
}

impl Images {
    /// Grey images from `N·height·width` bytes.
    ///
    /// # Errors
    ///
    /// [`ImageBytes`](Error::ImageBytes) if an image has no pixel, or `bytes` is not a whole number
    /// of images.
    pub fn new(height: usize, width: usize, bytes: Vec<u8>) -> Result<Self, Error> {
        Self::checked(height, width, Depth::Grey, bytes)
    }

    /// Binary images from packed bits, the most significant first: pixel `p = row·width + column`
    /// is bit `7 - p % 8` of byte `p / 8` of its image. An image takes `⌈height·width / 8⌉` bytes,
    /// of which surplus bits are ignored.
    ///
    /// # Errors
    ///
    /// [`ImageBytes`](Error::ImageBytes) if an image has no pixel, or `bytes` is not a whole number
    /// of images.
    pub fn from_bits(height: usize, width: usize, bytes: Vec<u8>) -> Result<Self, Error> {
        Self::checked(height, width, Depth::Bit, bytes)
    }

    fn checked(height: usize, width: usize, depth: Depth, bytes: Vec<u8>) -> Result<Self, Error> {
        let whole = match height.checked_mul(width) {
            None | Some(0) => false,
            Some(pixels) => bytes.len().is_multiple_of(depth.stride(pixels)),
        };
        if !whole {
            return Err(Error::ImageBytes {
                height,
                width,
                bytes: bytes.len(),
            });
        }
        Ok(Self {
            height,
            width,
            depth,
            bytes,
            labels: None,
        })
    }

    /// The same images with one label each.
    ///
    /// # Errors
    ///
    /// [`LabelCount`](Error::LabelCount) if there are more or fewer labels than images.
    pub fn with_labels(self, labels: Vec<u8>) -> Result<Self, Error> {
        if labels.len() != self.len() {
            return Err(Error::LabelCount {
                images: self.len(),
                labels: labels.len(),
            });
        }
        Ok(Self {
            labels: Some(labels),
            ..self
        })
    }

    /// The number of images, `N`.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.stride()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Rows of an image, `H`.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Columns of an image, `W`.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels of an image, `H·W`.
    pub fn pixels(&self) -> usize {
        self.height * self.width
    }

    /// The labels, one an image, if the set has labels.
    pub fn labels(&self) -> Option<&[u8]> {
        self.labels.as_deref()
    }

    /// Copies the images `rows`, in that order; an index may repeat.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let bytes = rows
            .iter()
            .flat_map(|&row| self.row(row))
            .copied()
            .collect();
        let labels = self
            .labels()
            .map(|labels| rows.iter().map(|&row| labels[row]).collect());
        Self {
            bytes,
            labels,
            ..*self
        }
    }

    /// Copies the images of a range.
    pub fn range(&self, rows: Range<usize>) -> Self {
        assert!(
            rows.start <= rows.end && rows.end <= self.len(),
            "rows {rows:?} of {}",
            self.len()
        );
        let bytes = self.bytes[rows.start * self.stride()..rows.end * self.stride()].to_vec();
        let labels = self.labels().map(|labels| labels[rows].to_vec());
        Self {
            bytes,
            labels,
            ..*self
        }
    }

    /// Fills `out` with the pixels of the images `rows`, as intensities `grey/255` in [0, 1]: shape
    /// `(rows.len(), H·W)`.
    ///
    /// Earlier content of `out` is dropped, its memory is reused.
    pub fn intensities(&self, rows: &[usize], out: &mut Vec<f32>) {
        out.clear();
        self.prefetch(rows);
        for &row in rows {
            let (row, end) = (self.row(row), out.len() + self.pixels());
            match self.depth {
                Depth::Grey => out.extend(row.iter().map(|&grey| f32::from(grey) / 255.0)),
                Depth::Bit => {
                    row.iter().for_each(|&byte| out.extend(unpack(byte)));
                    out.truncate(end);
                }
            }
        }
    }

    /// The mean intensity of every pixel over the set, shape `(H·W)`; NaN if the set is empty.
    ///
    /// Its logit is the customary initial bias of a Bernoulli decoder.
    pub fn mean(&self) -> Vec<f32> {
        let mut sums = vec![0.0; self.pixels()];
        let mut image = Vec::new();
        for row in 0..self.len() {
            self.intensities(&[row], &mut image);
            iter::zip(&mut sums, &image).for_each(|(sum, &pixel)| *sum += f64::from(pixel));
        }
        sums.iter()
            .map(|sum| (sum / self.len() as f64) as f32)
            .collect()
    }

    /// The stored bytes of one image.
    pub(crate) fn row(&self, row: usize) -> &[u8] {
        assert!(row < self.len(), "row {row} of {} images", self.len());
        &self.bytes[row * self.stride()..][..self.stride()]
    }

    /// Asks for the memory of all `rows` at once: in random order, waiting for one after the other
    /// costs up to half of the time.
    pub(crate) fn prefetch(&self, rows: &[usize]) {
        const CACHE_LINE: usize = 64;
        black_box(
            rows.iter()
                .flat_map(|&row| self.row(row).iter().step_by(CACHE_LINE))
                .fold(0, |sum, byte| sum ^ byte),
        );
    }

    /// Bytes of an image.
    fn stride(&self) -> usize {
        self.depth.stride(self.pixels())
    }

    /// The same set, its pixels stored in another way.
    pub(crate) fn stored_as(&self, depth: Depth, bytes: Vec<u8>) -> Self {
        Self {
            depth,
            bytes,
            labels: self.labels.clone(),
            ..*self
        }
    }
}

/// Without the pixels.
impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            height,
            width,
            depth,
            ..
        } = self;
        write!(f, "Images({} × {height} × {width}, {depth:?})", self.len())
    }
}

#[cfg(test)]
mod tests;
