//! Ctrl-C and SIGTERM: while training, the loop stops cleanly at the next batch; at any other time, or asked twice, the
//! process ends, and the last checkpoint is what a resumed run continues from.

use crate::console;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static TRAINING: AtomicBool = AtomicBool::new(false);
static REQUESTED: AtomicBool = AtomicBool::new(false);

/// The exit status of a process that was interrupted, by the shells' convention.
pub(crate) const EXIT_STATUS: u8 = 130;

/// From now on, interrupts are ours.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only if someone else has set a handler, which then is the one to decide.
        let _ = ctrlc::set_handler(|| {
            let again = REQUESTED.swap(true, Ordering::Relaxed);
            if again || !TRAINING.load(Ordering::Relaxed) {
                stop();
            }
        });
    });
}

/// Like an interrupt, but nothing if there was one.
pub(crate) fn request_once() {
    let again = REQUESTED.swap(true, Ordering::Relaxed);
    if !again && !TRAINING.load(Ordering::Relaxed) {
        stop();
    }
}

fn stop() -> ! {
    let command = console::command(&["--resume"]);
    console::notice(format_args!("\nstopped\nto continue: {command}"));
    std::process::exit(EXIT_STATUS.into());
}

/// Training, or waiting for those who train, for as long as the value lives.
pub(crate) struct Training;

impl Training {
    pub fn begin() -> Self {
        TRAINING.store(true, Ordering::Relaxed);
        Self
    }

    /// Whether someone asked to stop.
    pub fn interrupted(&self) -> bool {
        REQUESTED.load(Ordering::Relaxed)
    }
}

impl Drop for Training {
    fn drop(&mut self) {
        TRAINING.store(false, Ordering::Relaxed);
    }
}
