//! Tables for anomaly detection from ADBench (Han et al. 2022).
//!
//! The values are not standardized and rows may be sorted by label; there is no fixed split.
//! Customary protocols: fit and score on everything; or a stratified 70/30 split with the scaling
//! fitted on its training part; or train on half of the normal rows and test on the rest.

use std::path::Path;

use crate::{
    Error,
    folder::{Folder, same_count, within},
};

/// Numbers in rows and columns, each row normal or an anomaly.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Features of a row, `D`.
    pub columns: usize,
    /// The features, row after row: shape `(N, D)`.
    pub values: Vec<f64>,
    /// One label a row: 1 = anomaly, 0 = normal.
    pub labels: Vec<u8>,
}

impl Table {
    /// The number of rows, `N`.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The `D` features of a row.
    ///
    /// # Panics
    ///
    /// If there is no such row, as with slices.
    pub fn row(&self, row: usize) -> &[f64] {
        assert!(row < self.rows(), "row {row} of {}", self.rows());
        &self.values[row * self.columns..][..self.columns]
    }
}

/// Reads the table `name` of `dir/adbench/` (or `dir` itself) from its files `name.x.npy.gz`
/// (`<f8`, `[N, D]`) and `name.y.npy.gz` (`|u1`, `[N]`).
///
/// The stored tables: annthyroid, breastw, cardio, cardiotocography, http, ionosphere, letter,
/// mammography, mnist (zeros against sixes, reduced to 100 features), musk, optdigits, pendigits,
/// pima, satellite, satimage-2, shuttle, smtp, thyroid, vowels, waveform, wbc, wdbc.
///
/// ```no_run
/// let table = vae_data::adbench::load("data", "pima")?;
/// assert_eq!((table.rows(), table.columns), (768, 8));
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Errors
///
/// If a file is missing or damaged, or the two are not a table and its labels.
pub fn load(dir: impl AsRef<Path>, name: &str) -> Result<Table, Error> {
    let folder = Folder::new(dir, "adbench");
    let (values_file, [rows, columns], values) = folder.npy(&format!("{name}.x.npy.gz"))?;
    let (labels_file, [label_count], labels) = folder.npy(&format!("{name}.y.npy.gz"))?;
    within(&labels_file, &labels, 1)?;
    same_count(values_file, rows, labels_file, label_count)?;
    Ok(Table {
        columns,
        values,
        labels,
    })
}

#[cfg(test)]
mod tests;
