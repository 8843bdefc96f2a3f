//! NPY files of every element type, gzip or plain: what is read is written and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vae_data::{Element, Npy};

fuzz_target!(|bytes: &[u8]| {
    check::<f64>(bytes);
    check::<f32>(bytes);
    check::<i32>(bytes);
    check::<u8>(bytes);
});

fn check<T: Element>(bytes: &[u8]) {
    if let Ok(array) = Npy::<T>::parse("npy", bytes) {
        assert_eq!(array.values.len(), array.dims.iter().product::<usize>());
        // Compared by their bytes, as NaN is not itself.
        let written = array.to_bytes();
        let again = Npy::<T>::parse("npy", &written).expect("what was written is read");
        assert_eq!(again.to_bytes(), written);
    }
}
