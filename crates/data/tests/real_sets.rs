//! The loaders against the real data sets, where there are any: in `VAE_DATA_DIR` or beside the
//! repository.

use std::{collections::HashSet, env, path::PathBuf};

use rand::{SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};
use vae_data::{
    Images, Splits, adbench, alphadigits, binarized_mnist, caltech101, fashion_mnist, frey_faces,
    mnist, nsl_kdd, omniglot,
};

/// The data directory if it has the set's folder; says so if not.
fn data(folder: &str) -> Option<PathBuf> {
    let beside = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into();
    let dir = env::var_os("VAE_DATA_DIR").map_or_else(beside, PathBuf::from);
    let found = dir.join(folder).is_dir();
    if !found {
        eprintln!(
            "SKIPPED: no {folder} in {}; set VAE_DATA_DIR",
            dir.display()
        );
    }
    found.then_some(dir)
}

fn sizes(splits: &Splits) -> [usize; 3] {
    [splits.train.len(), splits.valid.len(), splits.test.len()]
}

fn all_pixels(images: &Images) -> Vec<f32> {
    let mut pixels = Vec::new();
    images.intensities(&Vec::from_iter(0..images.len()), &mut pixels);
    pixels
}

/// How often each label occurs.
fn label_counts<'a>(sets: impl IntoIterator<Item = &'a Images>) -> [usize; 256] {
    let mut counts = [0; 256];
    let labels = sets
        .into_iter()
        .flat_map(|images| images.labels().expect("a labelled set"));
    labels.for_each(|&label| counts[usize::from(label)] += 1);
    counts
}

#[test]
fn fashion_mnist_has_its_known_mean_and_classes() {
    let Some(dir) = data("fashion-mnist") else {
        return;
    };
    let splits = fashion_mnist::load(&dir).unwrap();
    assert_eq!(sizes(&splits), [50_000, 10_000, 10_000]);
    let counts = label_counts([&splits.train, &splits.valid]);
    assert_eq!(counts[..11], [&[6000; 10][..], &[0]].concat());
    // 0.2860 of 255, the figure that is customarily used to standardize the 60000 training images.
    let sum = |images: &Images| {
        images.len() as f64 * images.mean().iter().map(|&p| f64::from(p)).sum::<f64>()
    };
    let mean = (sum(&splits.train) + sum(&splits.valid)) / (60_000.0 * 784.0);
    assert!((mean - 0.2860).abs() < 5e-5, "{mean}");
    assert!(mnist::load(dir.join("fashion-mnist")).is_err());
}

/// The SHA-256 are those of H. Larochelle's three files: rows of `0` and `1`, separated by spaces.
#[test]
fn binarized_mnist_is_the_original() {
    let Some(dir) = data("binarized-mnist") else {
        return;
    };
    let splits = binarized_mnist::load(dir).unwrap();
    assert_eq!(sizes(&splits), [50_000, 10_000, 10_000]);
    for (images, expected) in [
        (
            &splits.train,
            "ad693b29f94c14277b095f5238ddefbbdaaae0939789dd2f4f0205278cee3e4d",
        ),
        (
            &splits.valid,
            "1de3d397c40fe8eeb33dafd4099a1f665ec01e96d9be234aaeeac8a34930e2e2",
        ),
        (
            &splits.test,
            "e6687bfea3f820c174f33b7865140b2a2dd2930ef786f35d45795fc193b5ab2c",
        ),
    ] {
        let mut text = Vec::new();
        for row in all_pixels(images).chunks(784) {
            row.iter()
                .for_each(|&pixel| text.extend([b'0' + pixel as u8, b' ']));
            *text.last_mut().unwrap() = b'\n';
        }
        let sha256: String = Sha256::digest(text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(sha256, expected);
    }
    let grey = mnist::bundled();
    let counts = |splits: &Splits| label_counts([&splits.train, &splits.valid]);
    assert_eq!(counts(&splits), counts(&grey));
    assert_eq!(label_counts([&splits.test]), label_counts([&grey.test]));
    assert!(splits.test.labels().unwrap().is_sorted());
}

#[test]
fn caltech101_has_marlins_split() {
    let Some(dir) = data("caltech101-silhouettes") else {
        return;
    };
    let splits = caltech101::load(dir).unwrap();
    assert_eq!(sizes(&splits), [4100, 2264, 2307]);
    let counts = label_counts([&splits.train, &splits.valid, &splits.test]);
    assert!(
        counts[..101].iter().all(|&count| count > 0)
            && counts[101..].iter().all(|&count| count == 0)
    );
    // Figure = 1 lies in the middle, background = 0 in the corners.
    let mean = splits.train.mean();
    assert!(
        mean[14 * 28 + 14] > 0.8 && mean[0] < 0.3,
        "{} {}",
        mean[14 * 28 + 14],
        mean[0]
    );
}

#[test]
fn frey_faces_are_split_at_random() {
    let Some(dir) = data("frey-faces") else {
        return;
    };
    let load = |seed| frey_faces::load(&dir, &mut StdRng::seed_from_u64(seed)).unwrap();
    let splits = load(1);
    assert_eq!(sizes(&splits), [1565, 200, 200]);
    assert_eq!((splits.train.height(), splits.train.width()), (28, 20));
    assert!(splits == load(1) && splits != load(2));
    let pixels = [&splits.train, &splits.valid, &splits.test]
        .map(all_pixels)
        .concat();
    let range = pixels.iter().fold((1.0_f32, 0.0_f32), |(low, high), &p| {
        (low.min(p), high.max(p))
    });
    assert_eq!(range, (8.0 / 255.0, 238.0 / 255.0));
    let distinct: HashSet<Vec<u32>> = pixels
        .chunks(560)
        .map(|image| image.iter().map(|p| p.to_bits()).collect())
        .collect();
    assert!(distinct.len() > 1900, "{}", distinct.len());
}

#[test]
fn omniglot_has_all_alphabets_in_every_part() {
    let Some(dir) = data("omniglot28-rebuilt") else {
        return;
    };
    let splits = omniglot::load(dir, &mut StdRng::seed_from_u64(1)).unwrap();
    assert_eq!(sizes(&splits), [23_000, 1345, 8115]);
    for images in [&splits.train, &splits.valid, &splits.test] {
        let counts = label_counts([images]);
        assert!(
            counts[..50].iter().all(|&count| count > 0)
                && counts[50..].iter().all(|&count| count == 0)
        );
    }
    // 15 drawers of each character are for training, 5 for test.
    let (train, test) = (
        label_counts([&splits.train, &splits.valid]),
        label_counts([&splits.test]),
    );
    assert_eq!(train, test.map(|count| 3 * count));
}

#[test]
fn alphadigits_are_39_a_class() {
    let Some(dir) = data("binary-alphadigits") else {
        return;
    };
    let images = alphadigits::load(dir).unwrap();
    assert_eq!(
        (images.len(), images.height(), images.width()),
        (1404, 20, 16)
    );
    assert_eq!(
        label_counts([&images])[..37],
        [&[39; 36][..], &[0]].concat()
    );
    assert!(
        all_pixels(&images)
            .iter()
            .all(|&pixel| pixel == 0.0 || pixel == 1.0)
    );
}

/// Rows, features and anomalies of ADBench's files.
#[test]
fn adbench_tables_have_their_sizes() {
    let Some(dir) = data("adbench") else { return };
    for (name, rows, columns, anomalies) in [
        ("annthyroid", 7200, 6, 534),
        ("breastw", 683, 9, 239),
        ("cardio", 1831, 21, 176),
        ("cardiotocography", 2114, 21, 466),
        ("http", 567_498, 3, 2211),
        ("ionosphere", 351, 32, 126),
        ("letter", 1600, 32, 100),
        ("mammography", 11_183, 6, 260),
        ("mnist", 7603, 100, 700),
        ("musk", 3062, 166, 97),
        ("optdigits", 5216, 64, 150),
        ("pendigits", 6870, 16, 156),
        ("pima", 768, 8, 268),
        ("satellite", 6435, 36, 2036),
        ("satimage-2", 5803, 36, 71),
        ("shuttle", 49_097, 9, 3511),
        ("smtp", 95_156, 3, 30),
        ("thyroid", 3772, 6, 93),
        ("vowels", 1456, 12, 50),
        ("waveform", 3443, 21, 100),
        ("wbc", 223, 9, 10),
        ("wdbc", 367, 30, 10),
    ] {
        let table = adbench::load(&dir, name).unwrap();
        let found = (
            table.rows(),
            table.columns,
            table.labels.iter().filter(|&&label| label == 1).count(),
        );
        assert_eq!(found, (rows, columns, anomalies), "{name}");
        assert!(table.values.iter().all(|value| value.is_finite()), "{name}");
    }
    // The first patient of the Pima table, as published.
    let pima = adbench::load(&dir, "pima").unwrap();
    assert!(
        (0..pima.rows())
            .any(|row| pima.row(row) == [6.0, 148.0, 72.0, 35.0, 0.0, 33.6, 0.627, 50.0])
    );
}

#[test]
fn nsl_kdd_has_its_known_counts() {
    let Some(dir) = data("nsl-kdd") else { return };
    let nsl_kdd::NslKdd { train, test } = nsl_kdd::load(dir).unwrap();
    let normal =
        |records: &[nsl_kdd::Record]| records.iter().filter(|record| record.is_normal()).count();
    assert_eq!((train.len(), normal(&train)), (25_192, 13_449));
    assert_eq!((test.len(), normal(&test)), (22_544, 9711));
    assert_eq!(
        test.iter().filter(|record| record.difficulty != 21).count(),
        11_850
    );

    let only_in_test = |value: fn(&nsl_kdd::Record) -> &String| {
        let known: HashSet<&String> = train.iter().map(value).collect();
        test.iter()
            .map(value)
            .filter(|value| !known.contains(value))
            .collect::<HashSet<_>>()
    };
    assert_eq!(
        Vec::from_iter(only_in_test(|record| &record.symbolic[1])),
        ["tftp_u"]
    );
    assert_eq!(only_in_test(|record| &record.label).len(), 18);
}
