//! Lines of `metrics.jsonl`: what is read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vae_runner::Epoch;

fuzz_target!(|bytes: &[u8]| {
    for line in bytes.split(|&byte| byte == b'\n') {
        if let Ok(epoch) = serde_json::from_slice::<Epoch>(line) {
            let written = serde_json::to_vec(&epoch).expect("metrics serialize");
            let again: Epoch = serde_json::from_slice(&written).expect("what was written is read");
            assert_eq!(again, epoch);
        }
    }
});
