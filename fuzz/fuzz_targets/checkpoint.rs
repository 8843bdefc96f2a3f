//! Checkpoints, as they are on the disk: the header keeps most bytes from the decoder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vae_runner::Checkpoint;

fuzz_target!(|bytes: &[u8]| {
    let _ = Checkpoint::parse(bytes);
});
