//! Many small images in one picture.

use super::canvas::{Align, Canvas, Font};
use super::{Colour, Picture};

/// Between and around tiles.
pub(super) const GUTTER: usize = 2;
/// Like labels without a tint, so that the PNG file holds grey levels only.
const GUTTER_COLOUR: Colour = [216; 3];
/// Not a number, which no image should hold and nobody should overlook.
const NAN_COLOUR: Colour = [255, 0, 255];

pub(super) const LABEL: Font = Font::regular(24.0, [96; 3]);

/// Draws `images`, which holds n · `height` · `width` intensities, row by row with `columns` images in a row.
///
/// Intensity 0 is white paper and 1 is black ink; values beyond are clamped and NaN is magenta. Every intensity becomes
/// a square of `scale` · `scale` pixels. Zero `columns` or `scale` count as 1, the pixels that a last incomplete image
/// lacks are NaN, and without images the picture says so.
///
/// # Example
///
/// ```
/// // Two images of 1 · 2 intensities beside each other, with gutters of 2 pixels around them.
/// let picture = vae_runner::picture::grid(&[0.0, 1.0, 0.5, 0.0], 1, 2, 2, 10);
/// assert_eq!((picture.width(), picture.height()), (2 + 20 + 2 + 20 + 2, 2 + 10 + 2));
/// ```
pub fn grid(images: &[f32], height: usize, width: usize, columns: usize, scale: usize) -> Picture {
    let tile = Tile::new(height, width, scale);
    let count = tile.count(images);
    if count == 0 {
        return nothing();
    }
    let columns = columns.clamp(1, count);
    let [width, height] = tile.sheet(columns, count.div_ceil(columns));
    let mut picture = Picture::white(width, height);
    tile.paint(&mut picture, [0, 0], images, columns);
    picture
}

/// The picture of no images.
pub(super) fn nothing() -> Picture {
    let mut canvas = Canvas::new(320, 96);
    let base = 48.0 + LABEL.capital() / 2.0;
    canvas.text("no images", [160.0, base], Align::Centre, LABEL);
    canvas.into_picture()
}

/// The size of images and of the square that each of their intensities becomes.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    height: usize,
    width: usize,
    scale: usize,
}

impl Tile {
    pub fn new(height: usize, width: usize, scale: usize) -> Self {
        let scale = scale.max(1);
        Self {
            height,
            width,
            scale,
        }
    }

    /// Intensities of an image.
    pub fn area(self) -> usize {
        self.height * self.width
    }

    pub fn count(self, images: &[f32]) -> usize {
        match self.area() {
            0 => 0,
            area => images.len().div_ceil(area),
        }
    }

    /// Width and height of a sheet of tiles with gutters around them, which is also where the next tile begins.
    pub fn sheet(self, columns: usize, rows: usize) -> [usize; 2] {
        let [width, height] = [self.width, self.height].map(|side| side * self.scale + GUTTER);
        [columns * width + GUTTER, rows * height + GUTTER]
    }

    /// Paints a sheet from its upper left corner `at`.
    pub fn paint(self, picture: &mut Picture, at: [usize; 2], images: &[f32], columns: usize) {
        let rows = self.count(images).div_ceil(columns);
        picture.paint(at, self.sheet(columns, rows), GUTTER_COLOUR);
        for (index, image) in images.chunks(self.area()).enumerate() {
            let [x, y] = self.sheet(index % columns, index / columns);
            for cell in 0..self.area() {
                let [column, row] = [cell % self.width, cell / self.width];
                let corner = [
                    at[0] + x + column * self.scale,
                    at[1] + y + row * self.scale,
                ];
                let intensity = image.get(cell).copied().unwrap_or(f32::NAN);
                picture.paint(corner, [self.scale; 2], ink(intensity));
            }
        }
    }
}

fn ink(intensity: f32) -> Colour {
    if intensity.is_nan() {
        return NAN_COLOUR;
    }
    [255 - (intensity.clamp(0.0, 1.0) * 255.0).round() as u8; 3]
}
