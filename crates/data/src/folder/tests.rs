use std::fs;

use tempfile::TempDir;

use super::*;
use crate::{
    alphadigits,
    idx::tests::{encode, gzip},
};

/// A data directory whose folder `set` has the given IDX files.
fn data(files: &[(&str, &[u32], &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("set")).unwrap();
    for (name, dims, bytes) in files {
        fs::write(dir.path().join("set").join(name), encode(dims, bytes)).unwrap();
    }
    dir
}

fn load(dir: &TempDir, stored: Stored) -> Result<Images, Error> {
    Folder::new(dir, "set").labelled(stored, "images", "labels", [2, 1, 3])
}

#[test]
fn images_are_read_as_they_are_stored() {
    let mut out = Vec::new();
    for (stored, dims, bytes) in [
        (Stored::Grey, &[2, 1, 3][..], &[0, 0, 255, 255, 255, 0][..]),
        (Stored::ZeroOne, &[2, 1, 3], &[0, 0, 1, 1, 1, 0]),
        (Stored::Packed, &[2, 1], &[0b0010_0000, 0b1100_0000]),
    ] {
        let dir = data(&[("images", dims, bytes), ("labels", &[2], &[8, 9])]);
        let images = load(&dir, stored).unwrap();
        images.intensities(&[0, 1], &mut out);
        assert_eq!(out, [0.0, 0.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(images.labels(), Some(&[8, 9][..]));
    }
}

#[test]
fn the_folder_itself_may_be_named() {
    let dir = data(&[("images", &[2, 1, 3], &[0; 6])]);
    let images = |dir| Folder::new(dir, "set").images(Stored::Grey, "images", [2, 1, 3]);
    assert_eq!(
        images(dir.path().to_path_buf()).unwrap(),
        images(dir.path().join("set")).unwrap()
    );
}

#[test]
fn a_missing_file_is_named_with_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let message = load(&dir, Stored::Grey).unwrap_err().to_string();
    let dir = dir.path().display();
    let start = format!("{dir}/images: no such file; {dir} or its folder `set` should hold it");
    assert!(message.starts_with(&start), "{message}");
}

#[test]
fn other_shapes_and_values_are_refused() {
    let dir = data(&[
        ("images", &[1, 2, 3], &[0, 1, 0, 0, 0, 7]),
        ("labels", &[2, 1], &[0, 0]),
    ]);
    assert!(matches!(
        load(&dir, Stored::Grey),
        Err(Error::Rank { expected: 1, .. })
    ));
    let images = |shape| Folder::new(&dir, "set").images(Stored::ZeroOne, "images", shape);
    assert!(matches!(images([2, 1, 3]), Err(Error::Shape { found, .. }) if found == [1, 2, 3]));
    assert!(matches!(
        images([1, 2, 3]),
        Err(Error::Value {
            position: 5,
            value: 7,
            max: 1,
            ..
        })
    ));
}

#[test]
fn unequal_counts_are_refused_with_both_names() {
    let dir = tempfile::tempdir().unwrap();
    let (images, labels) = (
        "alphadigs-images-idx3-ubyte.gz",
        "alphadigs-labels-idx1-ubyte.gz",
    );
    fs::write(
        dir.path().join(images),
        gzip(&encode(&[1404, 20, 16], &[0; 1404 * 320])),
    )
    .unwrap();
    fs::write(dir.path().join(labels), gzip(&encode(&[1403], &[0; 1403]))).unwrap();
    let error = alphadigits::load(&dir).unwrap_err();
    assert!(matches!(
        error,
        Error::LabelFile {
            row_count: 1404,
            label_count: 1403,
            ..
        }
    ));
    let message = error.to_string();
    assert!(
        message.contains(images) && message.contains(labels),
        "{message}"
    );
}
