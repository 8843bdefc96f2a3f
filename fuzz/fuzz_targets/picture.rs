//! PNG files: what is read has the pixels that it says, and is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vae_runner::picture::Picture;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = Picture::parse(bytes) {
        let pixels = picture.width() as usize * picture.height() as usize;
        assert_eq!(picture.rgb().len(), 3 * pixels);
        assert_eq!(Picture::parse(&picture.to_png()), Ok(picture));
    }
});
