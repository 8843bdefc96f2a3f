//! Pictures: RGB pixels in memory, PNG files on disk.
//!
//! Every picture is dark ink on white paper, digits included, drawn for two picture pixels per screen pixel. One
//! convention makes charts and digits one family, prints well, and lets the report turn them all to light ink on a
//! dark page with one CSS filter, where digits then look as the data sets store them.

mod canvas;
mod strips;
mod tiles;

use crate::{Result, file};
use std::fmt;
use std::path::Path;

pub(crate) use canvas::{
    Align, Canvas, Colour, Font, INK, MUTED, PAPER, Point, shortened, text_width,
};
pub use strips::{Strip, Strips};
pub use tiles::grid;

/// An RGB picture with 8 bits a channel, made by the functions of this crate.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Picture {
    fn white(width: usize, height: usize) -> Self {
        Self {
            width: width as u32,
            height: height as u32,
            rgb: vec![255; 3 * width * height],
        }
    }

    /// Paints the rectangle of `size = [width, height]` whose upper left pixel is `at = [x, y]`; it must lie inside.
    fn paint(&mut self, at: [usize; 2], size: [usize; 2], colour: Colour) {
        for y in at[1]..at[1] + size[1] {
            let start = 3 * (y * self.width as usize + at[0]);
            self.rgb[start..start + 3 * size[0]]
                .as_chunks_mut()
                .0
                .fill(colour);
        }
    }

    /// Copies `other`, which is neither wider nor higher, into the upper left corner.
    fn insert(&mut self, other: &Self) {
        let [own, others] = [self.width, other.width].map(|width| 3 * width.max(1) as usize);
        for (to, from) in self.rgb.chunks_mut(own).zip(other.rgb.chunks(others)) {
            to[..others].copy_from_slice(from);
        }
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels row by row from the top, three bytes each.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The picture as a PNG file, in grey levels where it has no colours.
    pub fn to_png(&self) -> Vec<u8> {
        let pixels = self.rgb.as_chunks::<3>().0;
        let grey: Option<Vec<u8>> = pixels
            .iter()
            .map(|&[r, g, b]| (r == g && g == b).then_some(r))
            .collect();
        // Enlarged pixels repeat the row above; charts deflate best as they are.
        let (color, filter, data) = match &grey {
            Some(grey) => (png::ColorType::Grayscale, png::Filter::Up, grey),
            None => (png::ColorType::Rgb, png::Filter::NoFilter, &self.rgb),
        };
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(color);
        encoder.set_filter(filter);
        let mut writer = encoder
            .write_header()
            .expect("a picture has at least one pixel");
        writer
            .write_image_data(data)
            .expect("the buffer has the size of the picture");
        writer.finish().expect("writing to memory cannot fail");
        bytes
    }

    /// Writes the PNG file at `path`, which a reader sees either as it was before or complete.
    ///
    /// # Errors
    ///
    /// Whatever the file system refuses; the message names `path`.
    pub fn save(&self, path: &Path) -> Result<()> {
        file::save(path, &self.to_png())
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}
