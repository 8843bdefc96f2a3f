//! The pictures and the report that a run leaves behind.

use std::fs;
use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vae_runner::chart::{Series, curves, scatter};
use vae_runner::picture::{Picture, Strip, Strips, grid};
use vae_runner::report::{Block, Card, Report, Section};

const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];
const MAGENTA: [u8; 3] = [255, 0, 255];

fn pixel(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let start = 3 * (y * picture.width() + x) as usize;
    picture.rgb()[start..start + 3].try_into().unwrap()
}

/// Width, height and RGB pixels of a PNG file.
fn decoded(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(Cursor::new(png)).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    data.truncate(info.buffer_size());
    if info.color_type == png::ColorType::Grayscale {
        data = data.into_iter().flat_map(|grey| [grey; 3]).collect();
    }
    (info.width, info.height, data)
}

fn assert_png_holds(picture: &Picture) {
    let expected = (picture.width(), picture.height(), picture.rgb().to_vec());
    assert!(decoded(&picture.to_png()) == expected);
}

fn colours(picture: &Picture, mut wanted: impl FnMut([u8; 3]) -> bool) -> usize {
    let pixels = picture.rgb().as_chunks().0.iter();
    pixels.filter(|&&colour| wanted(colour)).count()
}

fn is_coloured([r, g, b]: [u8; 3]) -> bool {
    r.abs_diff(g).max(g.abs_diff(b)) > 60
}

#[test]
fn a_grid_has_every_intensity_in_its_place() {
    let (height, width, columns, scale) = (3, 2, 4, 5);
    let images: Vec<f32> = (0..10 * height * width)
        .map(|index| index as f32 / 59.0)
        .collect();
    let picture = grid(&images, height, width, columns, scale);
    let size = [picture.width(), picture.height()];
    assert_eq!(size, [4 * (10 + 2) + 2, 3 * (15 + 2) + 2]);
    for (index, intensity) in images.iter().enumerate() {
        let (image, row, column) = (index / 6, index % 6 / 2, index % 2);
        let grey = 255 - (intensity * 255.0).round() as u8;
        for corner in [0, scale - 1] {
            let x = 2 + image % columns * 12 + column * scale + corner;
            let y = 2 + image / columns * 17 + row * scale + corner;
            let shown = pixel(&picture, x as u32, y as u32);
            assert_eq!(shown, [grey; 3], "intensity {index}");
        }
    }
    let gutter = pixel(&picture, 0, 0);
    assert_eq!(pixel(&picture, 12, 8), gutter);
    assert_eq!(pixel(&picture, 40, 45), gutter, "there is no twelfth image");
    assert_png_holds(&picture);
}

#[test]
fn a_grid_clamps_and_shows_what_is_not_a_number() {
    let images = [-1.0, 2.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let picture = grid(&images, 1, 3, 9, 1);
    let row = |x: std::ops::Range<u32>| x.map(|x| pixel(&picture, x, 2)).collect::<Vec<_>>();
    assert_eq!(row(2..5), [WHITE, BLACK, MAGENTA]);
    assert_eq!(row(7..10), [BLACK, WHITE, MAGENTA], "the last is missing");
    assert_png_holds(&picture);
}

#[test]
fn pictures_of_nothing_say_so() {
    let empty = grid(&[], 28, 28, 10, 2);
    assert!(colours(&empty, |colour| colour != WHITE) > 0);
    for degenerate in [
        grid(&[1.0], 0, 28, 10, 2),
        Strips::comparison(28, 28, 10, 2, &[]).to_picture(),
    ] {
        assert_eq!(degenerate, empty);
    }
    let hollow = Strip {
        label: "data".into(),
        images: vec![],
        ends_apart: true,
    };
    let strips = Strips {
        height: 28,
        width: 28,
        scale: 2,
        groups: vec![vec![], vec![hollow]],
    };
    assert_eq!(strips.to_picture(), empty);
    let least = grid(&[1.0], 1, 1, 0, 0);
    assert_eq!(least.width(), 5, "no columns and no scale count as one");
}

#[test]
fn strips_lie_in_pairs_with_labels_at_the_left() {
    let (data, reconstruction) = ([1.0; 6], [0.0; 6]);
    let picture = Strips::comparison(
        1,
        1,
        4,
        40,
        &[("data", &data), ("reconstruction", &reconstruction)],
    )
    .to_picture();
    let left = picture.width() - (4 * 42 + 2);
    let label = |y: std::ops::Range<u32>| {
        y.flat_map(|y| (0..left).map(move |x| (x, y)))
            .filter(|&(x, y)| pixel(&picture, x, y) != WHITE)
            .count()
    };
    // The longer label has more ink.
    assert!(label(0..42) > 0 && label(42..86) > label(0..42));

    let middle = |image: u32, y: u32| pixel(&picture, left + 2 + image * 42 + 20, y);
    let first = [middle(0, 22), middle(3, 22), middle(0, 64)];
    assert_eq!(first, [BLACK, BLACK, WHITE]);
    let top = 42 * 2 + 2 + 22;
    let second = [middle(0, top - 1), middle(0, top + 22), middle(2, top + 22)];
    assert_eq!(second, [WHITE, BLACK, WHITE]);
    assert_eq!(picture.height(), 2 * (42 * 2 + 2) + 22);
    assert_png_holds(&picture);
}

#[test]
fn interpolations_set_their_ends_apart() {
    let images = [1.0; 5];
    let apart = Strips::interpolations(1, 1, 40, &[("", &images)]).to_picture();
    let size = [apart.width(), apart.height()];
    assert_eq!(size, [5 * 42 + 2 + 2 * (22 + 2), 44]);
    let ink = |x| pixel(&apart, x, 20) == BLACK;
    assert!(ink(20) && !ink(44) && !ink(65) && ink(68) && ink(apart.width() - 3));
    assert_eq!(pixel(&apart, 55, 20), WHITE);
    let two = Strips::interpolations(1, 1, 40, &[("", &images[..2])]).to_picture();
    assert_eq!(two.width(), 2 * 42 + 2, "two have nothing between them");
}

#[test]
fn curves_show_every_series_and_survive_any_numbers() {
    let series = |points: &[(f64, f64)]| Series {
        name: "validation".into(),
        points: points.to_vec(),
    };
    let points = [(1.0, -150.0), (2.0, f64::NAN), (3.0, -99.0), (4.0, -100.0)];
    let picture = curves("ELBO", "epoch", "nats", &[series(&points)]).picture();
    assert_png_holds(&picture);
    // Below the legend: a dot at the left, nothing for two thirds of the axis, then a line to the right end.
    let drawn = |x: &u32| (150..980).any(|y| pixel(&picture, *x, y) == [0, 114, 178]);
    let columns: Vec<u32> = (0..picture.width()).filter(drawn).collect();
    let holes: Vec<u32> = columns.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let hole = holes.iter().position(|&hole| hole > 1).unwrap();
    assert!(hole < 20 && holes[hole] > 1000 && holes[hole + 1..].iter().all(|&hole| hole == 1));

    let invisible = series(&[(f64::NAN, 1.0), (1.0, f64::INFINITY)]);
    let nothing = curves("ELBO", "epoch", "nats", &[invisible]).picture();
    // The key in the legend is all that has a colour.
    assert!(colours(&nothing, is_coloured) < 500);
    let large = [f64::MAX, f64::MIN, 9.9e99, -9.9e99, 1e15, 1e15 + 1.0];
    let extremes = [&large[..], &[1e-300, 5e-324, 0.0]].concat();
    let pairs = |&x: &f64| extremes.iter().map(move |&y| (x, y));
    let all: Vec<_> = extremes.iter().flat_map(pairs).collect();
    for points in all.chunks(2).chain([&all[..1], &[], &all[..]]) {
        curves("", "", "", &[series(points)]).picture();
    }
    let many = vec![series(&[(0.0, 0.0), (1.0, 1.0)]); 100];
    let [long, longer] = [100, 10_000].map(|count| "long\n".repeat(count));
    curves(&longer, &long, &long, &many).picture();
}

#[test]
fn a_scatter_colours_classes_and_survives_any_points() {
    let points: Vec<(f32, f32)> = (0..1000u16)
        .map(|index| (f32::from(index % 37), f32::from(index % 41)))
        .collect();
    let classes: Vec<u8> = (0..1000u16).map(|index| (index % 10) as u8).collect();
    let picture = scatter("Latent means", "z₁", "z₂", &points, &classes).picture();
    assert_png_holds(&picture);
    assert!(colours(&picture, is_coloured) > 10_000);
    let unclassified = scatter("Latent means", "z₁", "z₂", &points, &[]).picture();
    assert_eq!(colours(&unclassified, is_coloured), 0);

    let every_class: Vec<u8> = (0..=255).collect();
    scatter("", "", "", &points, &every_class).picture();
    scatter("", "", "", &[], &every_class).picture();
    let extremes = [(f32::NAN, 0.0), (f32::MAX, f32::MIN), (1.0, f32::INFINITY)];
    scatter("", "", "", &extremes, &[0, 1, 2]).picture();
}

fn report() -> Report {
    let evil = "<script>alert(\"1\" & '2')</script>";
    let blocks = vec![
        Block::Text(format!("{evil}\n\nsecond")),
        Block::Cards(vec![Card {
            label: evil.into(),
            value: "−101.3".into(),
            unit: evil.into(),
        }]),
        Block::Table {
            header: vec![evil.into(), "ELBO".into()],
            rows: vec![
                vec!["a".into(), "−101.3".into()],
                vec![evil.into(), "nan".into()],
                vec!["short".into()],
            ],
        },
        Block::Figure {
            picture: grid(&[0.5], 1, 1, 1, 9),
            caption: evil.into(),
        },
        Block::Figure {
            picture: grid(&[0.5], 1, 1, 1, 9),
            caption: String::new(),
        },
        Block::Code(evil.into()),
    ];
    let sections = vec![
        Section {
            heading: evil.into(),
            blocks,
        },
        Section::default(),
    ];
    Report {
        title: evil.into(),
        subtitle: evil.into(),
        sections,
    }
}

#[test]
fn a_report_escapes_all_texts() {
    let html = report().to_html();
    assert!(!html.contains("<script"));
    // Title twice, subtitle, heading, text, label, unit, head cell, cell, caption twice, code.
    assert_eq!(
        html.matches("&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;")
            .count(),
        12
    );
    assert!(
        html.contains("<td class=\"number\">−101.3</td>")
            && html.contains("<td class=\"number\">nan</td>")
    );
    assert!(html.contains("<tr><td>short</td><td class=\"number\"></td></tr>"));
    for tag in [
        "section",
        "p",
        "dl",
        "table",
        "tr",
        "td",
        "th",
        "figure",
        "figcaption",
        "pre",
        "div",
        "style",
    ] {
        let opened =
            html.matches(&format!("<{tag}>")).count() + html.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, html.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn a_report_is_one_file_with_its_pictures() {
    let html = report().to_html();
    for outside in ["http", "href", "url(", "@import", "<link", "<script"] {
        assert!(!html.contains(outside), "{outside}");
    }
    let sources: Vec<&str> = html
        .split("src=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(sources.len(), 2);
    let expected = grid(&[0.5], 1, 1, 1, 9);
    for source in sources {
        let png = STANDARD
            .decode(source.strip_prefix("data:image/png;base64,").unwrap())
            .unwrap();
        assert_eq!(decoded(&png).2, expected.rgb());
    }
    assert!(Report::default().to_html().contains("</html>"));
}

#[test]
fn files_are_replaced_whole_and_errors_name_them() {
    let folder = tempfile::tempdir().unwrap();
    let picture = grid(&[0.0, 1.0], 1, 2, 1, 3);
    let (png, html) = (
        folder.path().join("grid.png"),
        folder.path().join("report.html"),
    );
    fs::write(&png, "old").unwrap();
    picture.save(&png).unwrap();
    report().save(&html).unwrap();
    assert_eq!(fs::read(&png).unwrap(), picture.to_png());
    assert_eq!(Picture::open(&png).unwrap(), picture);
    assert_eq!(fs::read_to_string(&html).unwrap(), report().to_html());
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        2,
        "no temporary file stays"
    );

    let damaged = folder.path().join("damaged.png");
    for length in 0..picture.to_png().len() - 12 {
        fs::write(&damaged, &picture.to_png()[..length]).unwrap();
        let error = Picture::open(&damaged).unwrap_err().to_string();
        assert!(error.contains("damaged.png"), "{error}");
    }
    fs::remove_file(damaged).unwrap();

    let nowhere = folder.path().join("missing").join("grid.png");
    assert!(
        picture
            .save(&nowhere)
            .unwrap_err()
            .to_string()
            .contains("grid.png")
    );
    fs::create_dir(folder.path().join("taken")).unwrap();
    assert!(picture.save(&folder.path().join("taken")).is_err());
    assert_eq!(
        fs::read_dir(&folder).unwrap().count(),
        3,
        "nor after an error"
    );
}

/// A file of a few dozen bytes may promise 2⁵⁰, but only what they could become is set aside.
#[test]
fn memory_is_not_reserved_on_the_word_of_a_header() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1 << 20, 1 << 30);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x01]).unwrap();
    drop(writer);
    let error = Picture::parse(&bytes).unwrap_err();
    assert_eq!(error, "its size is not that of its pixels");
}

#[test]
fn a_blank_picture_is_read_however_well_it_is_compressed() {
    let blank = grid(&[0.0], 1, 1, 1, 3000);
    assert_eq!(Picture::parse(&blank.to_png()), Ok(blank));
}
