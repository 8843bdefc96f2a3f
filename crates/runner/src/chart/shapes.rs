//! A chart as what it is made of, for a picture and for an SVG file.

use std::f64::consts::TAU;
use std::path::Path;

use super::svg;
use crate::picture::{Align, Canvas, Colour, Font, PAPER, Picture, Point};
use crate::{Result, file};

/// How far the paper shows around text that has to be read over anything.
pub(super) const HALO: f64 = 4.0;

/// A chart, drawn once, as a picture in pixels and as an SVG file, which stays sharp at any size.
///
/// # Example
///
/// ```
/// use vae_runner::chart::{Series, curves};
///
/// let points = vec![(1.0, -150.0), (2.0, -110.0), (3.0, -104.5)];
/// let elbo = Series { name: "validation".into(), points };
/// let chart = curves("Evidence lower bound", "epoch", "nats per image", &[elbo]);
///
/// assert_eq!(chart.picture().width(), 1852);
/// assert!(chart.svg().contains(">Evidence lower bound</text>"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    width: usize,
    height: usize,
    /// Later ones cover earlier ones.
    shapes: Vec<Shape>,
}

/// Places and lengths are in picture pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Rectangle {
        from: Point,
        to: Point,
        colour: Colour,
    },
    /// Through two points or more.
    Line {
        points: Vec<Point>,
        width: f64,
        colour: Colour,
    },
    Disc {
        centre: Point,
        radius: f64,
        colour: Colour,
        opacity: f64,
    },
    Text {
        text: String,
        at: Point,
        align: Align,
        font: Font,
    },
    /// Paper around the letters of a centred text.
    Halo { text: String, at: Point, font: Font },
}

impl Chart {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let shapes = Vec::new();
        Self {
            width,
            height,
            shapes,
        }
    }

    pub(super) fn width(&self) -> f64 {
        self.width as f64
    }

    pub(super) fn height(&self) -> f64 {
        self.height as f64
    }

    pub(super) fn rectangle(&mut self, from: Point, to: Point, colour: Colour) {
        self.shapes.push(Shape::Rectangle { from, to, colour });
    }

    pub(super) fn disc(&mut self, centre: Point, radius: f64, colour: Colour, opacity: f64) {
        self.shapes.push(Shape::Disc {
            centre,
            radius,
            colour,
            opacity,
        });
    }

    /// A line through two points or more, with round joints and ends.
    pub(super) fn line(&mut self, points: Vec<Point>, width: f64, colour: Colour) {
        self.shapes.push(Shape::Line {
            points,
            width,
            colour,
        });
    }

    pub(super) fn text(&mut self, text: &str, at: Point, align: Align, font: Font) {
        let text = text.to_owned();
        self.shapes.push(Shape::Text {
            text,
            at,
            align,
            font,
        });
    }

    /// Text with its centre at a point, readable over anything.
    pub(super) fn haloed(&mut self, text: &str, [x, y]: Point, font: Font) {
        let at = [x, y + font.capital() / 2.0];
        let letters = text.to_owned();
        self.shapes.push(Shape::Halo {
            text: letters,
            at,
            font,
        });
        self.text(text, at, Align::Centre, font);
    }

    /// The chart in pixels.
    pub fn picture(&self) -> Picture {
        let mut canvas = Canvas::new(self.width, self.height);
        for shape in &self.shapes {
            shape.paint(&mut canvas);
        }
        canvas.into_picture()
    }

    /// The chart as an SVG file: one unit is one pixel of the picture, and texts are texts, in DejaVu Sans where the
    /// reader has it. It has no scripts and refers to no other file. Coordinates are rounded to 0.01.
    pub fn svg(&self) -> String {
        svg::document([self.width, self.height], &self.shapes)
    }

    /// Writes the chart as PNG and as SVG: to `path` with the extensions `png` and `svg`.
    ///
    /// # Errors
    ///
    /// Whatever the file system refuses; the message names the file.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.picture().save(&path.with_extension("png"))?;
        self.save_svg(path)
    }

    /// Of the two files, the SVG file alone.
    pub(crate) fn save_svg(&self, path: &Path) -> Result<()> {
        file::save(&path.with_extension("svg"), self.svg().as_bytes())
    }
}

impl Shape {
    fn paint(&self, canvas: &mut Canvas) {
        match self {
            Self::Rectangle { from, to, colour } => canvas.rectangle(*from, *to, *colour),
            Self::Line {
                points,
                width,
                colour,
            } => canvas.line(points, *width, *colour),
            Self::Disc {
                centre,
                radius,
                colour,
                opacity,
            } => canvas.disc(*centre, *radius, *colour, *opacity),
            Self::Text {
                text,
                at,
                align,
                font,
            } => canvas.text(text, *at, *align, *font),
            Self::Halo { text, at, font } => halo(canvas, text, *at, *font),
        }
    }
}

/// The canvas has no outlines of letters: the text in the colour of paper, all around.
fn halo(canvas: &mut Canvas, text: &str, [x, y]: Point, font: Font) {
    let paper = Font {
        colour: PAPER,
        ..font
    };
    for step in 0..16 {
        let (sin, cos) = (f64::from(step) * TAU / 16.0).sin_cos();
        canvas.text(text, [x + HALO * cos, y + HALO * sin], Align::Centre, paper);
    }
}
