use crate::console::warn;
use crate::history::Sums;
use crate::parameters::ELEMENTS;
use crate::{Epoch, Error, Parameter, Result, file, parameters};
use dfdx::prelude::{Cpu, TensorCollection};
use flate2::Crc;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;
use vae_ops::OptimizerState;

/// Everything that a run needs to continue as if it had never stopped.
///
/// On disk: the magic bytes, the format's version, the length and the CRC-32 of what follows, then this structure in
/// MessagePack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The version of this crate that wrote it.
    pub crate_version: String,
    /// Epochs completed.
    pub epoch: usize,
    /// Batches completed in the epoch that was under way.
    pub batch: usize,
    /// Batches completed in all; 0 in files of format version 1.
    #[serde(default)]
    pub step: u64,
    /// What that epoch has summed up.
    pub(crate) sums: Sums,
    /// The completed epochs.
    pub history: Vec<Epoch>,
    /// The model.
    pub parameters: Vec<Parameter>,
    /// The optimizer.
    pub optimizer: OptimizerState<f32>,
    /// What the objective has learned.
    #[serde(default)]
    pub objective: Vec<f64>,
    /// What `config.json` says of the run; null in files of format version 1.
    #[serde(default)]
    pub config: Value,
}

/// Of a run folder: the last, the one before, and that of the epoch with the best bound on the validation set.
pub(crate) const LAST: &str = "checkpoint.bin";
pub(crate) const PREVIOUS: &str = "previous.bin";
pub(crate) const BEST: &str = "best.bin";

const MAGIC: &[u8; 8] = b"VAE-CKPT";
/// Version 1 had no types of elements, no configuration and no averages.
const VERSION: u32 = 2;
const OLDEST: u32 = 1;
const HEADER: usize = MAGIC.len() + 4 + 8 + 4;

impl Checkpoint {
    /// Writes the file whole or not at all.
    pub fn save(&self, path: &Path) -> Result<()> {
        file::save(path, &self.to_bytes())
    }

    /// The same in a run folder, where the one before is kept.
    pub(crate) fn save_in(&self, dir: &Path) -> Result<()> {
        let [last, previous] = [LAST, PREVIOUS].map(|name| dir.join(name));
        file::save_keeping(&last, &previous, &self.to_bytes())
    }

    /// The last in a run folder; with a warning the one before, if the last cannot be read.
    pub(crate) fn last_in(dir: &Path) -> Result<Self> {
        let last = Self::read(&dir.join(LAST));
        match (last, Self::read(&dir.join(PREVIOUS))) {
            (Err(error), Ok(previous)) => {
                warn(format_args!("{error}; going on from {PREVIOUS}"));
                Ok(previous)
            }
            (last, _) => last,
        }
    }

    /// The content of a file, as [`parse`](Self::parse) reads it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let payload = rmp_serde::to_vec_named(self).expect("a checkpoint serializes to memory");
        let mut bytes = Vec::with_capacity(HEADER + payload.len());
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend((payload.len() as u64).to_le_bytes());
        bytes.extend(checksum(&payload).to_le_bytes());
        bytes.extend(payload);
        bytes
    }

    /// Brings a model to the state of a file, and returns the file: to go on with a trained model. Where the optimizer kept an
    /// average of the weights, the model gets that.
    ///
    /// # Errors
    /// If the file cannot be [read](Self::read), or is of another model, which is then left as it is.
    pub fn load<M: TensorCollection<f32, Cpu>>(path: &Path, model: &mut M) -> Result<Self> {
        let checkpoint = Self::read(path)?;
        checkpoint.bring(model, path)?;
        if !checkpoint.optimizer.put_average(model) {
            return Err(Error::Checkpoint {
                path: path.into(),
                reason: "its average of the weights is of another model".into(),
            });
        }
        Ok(checkpoint)
    }

    /// Gives a model the parameters; the file is at `path`.
    pub(crate) fn bring<M: TensorCollection<f32, Cpu>>(
        &self,
        model: &mut M,
        path: &Path,
    ) -> Result<()> {
        parameters::load(model, &self.parameters).map_err(|reason| Error::Checkpoint {
            path: path.into(),
            reason,
        })
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// If it cannot be read, is no checkpoint, is damaged, or is of a version that this program does not know.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&file::read(path)?).map_err(|reason| Error::Checkpoint {
            path: path.into(),
            reason,
        })
    }

    /// Reads and checks the content of a file.
    ///
    /// # Errors
    /// As [`read`](Self::read), with the reason alone.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        parse(bytes)
    }
}

fn parse(bytes: &[u8]) -> std::result::Result<Checkpoint, String> {
    let (header, payload) = bytes
        .split_at_checked(HEADER)
        .ok_or("it is too short to be a checkpoint")?;
    let (magic, rest) = header.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err("it is not a checkpoint".into());
    }
    let word = |at: usize| u32::from_le_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
    if !(OLDEST..=VERSION).contains(&word(0)) {
        return Err(format!(
            "it has format version {}, this program reads versions {OLDEST} to {VERSION}",
            word(0)
        ));
    }
    let length = u64::from(word(4)) | u64::from(word(8)) << 32;
    if payload.len() as u64 != length {
        return Err(format!(
            "it is damaged: {length} bytes expected, {} found",
            payload.len()
        ));
    }
    if checksum(payload) != word(12) {
        return Err("it is damaged: the checksum does not fit".into());
    }
    let checkpoint: Checkpoint =
        rmp_serde::from_slice(payload).map_err(|error| format!("it cannot be read: {error}"))?;
    let other = |parameter: &&Parameter| parameter.dtype != ELEMENTS;
    if let Some(Parameter { name, dtype, .. }) = checkpoint.parameters.iter().find(other) {
        return Err(format!("its {name} is of type {dtype}, not {ELEMENTS}"));
    }
    Ok(checkpoint)
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::damage::damaged;
    use proptest::{collection::vec, prelude::*};
    use serde_json::json;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            crate_version: "0.1.0".into(),
            epoch: 3,
            batch: 7,
            step: 19,
            sums: Sums {
                examples: 5,
                loss: 1.5,
                reconstruction: 1.0,
                kl: 0.1 + 0.2,
                extras: [("beta".to_string(), 2.5)].into(),
                seconds: 0.3,
            },
            history: Vec::new(),
            parameters: vec![Parameter {
                name: "w".into(),
                shape: vec![2],
                dtype: ELEMENTS.into(),
                values: vec![0.1, -1e-40],
            }],
            optimizer: OptimizerState {
                step: 9,
                moments: vec![[vec![1.0], vec![2.0]]],
                average: vec![vec![0.5]],
                pending: vec![vec![0.25]],
                pending_batches: 1,
            },
            objective: vec![1.5, -0.1],
            config: json!({"experiment": "test", "options": {"seed": 0}}),
        }
    }

    fn stored() -> Vec<u8> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.bin");
        checkpoint().save(&path).unwrap();
        assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint());
        std::fs::read(path).unwrap()
    }

    #[test]
    fn comes_back_exactly_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("checkpoint.bin");
        checkpoint().save(&path).unwrap();
        assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    /// Written by the version of this crate that had it.
    #[test]
    fn format_version_1_is_read() {
        let old = parse(include_bytes!("../tests/golden/checkpoint-1.bin")).unwrap();
        let now = checkpoint();
        let expected = Checkpoint {
            step: 0,
            config: Value::Null,
            optimizer: OptimizerState {
                step: now.optimizer.step,
                moments: now.optimizer.moments.clone(),
                ..Default::default()
            },
            ..now
        };
        assert_eq!(old, expected);
    }

    #[test]
    fn versions_to_come_and_other_elements_are_refused() {
        let mut later = stored();
        later[MAGIC.len()] = 3;
        let error = parse(&later).unwrap_err();
        assert!(
            error.contains("version 3, this program reads versions 1 to 2"),
            "{error}"
        );
        let mut doubles = checkpoint();
        doubles.parameters[0].dtype = "f64".into();
        assert_eq!(
            parse(&doubles.to_bytes()).unwrap_err(),
            "its w is of type f64, not f32"
        );
    }

    #[test]
    fn every_truncation_and_every_flipped_byte_is_refused() {
        let good = stored();
        for length in 0..good.len() {
            assert!(parse(&good[..length]).is_err(), "truncated to {length}");
        }
        for i in 0..good.len() {
            let mut bad = good.clone();
            bad[i] ^= 0x40;
            assert!(parse(&bad).is_err(), "byte {i} flipped");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Checkpoint::read(Path::new("nowhere/checkpoint.bin")).unwrap_err();
        assert!(
            error.to_string().contains("nowhere/checkpoint.bin"),
            "{error}"
        );
    }

    /// A file of this version with a payload.
    fn framed(payload: &[u8]) -> Vec<u8> {
        let length = payload.len() as u64;
        let header = [
            &MAGIC[..],
            &VERSION.to_le_bytes(),
            &length.to_le_bytes(),
            &checksum(payload).to_le_bytes(),
        ];
        [&header.concat(), payload].concat()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
            prop_assert!(parse(&bytes).is_err());
            prop_assert!(parse(&framed(&bytes)).is_err());
        }

        #[test]
        fn damaged_files_are_refused(bytes in damaged(checkpoint().to_bytes())) {
            prop_assert!(parse(&bytes).is_err() || bytes == checkpoint().to_bytes());
        }

        /// Damage that the checksum does not show. Compared by their bytes, as NaN is not itself.
        #[test]
        fn what_is_read_is_written_as_it_was(payload in damaged(checkpoint().to_bytes().split_off(HEADER))) {
            if let Ok(read) = parse(&framed(&payload)) {
                let bytes = read.to_bytes();
                prop_assert_eq!(parse(&bytes).unwrap().to_bytes(), bytes);
            }
        }
    }
}
