//! NSL-KDD: network connections, normal or one of many attacks (Tavallaee, Bagheri, Lu & Ghorbani
//! 2009).
//!
//! The test set has attacks and a service that the training set lacks: an encoder must cope with
//! unknown categories. Customary use with a VAE: train on the normal rows only, one-hot symbolic
//! features, scale numeric ones, score the test rows. The harder official test set, KDDTest-21, is
//! exactly the test records of [`difficulty`](Record::difficulty) ≠ 21.

use std::{
    iter,
    path::{Path, PathBuf},
};

use crate::{Error, folder::Folder, input::Input};

/// The full training set has 19 MB; a file beyond this is something else.
const MAX_BYTES: usize = 256 << 20;

/// One connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The numeric features: the file's columns 1 and 5 to 41, unscaled and finite.
    pub numeric: [f64; 38],
    /// Protocol, service and flag: the file's columns 2 to 4.
    pub symbolic: [String; 3],
    /// `normal` or the name of the attack.
    pub label: String,
    /// How many of 21 classifiers of the set's authors were right, 0 to 21.
    pub difficulty: u8,
}

impl Record {
    /// Whether the connection is no attack.
    pub fn is_normal(&self) -> bool {
        self.label == "normal"
    }

    fn parse(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split(',').collect();
        let fields: [&str; 43] = fields
            .try_into()
            .map_err(|fields: Vec<_>| format!("{} columns, expected 43", fields.len()))?;
        let [
            duration,
            protocol,
            service,
            flag,
            features @ ..,
            label,
            difficulty,
        ] = fields;
        let mut numeric = [0.0; 38];
        for (value, text) in iter::zip(&mut numeric, iter::once(duration).chain(features)) {
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            *value = number.ok_or_else(|| format!("feature {text:?} is no finite number"))?;
        }
        let difficulty = difficulty.parse().ok().filter(|&level| level <= 21);
        Ok(Self {
            numeric,
            symbolic: [protocol, service, flag].map(String::from),
            label: label.into(),
            difficulty: difficulty.ok_or("the difficulty in column 43 is none of 0 to 21")?,
        })
    }
}

/// Training and test records.
#[derive(Clone, Debug, PartialEq)]
pub struct NslKdd {
    /// The official 20 % subset of the training set, 25192 records.
    pub train: Vec<Record>,
    /// The full test set, 22544 records.
    pub test: Vec<Record>,
}

/// Reads `KDDTrain+_20Percent.txt.gz` and `KDDTest+.txt.gz` from `dir/nsl-kdd/` (or `dir` itself).
///
/// ```no_run
/// let connections = vae_data::nsl_kdd::load("data")?;
/// let normal = connections.train.iter().filter(|record| record.is_normal());
/// assert_eq!(normal.count(), 13449);
/// # Ok::<(), vae_data::Error>(())
/// ```
///
/// # Errors
///
/// If a file is missing or damaged, or a line is not a record.
pub fn load(dir: impl AsRef<Path>) -> Result<NslKdd, Error> {
    let folder = Folder::new(dir, "nsl-kdd");
    let records = |file| read(folder.file(file)?);
    Ok(NslKdd {
        train: records("KDDTrain+_20Percent.txt.gz")?,
        test: records("KDDTest+.txt.gz")?,
    })
}

/// Reads the records of any file of the set, gzip or plain: 43 columns separated by commas, without
/// a header.
///
/// # Errors
///
/// If the file cannot be read, is longer than 256 MiB, or a line is not a record.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Record>, Error> {
    parse(Input::open(path.as_ref())?)
}

fn parse(input: Input) -> Result<Vec<Record>, Error> {
    let file: PathBuf = input.file.clone();
    let text = input.text(MAX_BYTES)?;
    let record = |(i, line)| {
        Record::parse(line).map_err(|problem| Error::Line {
            file: file.clone(),
            line: i + 1,
            problem,
        })
    };
    text.lines().enumerate().map(record).collect()
}

#[cfg(test)]
mod tests;
