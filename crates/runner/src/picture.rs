//! Pictures: RGB pixels in memory, PNG files on disk.
//!
//! Every picture is dark ink on white paper, digits included, drawn for two picture pixels per screen pixel. One
//! convention makes charts and digits one family, prints well, and lets the report turn them all to light ink on a
//! dark page with one CSS filter, where digits then look as the data sets store them.

mod canvas;
mod side_by_side;
mod strips;
mod tiles;

use crate::{Error, Result, file};
use std::fmt;
use std::path::Path;

pub(crate) use canvas::{
    Align, Canvas, Colour, Font, INK, MUTED, PAPER, Point, shortened, text_width,
};
pub use side_by_side::side_by_side;
pub use strips::{Strip, Strips};
pub use tiles::grid;

/// No byte of a PNG file becomes more pixels than so many bytes: deflate's longest match of 258 takes two bits.
const DEFLATED: usize = 1032;

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

    /// Copies `other` so that its upper left pixel comes to `at = [x, y]`; it must lie inside.
    fn insert(&mut self, at: [usize; 2], other: &Self) {
        let [own, others] = [self.width, other.width].map(|width| 3 * width.max(1) as usize);
        let rows = self.rgb.chunks_mut(own).skip(at[1]);
        for (to, from) in rows.zip(other.rgb.chunks(others)) {
            to[3 * at[0]..][..others].copy_from_slice(from);
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

    /// Reads a PNG file that [`save`](Self::save) has written.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is no PNG file of 8-bit grey levels or colours.
    pub fn open(path: &Path) -> Result<Self> {
        Self::parse(&file::read(path)?).map_err(|reason| Error::Picture {
            path: path.into(),
            reason,
        })
    }

    /// Reads the content of a PNG file, as [`to_png`](Self::to_png) makes it.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), with the reason alone.
    pub fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .map_err(|error| error.to_string())?;
        // Memory is not set aside on the word of a header.
        let size = reader
            .output_buffer_size()
            .filter(|size| size / DEFLATED <= bytes.len())
            .ok_or("its size is not that of its pixels")?;
        let mut pixels = vec![0; size];
        let info = reader
            .next_frame(&mut pixels)
            .map_err(|error| error.to_string())?;
        let rgb = match (info.color_type, info.bit_depth) {
            (png::ColorType::Rgb, png::BitDepth::Eight) => pixels,
            (png::ColorType::Grayscale, png::BitDepth::Eight) => {
                pixels.into_iter().flat_map(|level| [level; 3]).collect()
            }
            (colours, depth) => return Err(format!("{colours:?} of {depth:?} bits is not read")),
        };
        Ok(Self {
            width: info.width,
            height: info.height,
            rgb,
        })
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
