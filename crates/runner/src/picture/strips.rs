//! Labelled rows of images: data over reconstructions, ways from one image to another.

use super::Picture;
use super::canvas::{Align, Canvas, shortened, text_width};
use super::tiles::{GUTTER, LABEL, Tile, nothing};

/// Between groups of rows, between images set apart, and after labels.
const GAP: usize = 22;
const LABEL_WIDTH: f64 = 480.0;
/// Rows at least this high keep their labels apart.
const LABEL_HEIGHT: usize = 32;

/// One row of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// Written at the left of the row; may be empty.
    pub label: String,
    /// n · height · width intensities in \[0, 1\].
    pub images: Vec<f32>,
    /// Whether the first and the last image stand apart, being data rather than outputs of the model.
    pub ends_apart: bool,
}

/// Labelled rows of images of the same size, in groups that belong together.
///
/// # Example
///
/// ```
/// use vae_runner::picture::Strips;
///
/// let (data, outputs) = ([0.0; 20 * 784], [0.0; 20 * 784]);
/// let stacks: [(&str, &[f32]); 2] = [("data", &data), ("reconstruction", &outputs)];
/// let picture = Strips::comparison(28, 28, 10, 3, &stacks).to_picture();
/// assert!(picture.width() > 10 * 28 * 3);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Strips {
    /// Height of every image.
    pub height: usize,
    /// Width of every image.
    pub width: usize,
    /// Pixels along the side of one intensity.
    pub scale: usize,
    /// The rows from top to bottom: close within a group, apart between groups.
    pub groups: Vec<Vec<Strip>>,
}

impl Strips {
    /// Lays corresponding images of labelled `stacks` over each other, `columns` of them in a group of rows.
    ///
    /// Every stack holds n · `height` · `width` intensities; typically the first holds data and the second their
    /// reconstructions.
    pub fn comparison(
        height: usize,
        width: usize,
        columns: usize,
        scale: usize,
        stacks: &[(&str, &[f32])],
    ) -> Self {
        let mut groups: Vec<Vec<Strip>> = Vec::new();
        for (label, images) in stacks {
            let rows = images.chunks((height * width * columns).max(1));
            for (index, row) in rows.enumerate() {
                if index == groups.len() {
                    groups.push(Vec::new());
                }
                groups[index].push(Strip::new(label, row, false));
            }
        }
        Self {
            height,
            width,
            scale,
            groups,
        }
    }

    /// Labelled rows that each lead from one data image to another, both set apart from what the model made of the way.
    pub fn interpolations(
        height: usize,
        width: usize,
        scale: usize,
        rows: &[(&str, &[f32])],
    ) -> Self {
        let group = |&(label, images): &(&str, &[f32])| vec![Strip::new(label, images, true)];
        let groups = rows.iter().map(group).collect();
        Self {
            height,
            width,
            scale,
            groups,
        }
    }

    /// Draws the strips with the conventions of [`grid`](super::grid).
    pub fn to_picture(&self) -> Picture {
        let tile = Tile::new(self.height, self.width, self.scale);
        let strips = || self.groups.iter().flatten();
        let sheets = strips().flat_map(|strip| strip.sheets(tile));
        let Some(sheets_width) = sheets
            .map(|(x, images)| x + tile.sheet(tile.count(images), 1)[0])
            .max()
        else {
            return nothing();
        };
        let text = |strip: &Strip| shortened(&strip.label, LABEL_WIDTH, LABEL);
        let text_width = |strip| text_width(&text(strip), LABEL).ceil() as usize;
        let [_, height] = tile.sheet(1, 1);
        let (left, pitch) = match strips().map(text_width).max() {
            None | Some(0) => (0, height - GUTTER),
            Some(width) => (width + GAP, LABEL_HEIGHT.max(height - GUTTER)),
        };

        let mut places = Vec::new();
        let mut bottom = 0;
        for group in self.groups.iter().filter(|group| !group.is_empty()) {
            let top = if places.is_empty() { 0 } else { bottom + GAP };
            places.extend(group.iter().zip((top..).step_by(pitch)));
            bottom = top + group.len() * pitch + GUTTER;
        }
        let mut labels = Canvas::new(left.max(1), bottom);
        for (strip, top) in &places {
            let base = (top + height / 2) as f64 + LABEL.capital() / 2.0;
            labels.text(&text(strip), [0.0, base], Align::Left, LABEL);
        }
        let mut picture = Picture::white(left + sheets_width, bottom);
        picture.insert([0, 0], &labels.into_picture());
        for (strip, top) in places {
            for (x, images) in strip.sheets(tile) {
                tile.paint(&mut picture, [left + x, top], images, tile.count(images));
            }
        }
        picture
    }
}

impl Strip {
    fn new(label: &str, images: &[f32], ends_apart: bool) -> Self {
        let (label, images) = (label.to_owned(), images.to_vec());
        Self {
            label,
            images,
            ends_apart,
        }
    }

    /// The images in the one or three sheets where they lie close, with the place of each sheet in the row.
    fn sheets(&self, tile: Tile) -> impl Iterator<Item = (usize, &[f32])> {
        let count = tile.count(&self.images);
        let parts = if self.ends_apart && count > 2 {
            let (first, rest) = self.images.split_at(tile.area());
            let (between, last) = rest.split_at((count - 2) * tile.area());
            vec![first, between, last]
        } else if count > 0 {
            vec![&self.images[..]]
        } else {
            vec![]
        };
        let mut next = 0;
        parts.into_iter().map(move |images| {
            let x = next;
            next += tile.sheet(tile.count(images), 1)[0] + GAP;
            (x, images)
        })
    }
}
