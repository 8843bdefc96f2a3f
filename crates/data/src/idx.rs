//! The IDX format of the MNIST files.

use std::path::{Path, PathBuf};

use crate::{Error, input::Input};

/// The only element type that is read: unsigned bytes.
const UNSIGNED_BYTE: u8 = 8;

/// An array of bytes of 1 to 3 dimensions in row-major order.
///
/// The file begins with `00 00 08 nd` (type 8 = unsigned byte, `nd` dimensions) and `nd` sizes as
/// big-endian `u32`; the elements follow. The format is described on the home page of MNIST (LeCun,
/// Cortes & Burges 1998). Files may be compressed with gzip; that is recognized by the content, not
/// by the name.
///
/// ```
/// use vae_data::Idx;
///
/// let file = [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9];
/// let matrix = Idx::parse("matrix", &file)?;
/// assert_eq!(matrix.dims, [1, 3]);
/// assert_eq!(matrix.bytes, [7, 8, 9]);
///
/// let error = Idx::parse("matrix", &file[..14]).unwrap_err();
/// assert!(error.to_string().starts_with("matrix: truncated: header promises 15 bytes, found 14"));
/// # Ok::<(), vae_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    /// The sizes, slowest first; for images `[N, H, W]`.
    pub dims: Vec<usize>,
    /// The elements; as many as the product of `dims`.
    pub bytes: Vec<u8>,
}

impl Idx {
    /// Reads a file, gzip or plain.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) or [`Damaged`](Error::Damaged) if the file cannot be read or decompressed,
    /// [`Magic`](Error::Magic), [`ElementType`](Error::ElementType), [`Header`](Error::Header) or
    /// [`TooLarge`](Error::TooLarge) if the header is not as described above, and
    /// [`Truncated`](Error::Truncated) or [`Oversized`](Error::Oversized) if the data do not match
    /// it. Never more than one byte beyond the promised length is decompressed, and no memory is
    /// set aside for data that are not there.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::decode(Input::open(path.as_ref())?)
    }

    /// Reads a file's content, gzip or plain; `name` is the file's name in errors.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub fn parse(name: impl Into<PathBuf>, content: &[u8]) -> Result<Self, Error> {
        Self::decode(Input::new(name.into(), content)?)
    }

    fn decode(mut input: Input) -> Result<Self, Error> {
        let magic = input.exactly(4)?;
        let [0, 0, element, rank] = magic[..] else {
            return Err(Error::Magic {
                file: input.file,
                format: "IDX",
                found: magic,
            });
        };
        if element != UNSIGNED_BYTE {
            let found = format!("0x{element:02x}");
            return Err(Error::ElementType {
                file: input.file,
                expected: "0x08 (unsigned byte)",
                found,
            });
        }
        if !(1..=3).contains(&rank) {
            return Err(Error::Header {
                file: input.file,
                problem: format!("{rank} dimensions, expected 1 to 3"),
            });
        }
        let sizes = input.exactly(4 * usize::from(rank))?;
        let size = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes) as usize;
        let dims: Vec<usize> = sizes.as_chunks().0.iter().map(size).collect();
        let bytes = input.array(&dims, 1)?;
        Ok(Self { dims, bytes })
    }
}

#[cfg(test)]
pub(crate) mod tests;
