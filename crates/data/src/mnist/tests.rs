use sha2::{Digest, Sha256};

use super::*;
use crate::fashion_mnist;

const ASSETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets");

#[test]
fn the_bundle_is_the_published_files() {
    for (file, content) in FILES.iter().zip(BUNDLE) {
        let sha256: String = Sha256::digest(content)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            (content.len() as u64, &sha256[..]),
            (file.bytes, file.sha256),
            "{}",
            file.name
        );
    }
}

#[test]
fn known_facts() {
    let Splits { train, valid, test } = bundled();
    assert_eq!(
        (train.len(), valid.len(), test.len()),
        (50_000, 10_000, 10_000)
    );
    assert_eq!(train.labels().unwrap()[..5], [5, 0, 4, 1, 9]);
    assert_eq!(test.labels().unwrap()[..5], [7, 2, 1, 0, 4]);
    // Of the 60000 training images: the mean grey level that is found in every tutorial, 33.318
    // (0.1307 of 255).
    let grey =
        |images: &Images| 255.0 * images.mean().iter().map(|&p| f64::from(p)).sum::<f64>() / 784.0;
    let mean = (50_000.0 * grey(&train) + 10_000.0 * grey(&valid)) / 60_000.0;
    assert!((mean - 33.318).abs() < 5e-4, "{mean}");
}

#[test]
fn the_files_of_a_directory_are_read_like_the_bundle() {
    let bundled = bundled();
    assert_eq!(load(ASSETS).unwrap(), bundled);
    assert_eq!(load(Path::new(ASSETS).join("mnist")).unwrap(), bundled);
}

#[test]
fn mnist_is_not_taken_for_fashion_mnist() {
    let error = fashion_mnist::load(Path::new(ASSETS).join("mnist")).unwrap_err();
    assert!(matches!(error, Error::OtherSet { found, .. } if found == [5, 0, 4, 1, 9]));
}
