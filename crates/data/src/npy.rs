//! NumPy's NPY format, as far as the stored data sets and run folders need it.

use std::path::{Path, PathBuf};

use crate::{Error, input::Input};

/// An element type of [`Npy`]: `f64` (`<f8`), `f32` (`<f4`), `i32` (`<i4`) or `u8` (`|u1`).
pub trait Element: Sized {
    /// NumPy's name of the type, byte order included.
    const DESCR: &'static str;

    /// Decodes the bytes of whole elements.
    fn decode(bytes: &[u8]) -> Vec<Self>;

    /// Their bytes.
    fn encode(values: &[Self]) -> Vec<u8>;
}

macro_rules! element {
    ($type:ty, $descr:literal) => {
        impl Element for $type {
            const DESCR: &'static str = $descr;

            fn decode(bytes: &[u8]) -> Vec<Self> {
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|&bytes| Self::from_le_bytes(bytes))
                    .collect()
            }

            fn encode(values: &[Self]) -> Vec<u8> {
                values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect()
            }
        }
    };
}

element!(f64, "<f8");
element!(f32, "<f4");
element!(i32, "<i4");
element!(u8, "|u1");

/// An array in C order from an NPY file of version 1.0 (NumPy Enhancement Proposal 1), gzip or
/// plain.
///
/// ```
/// use vae_data::Npy;
///
/// let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n";
/// let length = [header.len() as u8, 0];
/// let file = [b"\x93NUMPY\x01\0", &length[..], header.as_bytes(), &[7, 8, 9]].concat();
/// let array = Npy::<u8>::parse("array", &file)?;
/// assert_eq!(array.dims, [3]);
/// assert_eq!(array.values, [7, 8, 9]);
/// # Ok::<(), vae_data::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Npy<T> {
    /// The sizes, slowest first.
    pub dims: Vec<usize>,
    /// The elements; as many as the product of `dims`.
    pub values: Vec<T>,
}

impl<T: Element> Npy<T> {
    /// Reads a file, gzip or plain.
    ///
    /// # Errors
    ///
    /// [`Io`](Error::Io) or [`Damaged`](Error::Damaged) if the file cannot be read or decompressed,
    /// [`Magic`](Error::Magic), [`ElementType`](Error::ElementType), [`Header`](Error::Header) or
    /// [`TooLarge`](Error::TooLarge) if the header is not that of a version 1.0 array of `T` in C
    /// order, and [`Truncated`](Error::Truncated) or [`Oversized`](Error::Oversized) if the data do
    /// not match it.
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

    /// The array as a file of version 1.0, which NumPy and [`parse`](Self::parse) read.
    ///
    /// ```
    /// use vae_data::Npy;
    ///
    /// let array = Npy { dims: vec![2, 1], values: vec![0.5f32, -1.0] };
    /// assert_eq!(Npy::parse("array", &array.to_bytes())?, array);
    /// # Ok::<(), vae_data::Error>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let sizes: String = self.dims.iter().map(|size| format!("{size}, ")).collect();
        let mut header = format!(
            "{{'descr': '{}', 'fortran_order': False, 'shape': ({sizes}), }}",
            T::DESCR
        );
        // Magic, length, header and a line feed fill whole 64 bytes.
        let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
        header = format!("{header:<width$}\n", width = length - 1);
        let magic = b"\x93NUMPY\x01\0";
        let length = (length as u16).to_le_bytes();
        let mut bytes = [&magic[..], &length, header.as_bytes()].concat();
        bytes.extend(T::encode(&self.values));
        bytes
    }

    fn decode(mut input: Input) -> Result<Self, Error> {
        let magic = input.exactly(8)?;
        if magic != *b"\x93NUMPY\x01\0" {
            return Err(Error::Magic {
                file: input.file,
                format: "NPY 1.0",
                found: magic,
            });
        }
        let length = input.exactly(2)?;
        let header = input.exactly(usize::from(length[0]) | usize::from(length[1]) << 8)?;
        let header = String::from_utf8_lossy(&header);
        let bad = |key| Error::Header {
            file: input.file.clone(),
            problem: format!("no readable `{key}`"),
        };

        let descr = quoted(value(&header, "descr")).ok_or_else(|| bad("descr"))?;
        if descr != T::DESCR {
            return Err(Error::ElementType {
                file: input.file,
                expected: T::DESCR,
                found: descr.into(),
            });
        }
        if !value(&header, "fortran_order").is_some_and(|order| order.starts_with("False")) {
            return Err(Error::Header {
                problem: "not in C order".into(),
                file: input.file,
            });
        }
        let dims = tuple(value(&header, "shape")).ok_or_else(|| bad("shape"))?;
        let bytes = input.array(&dims, size_of::<T>())?;
        Ok(Self {
            dims,
            values: T::decode(&bytes),
        })
    }
}

/// What follows `'key':` in a Python dictionary.
fn value<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    Some(rest.trim_start())
}

/// `<f8` from `'<f8', …`.
fn quoted(text: Option<&str>) -> Option<&str> {
    Some(text?.strip_prefix('\'')?.split_once('\'')?.0)
}

/// `[768, 8]` from `(768, 8), …`; Python's one-tuple ends with a comma.
fn tuple(text: Option<&str>) -> Option<Vec<usize>> {
    let inside = text?.strip_prefix('(')?.split_once(')')?.0;
    let sizes = inside
        .split(',')
        .map(str::trim)
        .filter(|size| !size.is_empty());
    sizes.map(|size| size.parse().ok()).collect()
}

#[cfg(test)]
pub(crate) mod tests;
