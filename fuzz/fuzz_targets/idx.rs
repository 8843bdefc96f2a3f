//! IDX files, gzip or plain: what is read has as many elements as its sizes say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vae_data::Idx;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(idx) = Idx::parse("idx", bytes) {
        assert_eq!(idx.bytes.len(), idx.dims.iter().product::<usize>());
    }
});
