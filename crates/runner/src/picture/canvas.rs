//! Antialiased drawing of rectangles, lines, discs and text on white paper.

use std::sync::Once;

use plotters::prelude::{BitMapBackend, Color, DrawingBackend, RGBColor};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, FontTransform, register_font};

use super::Picture;

pub(crate) type Colour = [u8; 3];
/// Horizontal and vertical position in picture pixels from the upper left corner.
pub(crate) type Point = [f64; 2];

pub(crate) const PAPER: Colour = [255; 3];
pub(crate) const INK: Colour = [31, 35, 40];
pub(crate) const MUTED: Colour = [89, 96, 105];

/// Fine pixels along the side of a picture pixel: plotters draws to whole pixels, so we draw larger and average.
const FINE: u32 = 3;
/// From an em to the size plotters asks for, which is the ascent plus the descent of DejaVu Sans.
const EM: f64 = 1.164;
/// The usual space at the left of a letter or digit in em.
const BEARING: f64 = 0.07;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Font {
    /// Size in picture pixels.
    pub em: f64,
    pub bold: bool,
    pub colour: Colour,
}

impl Font {
    pub const fn regular(em: f64, colour: Colour) -> Self {
        Self {
            em,
            bold: false,
            colour,
        }
    }

    pub const fn bold(em: f64, colour: Colour) -> Self {
        Self {
            em,
            bold: true,
            colour,
        }
    }

    /// Height of a capital or a digit.
    pub fn capital(self) -> f64 {
        0.729 * self.em
    }
}

/// Where text lies relative to the point it is drawn at, which is always on its base line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Align {
    Left,
    Centre,
    Right,
    /// Centred and read upwards.
    Upwards,
}

/// A drawing under way.
pub(crate) struct Canvas {
    width: u32,
    height: u32,
    fine: Vec<u8>,
}

impl Canvas {
    pub fn new(width: usize, height: usize) -> Self {
        let fine = vec![255; 3 * width * height * (FINE * FINE) as usize];
        let (width, height) = (width as u32, height as u32);
        Self {
            width,
            height,
            fine,
        }
    }

    pub fn rectangle(&mut self, from: Point, to: Point, colour: Colour) {
        // plotters includes the last pixel.
        let to = fine(to);
        self.draw(|plane| plane.draw_rect(fine(from), (to.0 - 1, to.1 - 1), &rgb(colour), true));
    }

    pub fn disc(&mut self, centre: Point, radius: f64, colour: Colour, opacity: f64) {
        // plotters adds the pixel in the centre.
        let radius = (radius * f64::from(FINE) - 0.5).round() as u32;
        self.draw(|plane| plane.draw_circle(fine(centre), radius, &rgb(colour).mix(opacity), true));
    }

    /// A line through `points` with round joints.
    pub fn line(&mut self, points: &[Point], width: f64, colour: Colour) {
        // Segment by segment, since the path of plotters leaves holes and spikes in a noisy line.
        let style = rgb(colour).stroke_width((width * f64::from(FINE)).round() as u32);
        for ends in points.windows(2) {
            self.draw(|plane| plane.draw_path([fine(ends[0]), fine(ends[1])], &style));
        }
        for &joint in points {
            self.disc(joint, width / 2.0, colour, 1.0);
        }
    }

    pub fn text(&mut self, text: &str, at: Point, align: Align, font: Font) {
        let em = font.em * f64::from(FINE);
        let (h_pos, transform) = match align {
            Align::Left => (HPos::Left, FontTransform::None),
            Align::Centre => (HPos::Center, FontTransform::None),
            Align::Right => (HPos::Right, FontTransform::None),
            Align::Upwards => (HPos::Center, FontTransform::Rotate270),
        };
        let (x, y) = fine(at);
        // plotters lays the base line half its font size below the top and starts every glyph at its left bearing.
        let [rise, bearing] = [EM / 2.0, BEARING].map(|part| (part * em).round() as i32);
        let top = match align {
            Align::Upwards => (x - rise, y - bearing),
            _ => (x + bearing, y - rise),
        };
        let face = face(em, font.bold).transform(transform);
        let style = face
            .color(&rgb(font.colour))
            .pos(Pos::new(h_pos, VPos::Top));
        self.draw(|plane| plane.draw_text(text, &style, top));
    }

    /// Averages the fine pixels.
    pub fn into_picture(self) -> Picture {
        let (side, row) = (FINE as usize, (self.width * FINE) as usize);
        let (width, height) = (self.width, self.height);
        let (fine, _) = self.fine.as_chunks::<3>();
        let mut rgb = Vec::with_capacity(3 * fine.len() / (side * side));
        for band in fine.chunks_exact(row * side) {
            for x in (0..row).step_by(side) {
                let mut sum = [0u32; 3];
                for line in band.chunks_exact(row) {
                    for pixel in &line[x..x + side] {
                        (0..3).for_each(|channel| sum[channel] += u32::from(pixel[channel]));
                    }
                }
                rgb.extend(sum.map(|s| ((s + FINE * FINE / 2) / (FINE * FINE)) as u8));
            }
        }
        Picture { width, height, rgb }
    }

    fn draw<E>(&mut self, shape: impl FnOnce(&mut BitMapBackend) -> Result<(), E>) {
        let size = (self.width * FINE, self.height * FINE);
        let drawn = shape(&mut BitMapBackend::with_buffer(&mut self.fine, size));
        // Memory takes every pixel, and the fonts are embedded.
        debug_assert!(drawn.is_ok());
    }
}

/// Width of a line of text in picture pixels.
pub(crate) fn text_width(text: &str, font: Font) -> f64 {
    let face = face(font.em * f64::from(FINE), font.bold);
    let fine = face.layout_box(text).map_or(0, |(_, (width, _))| width);
    f64::from(fine) / f64::from(FINE)
}

/// `text` on one line, or as much of its beginning as fits into `width` with an ellipsis.
pub(crate) fn shortened(text: &str, width: f64, font: Font) -> String {
    // No line has room for more characters than this, and measuring a whole file again and again would take minutes.
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let mut kept: String = text.chars().take(400).map(plain).collect();
    while text_width(&kept, font) > width && kept != "…" {
        if kept.ends_with('…') {
            kept.pop();
        }
        kept.pop();
        kept.push('…');
    }
    kept
}

fn face(size: f64, bold: bool) -> FontDesc<'static> {
    static REGISTER: Once = Once::new();
    REGISTER.call_once(|| {
        let faces = [
            (FontStyle::Normal, dejavu::sans::regular()),
            (FontStyle::Bold, dejavu::sans::bold()),
        ];
        for (style, bytes) in faces {
            let registered = register_font("DejaVu Sans", style, bytes);
            debug_assert!(registered.is_ok());
        }
    });
    let style = if bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    FontDesc::new(FontFamily::Name("DejaVu Sans"), size * EM, style)
}

fn fine([x, y]: Point) -> (i32, i32) {
    let [x, y] = [x, y].map(|place| (place * f64::from(FINE)).round() as i32);
    (x, y)
}

fn rgb([r, g, b]: Colour) -> RGBColor {
    RGBColor(r, g, b)
}
