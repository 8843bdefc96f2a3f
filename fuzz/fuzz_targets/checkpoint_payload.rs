//! Checkpoints with a right header and checksum: every byte reaches the decoder of MessagePack. What is read is written and read
//! again as the same.
#![no_main]

use flate2::Crc;
use libfuzzer_sys::fuzz_target;
use vae_runner::Checkpoint;

fuzz_target!(|payload: &[u8]| {
    if let Ok(checkpoint) = Checkpoint::parse(&framed(payload)) {
        // Compared by their bytes, as NaN is not itself.
        let bytes = checkpoint.to_bytes();
        let again = Checkpoint::parse(&bytes).expect("what was written is read");
        assert_eq!(again.to_bytes(), bytes);
    }
});

/// The file of a payload: magic bytes, version, length, CRC-32.
fn framed(payload: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(payload);
    [
        b"VAE-CKPT",
        &2_u32.to_le_bytes()[..],
        &(payload.len() as u64).to_le_bytes(),
        &crc.sum().to_le_bytes(),
        payload,
    ]
    .concat()
}
