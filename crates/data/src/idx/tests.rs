use std::{
    fs,
    io::{self, BufReader, Read, Write},
};

use flate2::{Compression, write::GzEncoder};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;

/// The IDX file of an array of bytes.
pub(crate) fn encode(dims: &[u32], bytes: &[u8]) -> Vec<u8> {
    let sizes = dims.iter().flat_map(|dim| dim.to_be_bytes());
    [0, 0, 8, dims.len() as u8]
        .into_iter()
        .chain(sizes)
        .chain(bytes.iter().copied())
        .collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A good file with up to four places where some bytes are changed, cut or inserted.
fn damaged(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
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

fn parse(content: &[u8]) -> Result<Idx, Error> {
    Idx::parse("some-file", content)
}

/// The error's message, which must begin with the name of the file.
fn message(content: &[u8]) -> String {
    let message = parse(content).unwrap_err().to_string();
    assert!(message.starts_with("some-file: "), "{message}");
    message
}

#[test]
fn a_file_is_read_plain_and_compressed_under_any_name() {
    let folder = tempfile::tempdir().unwrap();
    let expected = Idx {
        dims: vec![2, 1, 3],
        bytes: (1..=6).collect(),
    };
    let plain = encode(&[2, 1, 3], &expected.bytes);
    for (name, content) in [("plain.gz", plain.clone()), ("compressed", gzip(&plain))] {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        assert_eq!(Idx::read(path).unwrap(), expected);
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Idx::read("no/such/file").unwrap_err();
    assert!(matches!(error, Error::Io { .. }));
    assert!(error.to_string().starts_with("no/such/file: "), "{error}");
}

#[test]
fn headers_of_other_files_are_refused() {
    assert!(matches!(
        parse(b"%PDF-1.7"),
        Err(Error::Magic { format: "IDX", .. })
    ));
    assert_eq!(
        message(&[0, 0, 13, 1, 0, 0, 0, 0]),
        "some-file: elements of type 0x0d, expected 0x08 (unsigned byte); convert the file"
    );
    for rank in [0, 4] {
        let content = encode(&vec![1; rank], &[1]);
        assert!(
            matches!(parse(&content), Err(Error::Header { .. })),
            "rank {rank}"
        );
    }
}

#[test]
fn every_truncation_is_found() {
    let plain = encode(&[3, 5], &[7; 15]);
    let compressed = gzip(&plain);
    for length in 0..plain.len() {
        let error = parse(&plain[..length]).unwrap_err();
        assert!(
            matches!(error, Error::Truncated { found, .. } if found == length as u64),
            "{error}"
        );
    }
    for length in 0..compressed.len() {
        let error = parse(&compressed[..length]).unwrap_err();
        assert!(
            matches!(error, Error::Truncated { .. } | Error::Damaged { .. }),
            "{length}: {error}"
        );
    }
    assert_eq!(
        message(&plain[..20]),
        "some-file: truncated: header promises 27 bytes, found 20; get the file again"
    );
}

#[test]
fn surplus_bytes_are_found() {
    let plain = encode(&[2], &[1, 2, 3]);
    assert!(matches!(
        parse(&plain),
        Err(Error::Oversized { expected: 10, .. })
    ));
    assert!(matches!(
        parse(&gzip(&plain)),
        Err(Error::Oversized { expected: 10, .. })
    ));
    let garbage_behind = [gzip(&encode(&[2], &[1, 2])), vec![9]].concat();
    assert!(matches!(parse(&garbage_behind), Err(Error::Damaged { .. })));
}

#[test]
fn damage_is_found_by_the_checksum() {
    let mut compressed = gzip(&encode(&[2], &[1, 2]));
    let checksum = compressed.len() - 8;
    compressed[checksum] ^= 1;
    assert!(matches!(parse(&compressed), Err(Error::Damaged { .. })));
}

#[test]
fn impossible_dimensions_are_refused() {
    let error = parse(&encode(&[u32::MAX; 3], &[])).unwrap_err();
    assert!(matches!(error, Error::TooLarge { dims, .. } if dims == [u32::MAX as usize; 3]));
}

/// Neither read nor reserved: 2⁶² bytes would not fit.
#[test]
fn memory_is_not_reserved_on_the_word_of_a_header() {
    let error = parse(&encode(&[1 << 31, 1 << 31], &[1, 2])).unwrap_err();
    assert!(
        matches!(error, Error::Truncated { found: 14, .. }),
        "{error}"
    );
}

#[test]
fn an_endless_stream_is_left_after_one_surplus_byte() {
    let header = encode(&[2], &[]);
    let endless = BufReader::with_capacity(1, header.chain(io::repeat(0)));
    let error = Idx::decode(Input::new("endless".into(), endless).unwrap()).unwrap_err();
    assert!(matches!(error, Error::Oversized { expected: 10, .. }));
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        dims in vec(0_u32..9, 1..=3),
        seed in any::<u8>(),
    ) {
        let count = dims.iter().product::<u32>();
        let bytes: Vec<u8> = (0..count).map(|i| (i as u8).wrapping_mul(31) ^ seed).collect();
        let plain = encode(&dims, &bytes);
        let expected = Idx { dims: dims.iter().map(|&dim| dim as usize).collect(), bytes };
        prop_assert_eq!(&parse(&gzip(&plain)).unwrap(), &expected);
        prop_assert_eq!(parse(&plain).unwrap(), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    /// Random bytes alone would seldom get beyond the first test of a reader: most are led by a
    /// good beginning.
    #[test]
    fn no_bytes_make_it_panic(
        start in prop_oneof![
            Just(vec![]),
            Just(vec![0x1f, 0x8b, 8, 0]),
            (0_u8..5).prop_map(|rank| vec![0, 0, 8, rank]),
        ],
        rest in vec(prop_oneof![Just(0), 0_u8..4, any::<u8>()], 0..60),
    ) {
        let content = [start, rest].concat();
        let _ = parse(&content);
        let _ = parse(&gzip(&content));
    }

    #[test]
    fn damaged_files_never_panic(
        plain in damaged(encode(&[2, 1, 3], &[1, 2, 3, 4, 5, 6])),
        compressed in damaged(gzip(&encode(&[2, 1, 3], &[1, 2, 3, 4, 5, 6]))),
    ) {
        for content in [plain, compressed] {
            if let Ok(idx) = parse(&content) {
                prop_assert_eq!(idx.bytes.len(), idx.dims.iter().product::<usize>());
            }
        }
    }
}
