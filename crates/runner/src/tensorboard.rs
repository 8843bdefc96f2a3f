//! Curves, pictures and histograms for [TensorBoard](https://www.tensorflow.org/tensorboard), which shows them while a run
//! goes on.
//!
//! An event file is a series of [TFRecords](https://www.tensorflow.org/tutorials/load_data/tfrecord), each of which holds an
//! [`Event`] in the encoding of Protocol Buffers: first the version of the format, then a `Summary` for each step. Its values
//! are a `simple_value`, an `image` or a `histo` without metadata. That is what every reader knows, and from which
//! TensorBoard 2 tells the page that they are for.
//!
//! [`Event`]: https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto

mod histogram;
mod message;
mod record;
#[cfg(test)]
mod tests;

use crate::{Error, Result};
use message::Message;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// An event file in a run folder: `events.out.tfevents.{seconds since 1970}.{process}.vae`.
///
/// ```
/// use vae_runner::tensorboard::{Content, EventFile};
///
/// # let dir = std::env::temp_dir().join("vae-doc-test-tensorboard");
/// # std::fs::create_dir_all(&dir).unwrap();
/// let mut events = EventFile::create(&dir)?;
/// let weights = [0.5, -0.25, 0.125];
/// for (step, loss) in [(600, 101.5), (1200, 97.25)] {
///     let values = [
///         ("train/loss", Content::Scalar(loss)),
///         ("weights/encoder", Content::Histogram(&weights)),
///     ];
///     events.append(step, &values)?;
/// }
/// # std::fs::remove_dir_all(dir).unwrap();
/// # Ok::<(), vae_runner::Error>(())
/// ```
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
}

/// What is shown under a tag.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// A point of a curve, which the format keeps in `f32`.
    Scalar(f64),
    /// A picture.
    Image {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
        /// It as a PNG file.
        png: &'a [u8],
    },
    /// How these numbers are distributed, in 30 buckets of equal width from the least to the greatest. Those that are not
    /// finite are left out.
    Histogram(&'a [f32]),
}

impl EventFile {
    /// Begins a file in a folder, which has to be there. It is always a new one, whose name comes after those of the event
    /// files before it: readers take them in the order of their names, as one run.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(dir: &Path) -> Result<Self> {
        let mut second = now().as_secs().max(next(dir));
        loop {
            let path = dir.join(name(second));
            match File::create_new(&path) {
                Ok(file) => {
                    let mut events = Self { path, file };
                    events.write(event().bytes(3, b"brain.Event:2"))?;
                    return Ok(events);
                }
                Err(reason) if reason.kind() == ErrorKind::AlreadyExists => second += 1,
                Err(reason) => return Err(Error::Io { path, reason }),
            }
        }
    }

    /// Appends values under their tags, as of a step. They are one record and go to the system in one write, so that a reader
    /// sees all of them or none. What comes before a `/` in a tag is the group that it is shown in.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn append(&mut self, step: u64, values: &[(&str, Content<'_>)]) -> Result<()> {
        let summary = values
            .iter()
            .fold(Message::default(), |summary, (tag, content)| {
                summary.message(1, &value(tag, content))
            });
        self.write(event().integer(2, step).message(5, &summary))
    }

    fn write(&mut self, event: Message) -> Result<()> {
        let written = self.file.write_all(&record::frame(&event.into_bytes()));
        written.map_err(|reason| Error::Io {
            path: self.path.clone(),
            reason,
        })
    }
}

/// An `Event` that has its time and nothing else yet.
fn event() -> Message {
    Message::default().double(1, now().as_secs_f64())
}

/// A `Summary.Value`.
fn value(tag: &str, content: &Content<'_>) -> Message {
    let value = Message::default().bytes(1, tag.as_bytes());
    match *content {
        Content::Scalar(scalar) => value.float(2, scalar as f32),
        Content::Image { width, height, png } => {
            let image = Message::default()
                .integer(1, height.into())
                .integer(2, width.into())
                .bytes(4, png);
            value.message(4, &image)
        }
        Content::Histogram(values) => value.message(5, &histogram::of(values)),
    }
}

/// Since 1970.
fn now() -> Duration {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    elapsed.unwrap_or_default()
}

const PREFIX: &str = "events.out.tfevents.";
const SUFFIX: &str = ".vae";

fn name(second: u64) -> String {
    format!("{PREFIX}{second:010}.{}{SUFFIX}", std::process::id())
}

/// The first second that no event file of a folder is as late as.
fn next(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten();
    let names = entries.filter_map(|entry: io::Result<_>| Some(entry.ok()?.file_name()));
    let seconds = names.filter_map(|name| second(&name));
    seconds.max().map_or(0, |last| last + 1)
}

/// Of the name of an event file.
fn second(name: &OsStr) -> Option<u64> {
    let rest = name.to_str()?.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let (second, process) = rest.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let ours = second.len() == 10 && digits(second) && digits(process);
    ours.then(|| second.parse().ok())?
}

/// Whether a file of this name is an event file that [`EventFile`] has written.
pub(crate) fn is_event_file(name: &OsStr) -> bool {
    second(name).is_some()
}
