//! Charts as SVG files, which show what the pictures show.

use std::collections::BTreeMap;
use std::fs;

use vae_runner::chart::{Chart, Labelled, Series, curves, labelled, scatter};
use vae_runner::picture::Picture;

/// An element of an SVG file that has no elements inside.
struct Leaf {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

impl Leaf {
    fn number(&self, attribute: &str) -> f64 {
        self.attributes[attribute].parse().unwrap()
    }

    /// The points of a polyline.
    fn points(&self) -> Vec<[f64; 2]> {
        let pair = |pair: &str| {
            let (x, y) = pair.split_once(',').unwrap();
            [x, y].map(|number| number.parse().unwrap())
        };
        self.attributes["points"].split(' ').map(pair).collect()
    }
}

/// The leaves of a file, in which every tag is closed, every attribute is quoted and every reference is known.
fn leaves(svg: &str) -> Vec<Leaf> {
    let mut leaves: Vec<Leaf> = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some((text, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            if let Some(leaf) = leaves.last_mut().filter(|leaf| leaf.name == name) {
                leaf.text = unescaped(text);
            }
            continue;
        }
        assert_eq!(text.trim(), "", "text beside elements");
        assert!(!open.is_empty() || leaves.is_empty(), "a second root");
        let (body, closed) = tag
            .strip_suffix('/')
            .map_or((tag, false), |body| (body, true));
        let (name, attributes) = body.split_once(' ').unwrap();
        if !closed {
            open.push(name);
        }
        if name != "svg" {
            leaves.push(Leaf {
                name: name.into(),
                attributes: quoted(attributes),
                text: String::new(),
            });
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty());
    leaves
}

fn quoted(attributes: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = attributes;
    while let Some((name, after)) = rest.split_once("=\"") {
        let (value, after) = after.split_once('"').unwrap();
        assert_eq!(found.insert(name.trim().into(), value.into()), None);
        rest = after;
    }
    assert_eq!(rest, "");
    found
}

fn unescaped(text: &str) -> String {
    let plain = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "\0");
    assert!(!plain.contains('&'), "{text}");
    plain.replace('\0', "&")
}

fn named<'a>(leaves: &'a [Leaf], name: &str) -> Vec<&'a Leaf> {
    leaves.iter().filter(|leaf| leaf.name == name).collect()
}

fn series(name: &str, points: &[(f64, f64)]) -> Series {
    Series {
        name: name.into(),
        points: points.to_vec(),
    }
}

fn point(label: &str, at: [f64; 2]) -> Labelled {
    Labelled {
        label: label.into(),
        at,
    }
}

fn pixel(picture: &Picture, [x, y]: [f64; 2]) -> [u8; 3] {
    let start = 3 * (y as usize * picture.width() as usize + x as usize);
    picture.rgb()[start..start + 3].try_into().unwrap()
}

fn hex(colour: [u8; 3]) -> String {
    colour.iter().fold("#".into(), |hex: String, channel| {
        hex + &format!("{channel:02x}")
    })
}

#[test]
fn a_curve_goes_through_its_points_where_the_picture_has_them() {
    let nan = f64::NAN;
    let first = [
        (1.0, -150.0),
        (2.0, -120.5),
        (4.0, -110.0),
        (5.0, nan),
        (6.0, -99.0),
        (7.0, -140.0),
    ];
    let second = [(1.0, -130.0), (3.0, f64::INFINITY), (7.0, -125.0)];
    let chart = curves(
        "",
        "",
        "",
        &[series("first", &first), series("second", &second)],
    );
    let (picture, leaves) = (chart.picture(), leaves(&chart.svg()));
    let lines = named(&leaves, "polyline");
    let colours = |leaves: &[&Leaf], key: &str| -> Vec<String> {
        let colour = |leaf: &&Leaf| leaf.attributes[key].clone();
        leaves.iter().map(colour).collect()
    };
    let [blue, red] = [[0, 114, 178], [213, 94, 0]];
    // Two keys in the legend, and the first curve in two parts.
    let blues = [blue, red, blue, blue].map(hex);
    assert_eq!(colours(&lines, "stroke"), blues);
    let parts = [lines[2].points(), lines[3].points()];
    assert_eq!(parts.each_ref().map(Vec::len), [3, 2]);
    // Between its gap and the ends, the second has no line, but dots.
    let dots = named(&leaves, "circle");
    assert_eq!(colours(&dots, "fill"), [red, red].map(hex));

    let places = parts.concat();
    let data: Vec<(f64, f64)> = first.into_iter().filter(|(_, y)| !y.is_nan()).collect();
    // From 1 to 7 and from the highest to the lowest, both axes are linear.
    let [left, right] = [places[0][0], places[4][0]];
    let [bottom, top] = [places[0][1], places[3][1]];
    for ([x, y], (epoch, value)) in places.iter().zip(data) {
        let across = left + (right - left) * (epoch - 1.0) / 6.0;
        let up = bottom + (top - bottom) * (value + 150.0) / 51.0;
        assert!((x - across).abs() < 0.02 && (y - up).abs() < 0.02);
        assert_eq!(pixel(&picture, [*x, *y]), blue, "{epoch}");
    }
    for (dot, (x, y)) in dots.iter().zip([second[0], second[2]]) {
        let place = ["cx", "cy"].map(|key| dot.number(key));
        let across = left + (right - left) * (x - 1.0) / 6.0;
        let up = bottom + (top - bottom) * (y + 150.0) / 51.0;
        assert!((place[0] - across).abs() < 0.02 && (place[1] - up).abs() < 0.02);
        assert_eq!(pixel(&picture, place), red);
    }
}

#[test]
fn a_scatter_has_a_dot_for_every_point_and_class() {
    let points: Vec<(f32, f32)> = (0..200u16)
        .map(|i| (f32::from(i % 13), f32::from(i % 17)))
        .collect();
    let classes: Vec<u8> = (0..200u16).map(|i| (i % 3) as u8).collect();
    let chart = scatter("Codes", "z₁", "z₂", &points, &classes);
    let (picture, leaves) = (chart.picture(), leaves(&chart.svg()));
    let dots = named(&leaves, "circle");
    assert_eq!(dots.len(), 200 + 3, "with the legend");
    for colour in [[31, 119, 180], [245, 120, 5], [44, 160, 44]].map(hex) {
        let own = dots.iter().filter(|dot| dot.attributes["fill"] == colour);
        let see_through = own.filter(|dot| dot.attributes.contains_key("fill-opacity"));
        assert!([66, 67].contains(&see_through.count()), "{colour}");
    }
    for dot in dots {
        let place = ["cx", "cy"].map(|key| dot.number(key));
        assert_ne!(pixel(&picture, place), [255; 3]);
    }
    let classes = ["0", "1", "2"];
    for class in classes {
        let written = named(&leaves, "text")
            .into_iter()
            .filter(|text| text.text == class);
        let bold = written.filter(|text| text.attributes.contains_key("font-weight"));
        let paint: Vec<bool> = bold.map(|t| t.attributes.contains_key("stroke")).collect();
        assert_eq!(paint, [true, false], "paper around {class}, then ink");
    }
}

#[test]
fn texts_are_texts_and_stand_where_the_picture_has_them() {
    let title = "<script>alert(\"1\" & '2')</script>";
    let names = ["mlp & more", "<deep>\u{0}\u{1b}"];
    let points = [point(names[0], [1.0, 2.0]), point(names[1], [3.0, 5.0])];
    let chart = labelled(title, ["milliseconds & more", "nats"], &points);
    let (picture, leaves) = (chart.picture(), leaves(&chart.svg()));
    let texts = named(&leaves, "text");
    let expected = [title, names[0], "<deep>  ", "milliseconds & more", "nats"];
    for text in expected {
        assert!(texts.iter().any(|leaf| leaf.text == text), "{text}");
    }
    for text in texts {
        let [x, y, em] = ["x", "y", "font-size"].map(|key| text.number(key));
        let upwards = text.attributes.get("transform");
        assert_eq!(upwards.is_some(), text.text == "nats");
        if let Some(turn) = upwards {
            assert_eq!(*turn, format!("rotate(-90 {x} {y})"));
        }
        // Ink before and after the anchor, above the base line.
        let ink = [-1.0, 1.0].map(|side| {
            let parts = (2..14).flat_map(|along| (2..14).map(move |above| [along, above]));
            let mut places = parts.map(|part| {
                let [along, above] = part.map(|part| em * f64::from(part) / 20.0);
                match upwards {
                    Some(_) => [x - above, y - side * along],
                    None => [x + side * along, y - above],
                }
            });
            places.any(|at| pixel(&picture, at).iter().all(|&channel| channel < 115))
        });
        let expected = match &text.attributes["text-anchor"][..] {
            "start" => [false, true],
            "middle" => [true, true],
            _ => [true, false],
        };
        assert_eq!(ink, expected, "{} at {x} {y}", text.text);
    }
}

#[test]
fn all_numbers_are_finite_and_short() {
    let large = [
        f64::MAX,
        f64::MIN,
        f64::NAN,
        9.9e99,
        -9.9e99,
        1e15,
        5e-324,
        0.0,
    ];
    let pairs = |&x: &f64| large.iter().map(move |&y| (x, y));
    let all: Vec<(f64, f64)> = large.iter().flat_map(pairs).collect();
    let named: Vec<Labelled> = all.iter().map(|&(x, y)| point("", [x, y])).collect();
    let rough = [(f32::NAN, 0.0), (f32::MAX, f32::MIN), (1.0, 1e-40)];
    let mut charts = vec![
        curves("", "", "", &[]),
        scatter("", "", "", &[], &[]),
        scatter("", "", "", &rough, &[3, 200]),
        labelled("", ["", ""], &named),
    ];
    let few = all.chunks(3).chain([&all[..]]);
    charts.extend(few.map(|points| curves("", "", "", &[series("", points)])));
    for leaf in charts.iter().flat_map(|chart| leaves(&chart.svg())) {
        let others = ["fill", "stroke", "text-anchor", "font-weight", "transform"];
        let numbers = leaf
            .attributes
            .iter()
            .filter(|(name, _)| !others.contains(&&name[..]));
        for number in numbers.flat_map(|(_, value)| value.split([' ', ','])) {
            assert!(number.parse::<f64>().unwrap().is_finite(), "{number}");
            let decimals = number.split_once('.').map_or("", |(_, decimals)| decimals);
            assert!(decimals.len() <= 2 && !decimals.ends_with('0'), "{number}");
        }
    }
}

#[test]
fn a_chart_is_saved_as_both() {
    let chart: Chart = curves("t", "x", "y", &[series("s", &[(0.0, 0.0), (1.0, 1.0)])]);
    let folder = tempfile::tempdir().unwrap();
    for path in ["bare", "kind.png"].map(|name| folder.path().join(name)) {
        chart.save(&path).unwrap();
        let [png, svg] = ["png", "svg"].map(|extension| path.with_extension(extension));
        assert_eq!(Picture::open(&png).unwrap(), chart.picture());
        assert_eq!(fs::read_to_string(&svg).unwrap(), chart.svg());
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4);
    fs::create_dir(folder.path().join("taken.svg")).unwrap();
    let error = chart.save(&folder.path().join("taken")).unwrap_err();
    assert!(error.to_string().contains("taken.svg"), "{error}");
}

#[test]
fn a_file_refers_to_no_other() {
    let svg = labelled("", ["x", "y"], &[point("a", [0.0, 1.0])]).svg();
    let namespace = "xmlns=\"http://www.w3.org/2000/svg\"";
    assert_eq!(svg.matches(namespace).count(), 1);
    let rest = svg.replace(namespace, "");
    for outside in ["http", "href", "url(", "@import", "<script", "<style", "<!"] {
        assert!(!rest.contains(outside), "{outside}");
    }
}
