//! Charts: curves over training and points in a latent plane.

mod axes;
mod shapes;
mod svg;
mod ticks;

use std::iter;

use crate::picture::{Colour, Font, INK, Point, text_width};
use axes::{Axes, dot_legend, line_legend, title};
pub use shapes::Chart;
use ticks::{drawable, range};

/// Twice the width that the report has for a picture.
const WIDTH: usize = 1852;
const CURVES_HEIGHT: usize = 980;
const SCATTER_HEIGHT: usize = 1280;

/// The colours of Okabe and Ito, which most colour-blind readers tell apart; yellow is too light for a line on paper.
const LINES: [Colour; 7] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 158, 115],
    [204, 121, 167],
    [86, 180, 233],
    [230, 159, 0],
    [60, 60, 60],
];

/// Ten colours that stay apart on white paper and, by the filter of the report, on a dark page.
const CLASSES: [Colour; 10] = [
    [31, 119, 180],
    [245, 120, 5],
    [44, 160, 44],
    [214, 39, 40],
    [148, 103, 189],
    [52, 58, 70],
    [233, 109, 190],
    [150, 95, 60],
    [170, 150, 0],
    [0, 163, 181],
];
const UNCLASSIFIED: Colour = [110, 119, 129];

/// One curve of [`curves`].
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the legend calls the curve.
    pub name: String,
    /// `(x, y)` in the order in which the curve connects them; it is interrupted where one is not finite.
    pub points: Vec<(f64, f64)>,
}

/// Draws a chart of lines, of 1852 · 980 pixels: half of that on a screen.
///
/// Name the unit in `y_label`. Points that are not finite (or beyond 10^100) are left out; a chart without points says
/// so. After seven series the colours repeat.
pub fn curves(title_text: &str, x_label: &str, y_label: &str, series: &[Series]) -> Chart {
    let mut chart = Chart::new(WIDTH, CURVES_HEIGHT);
    let seen = |&&(x, y): &&(f64, f64)| drawable(x) && drawable(y);
    let points = || series.iter().flat_map(|series| &series.points).filter(seen);
    let coloured = || series.iter().zip(LINES.into_iter().cycle());

    let top = title(&mut chart, title_text);
    let name = |(series, colour): (&'_ Series, _)| (series.name.clone(), colour);
    let names: Vec<_> = coloured().map(name).collect();
    let top = line_legend(&mut chart, top, &names);
    let x = range(points().map(|&(x, _)| x), 0.0);
    let y = range(points().map(|&(_, y)| y), 0.05);
    let whole = points().all(|(x, _)| x.fract() == 0.0);
    let frame = [top, WIDTH as f64];
    let axes = Axes::draw(&mut chart, frame, x, y, [x_label, y_label], whole);
    if points().next().is_none() {
        axes.note(&mut chart, "no data");
    }
    for (series, colour) in coloured() {
        for run in series.points.split(|point| !seen(&point)) {
            let run: Vec<Point> = run.iter().map(|&(x, y)| axes.place([x, y])).collect();
            // Thousands of noisy steps need a finer line than tens of epochs.
            let width = if run.len() > 1000 { 3.0 } else { 5.0 };
            match run[..] {
                [] => {}
                [alone] => chart.disc(alone, 7.0, colour, 1.0),
                _ => chart.line(run, width, colour),
            }
        }
    }
    chart
}

/// Draws `points` as dots in the colours of their `classes`, in 1852 · 1280 pixels: half of that on a screen.
///
/// A legend names the classes beside the plot, and each class's number also stands at the median of its points, so that
/// colours need not be told apart. Points without a class are grey; from class 10 on, colours repeat. Points that are
/// not finite are left out.
pub fn scatter(
    title_text: &str,
    x_label: &str,
    y_label: &str,
    points: &[(f32, f32)],
    classes: &[u8],
) -> Chart {
    let mut chart = Chart::new(WIDTH, SCATTER_HEIGHT);
    let classes = classes
        .iter()
        .map(|&class| Some(class))
        .chain(iter::repeat(None));
    let points = points
        .iter()
        .map(|&(x, y)| [x, y].map(f64::from))
        .zip(classes);
    let seen = |(point, _): &(Point, _)| point.iter().all(|&value| drawable(value));
    let points: Vec<(Point, Option<u8>)> = points.filter(seen).collect();
    let mut present: Vec<u8> = points.iter().filter_map(|&(_, class)| class).collect();
    present.sort_unstable();
    present.dedup();

    let top = title(&mut chart, title_text);
    let name = |&class: &u8| (class.to_string(), class_colour(Some(class)));
    let names: Vec<_> = present.iter().map(name).collect();
    let right = dot_legend(&mut chart, top, &names);
    let [x, y] = [0, 1].map(|axis| range(points.iter().map(|(point, _)| point[axis]), 0.04));
    let frame = [top, right];
    let axes = Axes::draw(&mut chart, frame, x, y, [x_label, y_label], false);
    if points.is_empty() {
        axes.note(&mut chart, "no data");
    }
    let radius = (400.0 / (points.len() as f64).sqrt()).clamp(4.0, 8.0_f64);
    let mut order: Vec<usize> = (0..points.len()).collect();
    // Scattered, lest the last class of sorted points hide the others.
    order.sort_unstable_by_key(|&index| (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    for index in order {
        let (point, class) = points[index];
        chart.disc(axes.place(point), radius, class_colour(class), 0.6);
    }
    for &class in &present {
        let members = || points.iter().filter(|&&(_, own)| own == Some(class));
        let middle = [0, 1].map(|axis| median(members().map(|(point, _)| point[axis]).collect()));
        chart.haloed(&class.to_string(), axes.place(middle), LABEL);
    }
    chart
}

/// A point of [`labelled`].
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled {
    /// Written beside it.
    pub label: String,
    /// x and y.
    pub at: [f64; 2],
}

/// Draws a few points with their names, in 1852 · 980 pixels: half of that on a screen. Those that are not finite are left
/// out.
pub fn labelled(title_text: &str, [x_label, y_label]: [&str; 2], points: &[Labelled]) -> Chart {
    let mut chart = Chart::new(WIDTH, CURVES_HEIGHT);
    let seen = |point: &&Labelled| point.at.iter().all(|&value| drawable(value));
    let top = title(&mut chart, title_text);
    let [x, y] = [0, 1].map(|axis| {
        let values = points.iter().filter(seen).map(|point| point.at[axis]);
        range(values, 0.12)
    });
    let frame = [top, WIDTH as f64];
    let axes = Axes::draw(&mut chart, frame, x, y, [x_label, y_label], false);
    if !points.iter().any(|point| seen(&point)) {
        axes.note(&mut chart, "no data");
    }
    let points: Vec<&Labelled> = points.iter().filter(seen).collect();
    let dots = points.iter().map(|point| axes.place(point.at));
    let dots: Vec<Point> = dots.collect();
    let mut taken: Vec<Extent> = dots
        .iter()
        .map(|dot| Extent::around(*dot, [28.0, 28.0]))
        .collect();
    for (point, [x, y]) in points.iter().zip(&dots) {
        let width = text_width(&point.label, LABEL);
        let beside = 24.0 + 0.5 * width;
        // Above, below and on either side, nearby; then further off, with a line to the point.
        let places = (0..7).map(f64::from).flat_map(|rows| {
            let (above, row) = (36.0 + 40.0 * rows, 40.0 * rows);
            let sides = [
                [beside, row],
                [-beside, row],
                [beside, -row],
                [-beside, -row],
            ];
            [[0.0, -above], [0.0, above]].into_iter().chain(sides)
        });
        let places = places.map(|[dx, dy]| Extent::around([x + dx, y + dy], [width, 40.0]));
        let room = [top, WIDTH as f64, CURVES_HEIGHT as f64 - 130.0];
        let place = places.min_by_key(|place| place.crowd(&taken, room));
        taken.push(place.expect("many places"));
    }
    let labels = &taken[dots.len()..];
    for (dot, label) in dots.iter().zip(labels) {
        if (label.centre[1] - dot[1]).abs() > 40.0 {
            chart.line(vec![*dot, label.centre], 2.0, UNCLASSIFIED);
        }
    }
    for (dot, colour) in dots.iter().zip(LINES.into_iter().cycle()) {
        chart.disc(*dot, 10.0, colour, 1.0);
    }
    for (point, label) in points.iter().zip(labels) {
        chart.haloed(&point.label, label.centre, LABEL);
    }
    chart
}

/// What something in a picture covers.
struct Extent {
    centre: Point,
    /// Width and height.
    size: [f64; 2],
}

impl Extent {
    fn around(centre: Point, size: [f64; 2]) -> Self {
        Self { centre, size }
    }

    /// How many of the others it would cover, the ends of the room for it being one each.
    fn crowd(&self, others: &[Self], [top, right, bottom]: [f64; 3]) -> usize {
        let apart = |other: &&Self, axis: usize| {
            let distance = (self.centre[axis] - other.centre[axis]).abs();
            2.0 * distance >= self.size[axis] + other.size[axis]
        };
        let covered = others.iter().filter(|o| !apart(o, 0) && !apart(o, 1));
        let [x, y] = self.centre;
        let [width, height] = self.size.map(|size| 0.5 * size);
        let outside = [
            x < width || x + width > right,
            y - height < top || y + height > bottom,
        ];
        covered.count() + outside.into_iter().filter(|outside| *outside).count()
    }
}

fn class_colour(class: Option<u8>) -> Colour {
    class.map_or(UNCLASSIFIED, |class| CLASSES[usize::from(class % 10)])
}

/// The middle of `values`, of which there is at least one.
fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The names in a chart.
const LABEL: Font = Font::bold(34.0, INK);
