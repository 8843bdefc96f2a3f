//! What comes out.

use super::super::charts::progress;
use super::*;
use vae_data::Npy;

/// Means and standard errors by NumPy: `mean(x)` and `std(x, ddof=1) / sqrt(3)`.
#[test]
fn the_table_has_means_over_the_seeds() {
    let home = three_priors();
    compare_in(&home, false).unwrap();
    let markdown = read(&home, "comparison.md");
    let header = [
        "group",
        "seeds",
        "parameters",
        "ms/step",
        "training time",
        "test ELBO",
        "KL",
        "NLL, 100 samples",
        "active units",
    ];
    assert_eq!(cells(&markdown, "group")[0], header);
    let vamp = [
        "vamp",
        "3",
        "12 345",
        "2.00 ± 0.58",
        "1 min 31 s ± 0.6 s",
        "**−88.17 ± 0.22**",
        "25.07 ± 0.23",
        "**85.13 ± 0.15**",
        "17.7 ± 0.3",
    ];
    assert_eq!(cells(&markdown, "vamp")[0], vamp);
    let standard = [
        "standard",
        "3",
        "12 345",
        "2.00 ± 0.58",
        "1 min 31 s ± 0.6 s",
        "−90.13 ± 0.15",
        "26.47 ± 0.26",
        "86.00 ± 0.06",
        "20.0 ± 0.0",
    ];
    assert_eq!(cells(&markdown, "standard")[0], standard);
    let iaf = [
        "iaf",
        "1",
        "12 345",
        "5.00",
        "1 min 34 s",
        "−89.00 ± 0.75 †",
        "25.50 ± 0.75 †",
        "85.55 ± 0.75 †",
        "19",
    ];
    assert_eq!(cells(&markdown, "iaf")[0], iaf);
    assert!(
        markdown.contains("with one seed (†), that over the test images"),
        "{markdown}"
    );

    let csv = read(&home, "comparison.csv");
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert!(lines.iter().all(|line| line.len() == 17), "{csv}");
    let column = |name: &str| lines[0].iter().position(|cell| *cell == name).unwrap();
    let rows: Vec<_> = lines[1..]
        .iter()
        .map(|line| [line[0], line[1], line[column("standard_error_over")]])
        .collect();
    assert_eq!(
        rows,
        [
            ["standard", "3", "seeds"],
            ["vamp", "3", "seeds"],
            ["iaf", "1", "images"]
        ]
    );
    let number = |name: &str| -> f64 { lines[2][column(name)].parse().unwrap() };
    assert!((number("nll") - 85.13333333333334).abs() < 1e-12);
    assert!((number("nll_standard_error") - 0.14529663145135624).abs() < 1e-12);
    assert_eq!(lines[3][column("active_units_standard_error")], "");
    assert_eq!(lines[3][column("nll_samples")], "100");
}

/// −ln p(x) of each image in two of the runs; what was not measured is NaN.
fn write_by_image(home: &TempDir) {
    let vamp = [80.5, 91.25, 77.0, f64::NAN, 88.5, 95.0, 70.25, 84.0];
    let iaf = [81.0, 90.5, 78.5, 86.0, 89.5, f32::NAN, 71.0, 83.5];
    let dims = vec![8];
    let vamp = Npy {
        dims: dims.clone(),
        values: vamp.to_vec(),
    }
    .to_bytes();
    let iaf = Npy {
        dims,
        values: iaf.to_vec(),
    }
    .to_bytes();
    fs::write(home.path().join("runs/0/vamp/nll.npy"), vamp).unwrap();
    fs::write(home.path().join("runs/4/iaf/nll.npy"), iaf).unwrap();
}

/// Tests over seeds and over images by `scipy.stats.ttest_rel`, adjusted by hand.
#[test]
fn groups_are_tested_against_the_best() {
    let home = three_priors();
    compare_in(&home, false).unwrap();
    let markdown = read(&home, "comparison.md");
    let header = [
        "group",
        "test figure",
        "pairs",
        "minus vamp",
        "t",
        "d.f.",
        "p",
    ];
    assert_eq!(cells(&markdown, "group")[1], header);
    let nll = [
        "standard",
        "NLL",
        "3 seeds",
        "+0.867 ± 0.088",
        "+9.83",
        "2",
        "0.0102",
    ];
    let elbo = [
        "standard",
        "ELBO",
        "3 seeds",
        "−1.967 ± 0.353",
        "−5.57",
        "2",
        "0.0307",
    ];
    assert_eq!(cells(&markdown, "standard")[1..], [nll, elbo]);
    let none = |figure| ["iaf", figure, "–", "–", "–", "–", "–"];
    assert_eq!(cells(&markdown, "iaf")[1..], [none("NLL"), none("ELBO")]);
    assert!(!markdown.contains("Pairs of test images") && markdown.contains("A dash"));

    write_by_image(&home);
    compare_in(&home, true).unwrap();
    let markdown = read(&home, "comparison.md");
    assert_eq!(cells(&markdown, "group")[1][7], "Holm's p");
    let over_images = [
        "iaf",
        "NLL",
        "6 test images",
        "+0.417 ± 0.357",
        "+1.17",
        "5",
        "0.2963",
        "0.2963",
    ];
    assert_eq!(cells(&markdown, "iaf")[1], over_images);
    assert_eq!(cells(&markdown, "standard")[1][7], "0.0204");
    assert_eq!(cells(&markdown, "standard")[2][7], "0.0307");
    assert!(markdown.contains("It cannot tell whether one way to train is better"));
}

#[test]
fn values_by_image_have_to_fit() {
    let home = three_priors();
    write_by_image(&home);
    let path = home.path().join("runs/4/iaf/nll.npy");
    let longer = Npy {
        dims: vec![9],
        values: vec![80.0f32; 9],
    };
    let alone = Npy {
        dims: vec![8],
        values: [[f32::NAN; 7].to_vec(), vec![80.0]].concat(),
    };
    for unfit in [longer, alone] {
        fs::write(&path, unfit.to_bytes()).unwrap();
        compare_in(&home, true).unwrap();
        assert_eq!(cells(&read(&home, "comparison.md"), "iaf")[1][2], "–");
    }
    let square = Npy {
        dims: vec![4, 2],
        values: vec![80.0f32; 8],
    }
    .to_bytes();
    let bytes = Npy {
        dims: vec![8],
        values: vec![80u8; 8],
    }
    .to_bytes();
    for wrong in [square, bytes, b"no array".to_vec()] {
        fs::write(&path, wrong).unwrap();
        let error = compare_in(&home, true).unwrap_err().to_string();
        assert!(error.contains("4/iaf/nll.npy"), "{error}");
    }
}

#[test]
fn numbers_of_samples_are_not_mixed() {
    let home = three_priors();
    let mut more = Fake::of("iaf", 0, [-89.0, 25.5, 80.0, 19.0]);
    more.samples = 5000;
    more.write(&home.path().join("runs/4/iaf"));
    write_by_image(&home);
    compare_in(&home, false).unwrap();
    let markdown = read(&home, "comparison.md");
    assert_eq!(cells(&markdown, "group")[0][7], "NLL");
    assert!(!markdown.contains("**80.00") && !markdown.contains("**85.13"));
    assert!(markdown.contains("**−88.17"));
    assert!(
        markdown.contains("vamp with 100 samples, iaf with 5000 samples"),
        "{markdown}"
    );
    assert_eq!(cells(&markdown, "vamp")[1][..3], ["vamp", "NLL", "–"]);
}

#[test]
fn the_report_has_all_of_it() {
    let home = three_priors();
    fs::create_dir_all(home.path().join("runs/5/vamp")).unwrap();
    fs::write(home.path().join("runs/5/vamp/config.json"), "{}").unwrap();
    compare_in(&home, false).unwrap();
    let report = read(&home, "report.html");
    for expected in [
        "3 groups · 7 runs",
        "<td class=\"number\">85.13 ± 0.15</td>",
        "<h2>Paired tests</h2>",
        "+0.867 ± 0.088",
        "runs/1/vamp</td><td class=\"number\">1</td>",
        "it has not ended: ",
        "runs/5/vamp.</p>",
    ] {
        assert!(report.contains(expected), "no {expected}");
    }
    assert_eq!(report.matches("<img ").count(), 4);
    for (file, width) in [
        ("comparison.png", 1852),
        ("curves.png", 1852),
        ("time.png", 1852),
    ] {
        let picture = Picture::open(&home.path().join("comparison").join(file)).unwrap();
        assert_eq!(picture.width(), width);
    }
    // Three beside each other, 32 pixels apart.
    let samples = Picture::open(&home.path().join("comparison/samples.png")).unwrap();
    assert_eq!(samples.width(), 3 * digit().width() + 2 * 32);
    assert_eq!(
        fs::read_dir(home.path().join("comparison"))
            .unwrap()
            .count(),
        10
    );
}

#[test]
fn curves_are_means_at_the_epochs_that_all_seeds_have() {
    let home = tempfile::tempdir().unwrap();
    for (seed, epochs) in [(0, 3), (3, 2)] {
        let mut run = Fake::of("vamp", seed, [0.0; 4]);
        run.epochs = epochs;
        run.write(&home.path().join(seed.to_string()));
    }
    let all = All::of(&[home.path().into()]).unwrap();
    let stages = progress(&all.groups[0]);
    let stages: Vec<_> = stages
        .iter()
        .map(|s| (s.epoch, s.seconds, s.elbo))
        .collect();
    assert_eq!(stages, [(1, 2.5, -188.5), (2, 5.0, -178.5)]);
}
