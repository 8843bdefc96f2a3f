//! Pictures of several models beside each other.

use super::Picture;
use super::canvas::{Align, Canvas, shortened};
use super::tiles::{LABEL, nothing};

/// Between pictures.
const GAP: usize = 32;
/// Above a picture, for its label.
const HEAD: usize = 48;

/// Lays labelled pictures beside each other, `columns` in a row. Zero columns count as 1, and without pictures the picture says
/// so.
///
/// ```
/// use vae_runner::picture::{grid, side_by_side};
///
/// let digit = grid(&[0.5; 784], 28, 28, 1, 3);
/// let both = side_by_side(&[("first", digit.clone()), ("second", digit.clone())], 3);
/// assert!(both.width() > 2 * digit.width() && both.height() > digit.height());
/// ```
pub fn side_by_side(pictures: &[(&str, Picture)], columns: usize) -> Picture {
    let columns = columns.clamp(1, pictures.len().max(1));
    let side = |of: fn(&Picture) -> u32| pictures.iter().map(|(_, p)| of(p) as usize).max();
    let (Some(width), Some(height)) = (side(Picture::width), side(Picture::height)) else {
        return nothing();
    };
    let [across, down] = [width + GAP, HEAD + height + GAP];
    let rows = pictures.len().div_ceil(columns);
    let mut sheet = Picture::white(columns * across - GAP, rows * down - GAP);
    for (i, (label, picture)) in pictures.iter().enumerate() {
        let [x, y] = [i % columns * across, i / columns * down];
        let mut head = Canvas::new(width, HEAD);
        let base = (HEAD as f64 + LABEL.capital()) / 2.0;
        let label = shortened(label, width as f64, LABEL);
        head.text(&label, [0.0, base], Align::Left, LABEL);
        sheet.insert([x, y], &head.into_picture());
        sheet.insert([x, y + HEAD], picture);
    }
    sheet
}
