//! Ctrl-C and SIGTERM: asked once, the training loop stops cleanly; asked twice, the process ends.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// The exit status of a process that was interrupted, by the shells' convention.
pub(crate) const EXIT_STATUS: u8 = 130;

/// From now on, an interrupt sets [`requested`] instead of ending the process.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only if someone else has set a handler, which then is the one to decide.
        let _ = ctrlc::set_handler(|| {
            if REQUESTED.swap(true, Ordering::Relaxed) {
                std::process::exit(EXIT_STATUS.into());
            }
        });
    });
}

pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}
