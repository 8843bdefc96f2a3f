//! Writes the words of some streams to standard output without end, one of each in turn, for batteries of tests: 2²⁰
//! words of each at step 0, then at step 1, and so on, little-endian.
//!
//! `cargo run --release -p vae-reparam --example words -- latent binarize | crush small`

use std::io::{ErrorKind, Write};
use vae_reparam::Noise;

fn main() -> std::io::Result<()> {
    let streams: Vec<String> = std::env::args().skip(1).collect();
    let mut words = vec![0; 1 << 20];
    let mut bytes = vec![0; 4 * words.len() * streams.len()];
    let mut out = std::io::stdout().lock();
    for step in 0.. {
        for (i, stream) in streams.iter().enumerate() {
            Noise::new(0, stream).at(step).fill_words(&mut words);
            let places = bytes.as_chunks_mut::<4>().0.iter_mut();
            for (place, word) in places.skip(i).step_by(streams.len()).zip(&words) {
                *place = word.to_le_bytes();
            }
        }
        match out.write_all(&bytes) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            result => result?,
        }
    }
    Ok(())
}
