//! What can go wrong between a file and an [`Images`](crate::Images).

use std::{io, path::PathBuf};

/// Why data could not be read, checked, split or fetched. Every message about a file begins with
/// that file's name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A data set's file is in neither place where it may be.
    #[error(
        "{file}: no such file; {dir} or its folder `{folder}` should hold it: get it or name another directory"
    )]
    Missing {
        /// The path that was tried last.
        file: PathBuf,
        /// The data directory that the caller named.
        dir: PathBuf,
        /// The data set's own folder.
        folder: String,
    },

    /// The operating system refused to read or write a file.
    #[error("{file}: {reason}")]
    Io {
        /// The file or directory.
        file: PathBuf,
        /// What the system said.
        reason: io::Error,
    },

    /// The gzip stream is corrupt, or ends before its checksum.
    #[error("{file}: damaged gzip data: {reason}; get the file again")]
    Damaged {
        /// The compressed file.
        file: PathBuf,
        /// What the decoder said.
        reason: io::Error,
    },

    /// The data end early.
    #[error(
        "{file}: truncated: header promises {promised} bytes, found {found}; get the file again"
    )]
    Truncated {
        /// The (decompressed) file.
        file: PathBuf,
        /// Bytes that the format or the header promises, headers included.
        promised: u64,
        /// Bytes that are there.
        found: u64,
    },

    /// The data go on after their end.
    #[error("{file}: too long: expected {expected} bytes, found more; get the file again")]
    Oversized {
        /// The (decompressed) file.
        file: PathBuf,
        /// Bytes that the header promises, headers included, or the most that a text may have.
        expected: u64,
    },

    /// The first bytes are not those of the expected format.
    #[error("{file}: no {format} file: it begins with {found:02x?}; is it the right file?")]
    Magic {
        /// The (decompressed) file.
        file: PathBuf,
        /// The expected format, for example `"IDX"`.
        format: &'static str,
        /// The first bytes.
        found: Vec<u8>,
    },

    /// The elements are of another type.
    #[error("{file}: elements of type {found}, expected {expected}; convert the file")]
    ElementType {
        /// The file.
        file: PathBuf,
        /// The type that can be read here.
        expected: &'static str,
        /// The type that the header names.
        found: String,
    },

    /// The header says something that this reader does not understand.
    #[error("{file}: bad header: {problem}; is it the right file?")]
    Header {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },

    /// The header's dimensions multiply to more than any memory holds.
    #[error("{file}: bad header: dimensions {dims:?} are beyond any memory; get the file again")]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// The dimensions in the header.
        dims: Vec<usize>,
    },

    /// A well-formed file of other dimensions than the data set's.
    #[error("{file}: dimensions {found:?}, expected {expected:?}; is it the right file?")]
    Shape {
        /// The file.
        file: PathBuf,
        /// The dimensions of the data set.
        expected: Vec<usize>,
        /// The dimensions in the header.
        found: Vec<usize>,
    },

    /// A well-formed array of other rank than expected.
    #[error("{file}: dimensions {found:?}, expected {expected} of them; is it the right file?")]
    Rank {
        /// The file.
        file: PathBuf,
        /// The expected number of dimensions.
        expected: usize,
        /// The dimensions in the header.
        found: Vec<usize>,
    },

    /// A value outside the range that the data set has.
    #[error(
        "{file}: value {value} at position {position}, expected 0 to {max}; is it the right file?"
    )]
    Value {
        /// The file.
        file: PathBuf,
        /// The index of the first such value.
        position: usize,
        /// The value.
        value: i64,
        /// The largest value of the data set.
        max: i64,
    },

    /// Two files that belong together have different numbers of rows.
    #[error(
        "{labels}: {label_count} labels for the {row_count} rows of {rows}; get both files from one source"
    )]
    LabelFile {
        /// The file of images or table rows.
        rows: PathBuf,
        /// How many rows it has.
        row_count: usize,
        /// The file of labels.
        labels: PathBuf,
        /// How many labels it has.
        label_count: usize,
    },

    /// The files of another data set under the same names.
    #[error(
        "{file}: the labels begin with {found:?}, this data set's with {expected:?}; name the right directory"
    )]
    OtherSet {
        /// The file of labels.
        file: PathBuf,
        /// The first labels of the data set.
        expected: Vec<u8>,
        /// The first labels in the file.
        found: Vec<u8>,
    },

    /// A line of a text table cannot be understood.
    #[error("{file}:{line}: {problem}; is it the right file?")]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },

    /// Pixels that do not make whole images.
    #[error("{bytes} bytes are no whole number of {height} × {width} images; check the size")]
    ImageBytes {
        /// Rows of an image.
        height: usize,
        /// Columns of an image.
        width: usize,
        /// Length of the pixel data.
        bytes: usize,
    },

    /// Not one label an image.
    #[error("{labels} labels for {images} images; give one label an image")]
    LabelCount {
        /// How many images there are.
        images: usize,
        /// How many labels were given.
        labels: usize,
    },

    /// More images to hold out than there are.
    #[error("cannot hold out {valid} of {train} training images; hold out fewer")]
    ValidCount {
        /// How many training images there are.
        train: usize,
        /// How many were to be held out.
        valid: usize,
    },

    /// The server answered with an error.
    #[error("{file}: {url} answered with status {status}; check the base URL")]
    Status {
        /// The file that was to be written.
        file: PathBuf,
        /// Where it was to come from.
        url: String,
        /// The HTTP status.
        status: u16,
    },

    /// The server could not be reached, or the connection broke.
    #[error("{file}: transfer from {url} failed: {reason}; try again")]
    Transfer {
        /// The file that was to be written.
        file: PathBuf,
        /// Where it was to come from.
        url: String,
        /// What happened.
        reason: io::Error,
    },

    /// The server sent something else than the published file.
    #[error("{file}: {url} sent {found}, expected {expected}; try another base URL")]
    Content {
        /// The file that was to be written.
        file: PathBuf,
        /// Where it came from.
        url: String,
        /// The published length or SHA-256.
        expected: String,
        /// The length or SHA-256 of what came.
        found: String,
    },
}
