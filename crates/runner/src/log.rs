//! Where the log of a program goes: lines for people, or JSON for other programs. The library only emits `tracing` events; who
//! does not call [`launch`](crate::launch) decides for themselves what becomes of them.

use crate::progress;
use clap::{ArgMatches, ValueEnum};
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::fmt::{FmtContext, MakeWriter};
use tracing_subscriber::registry::LookupSpan;

/// How a program says what it does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// A JSON object per line, with a time, a level and the numbers as fields
    Json,
}

/// What is said to the user and is no warning has this target, and stands without a prefix.
pub(crate) const NOTICE: &str = "notice";

/// From now on, what the program logs is written as its flags have it: warnings and errors to standard error, the rest to
/// standard output.
pub(crate) fn start(matches: &ArgMatches) {
    let quiet = flag(matches, "quiet").unwrap_or(false);
    let format = flag(matches, "log_format").unwrap_or_default();
    if quiet || format == LogFormat::Json {
        progress::hide();
    }
    let log = tracing_subscriber::fmt()
        .with_writer(Streams)
        .with_max_level(if quiet { Level::WARN } else { Level::INFO })
        // A reader that has gone away is no reason to complain.
        .log_internal_errors(false);
    // Fails only where the caller has set up a log of their own.
    let _ = match format {
        LogFormat::Text => {
            tracing::subscriber::set_global_default(log.event_format(Lines).finish())
        }
        LogFormat::Json => {
            let log = log.json().flatten_event(true).with_target(false);
            tracing::subscriber::set_global_default(log.finish())
        }
    };
}

/// The value of a flag, if the program has one of this name.
fn flag<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Option<T> {
    matches.try_get_one(name).ok().flatten().cloned()
}

/// An event's message and nothing else.
struct Lines;

impl<S: Subscriber + for<'a> LookupSpan<'a>, N: for<'a> FormatFields<'a> + 'static>
    FormatEvent<S, N> for Lines
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut message = Message(String::new());
        event.record(&mut message);
        let metadata = event.metadata();
        let prefix = match *metadata.level() {
            _ if metadata.target() == NOTICE => "",
            Level::ERROR => "error: ",
            Level::WARN => "warning: ",
            _ => "",
        };
        writeln!(writer, "{prefix}{}", message.0)
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}

struct Streams;

impl MakeWriter<'_> for Streams {
    type Writer = Stream;

    fn make_writer(&self) -> Stream {
        Stream::Out
    }

    fn make_writer_for(&self, metadata: &Metadata<'_>) -> Stream {
        match *metadata.level() {
            Level::ERROR | Level::WARN => Stream::Err,
            _ => Stream::Out,
        }
    }
}

enum Stream {
    Out,
    Err,
}

impl Write for Stream {
    /// Above the progress bars, if there are any.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        progress::above(|| match self {
            Self::Out => io::stdout().write_all(bytes),
            Self::Err => io::stderr().write_all(bytes),
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Out => io::stdout().flush(),
            Self::Err => io::stderr().flush(),
        }
    }
}
