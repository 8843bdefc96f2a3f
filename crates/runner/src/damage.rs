//! Damage to files, for the tests of what reads them.

use proptest::{collection::vec, prelude::*, sample::Index};

/// A good file with up to four places where some bytes are changed, cut or inserted; now and then by what was there.
pub(crate) fn damaged(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<Index>(), 0_usize..9, vec(any::<u8>(), 0..9));
    vec(edit, 1..5).prop_map(move |edits| {
        let mut bytes = good.clone();
        for (at, cut, put) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + cut).min(bytes.len());
            bytes.splice(start..end, put);
        }
        bytes
    })
}
