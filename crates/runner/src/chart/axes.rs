//! What surrounds the data of a chart: title, legend, axes with round ticks and a light grid.

use crate::picture::{Align, Colour, Font, INK, MUTED, Point, shortened, text_width};

use super::shapes::Chart;
use super::ticks::{Tick, ticks};

const GRID: Colour = [230, 232, 236];
const AXIS: Colour = [140, 149, 159];

const TITLE: Font = Font::bold(33.0, INK);
const LABEL: Font = Font::regular(27.0, INK);
const TICK: Font = Font::regular(26.0, MUTED);

const MARGIN: f64 = 22.0;
const LINE_HEIGHT: f64 = 42.0;
const LEGEND_ROWS: f64 = 6.0;
/// The line or the dot before a name in a legend, with the space after it.
const KEY: f64 = 56.0;
/// Between the data and the numbers at the y axis.
const TICK_GAP: f64 = 14.0;
/// From the x axis down to the base line of its numbers.
const TICK_ROOM: f64 = 36.0;
/// What the label of an axis takes from the data area.
const LABEL_ROOM: f64 = 43.0;

/// The mapping from data to picture pixels.
pub(super) struct Axes {
    x: [f64; 2],
    y: [f64; 2],
    /// Left, top, right and bottom of the data area.
    area: [f64; 4],
}

impl Axes {
    /// Draws grid, ticks and labels below `top` and left of `right`; `whole` asks for whole numbers on the x axis.
    pub fn draw(
        chart: &mut Chart,
        [top, right]: [f64; 2],
        x: [f64; 2],
        y: [f64; 2],
        labels: [&str; 2],
        whole: bool,
    ) -> Self {
        let [x_label, y_label] = labels;
        let [x_room, y_room] = labels.map(|label| if label.is_empty() { 0.0 } else { LABEL_ROOM });
        let y_ticks = ticks(y, 6.0, false);
        let left = MARGIN + y_room + widest(&y_ticks) + TICK_GAP;
        let room = |ticks: &Vec<Tick>| ticks.len() as f64 * (widest(ticks) + TICK.em);
        let mut choices = [8.0, 4.0, 2.0]
            .map(|count| ticks(x, count, whole))
            .into_iter();
        let x_ticks = choices
            .find(|ticks| room(ticks) < right - left)
            .unwrap_or_default();
        let right = right - MARGIN.max(widest(&x_ticks) / 2.0 + 8.0);
        let edge = chart.height() - MARGIN;
        let bottom = edge - x_room - TICK_ROOM;
        let area = [left, top, right, bottom];
        let axes = Self { x, y, area };

        for Tick { value, label } in &x_ticks {
            let [x, _] = axes.place([*value, y[0]]);
            chart.rectangle([x - 1.0, top], [x + 1.0, bottom], GRID);
            chart.text(label, [x, bottom + TICK_ROOM], Align::Centre, TICK);
        }
        for Tick { value, label } in &y_ticks {
            let [_, y] = axes.place([x[0], *value]);
            chart.rectangle([left, y - 1.0], [right, y + 1.0], GRID);
            let at = [left - TICK_GAP, y + TICK.capital() / 2.0];
            chart.text(label, at, Align::Right, TICK);
        }
        chart.rectangle([left, bottom - 1.0], [right, bottom + 1.0], AXIS);
        let below = [(left + right) / 2.0, edge];
        let x_label = shortened(x_label, right - left, LABEL);
        chart.text(&x_label, below, Align::Centre, LABEL);
        let beside = [MARGIN + LABEL.capital(), (top + bottom) / 2.0];
        let y_label = shortened(y_label, bottom - top, LABEL);
        chart.text(&y_label, beside, Align::Upwards, LABEL);
        axes
    }

    /// Where a data point lies in the picture.
    pub fn place(&self, [x, y]: Point) -> Point {
        let [left, top, right, bottom] = self.area;
        [
            left + (right - left) * (x - self.x[0]) / (self.x[1] - self.x[0]),
            bottom - (bottom - top) * (y - self.y[0]) / (self.y[1] - self.y[0]),
        ]
    }

    /// Says in the middle that there is nothing to see.
    pub fn note(&self, chart: &mut Chart, text: &str) {
        let [left, top, right, bottom] = self.area;
        let middle = [(left + right) / 2.0, (top + bottom) / 2.0];
        chart.text(text, middle, Align::Centre, TICK);
    }
}

fn widest(ticks: &[Tick]) -> f64 {
    let widths = ticks.iter().map(|tick| text_width(&tick.label, TICK));
    widths.fold(0.0, f64::max)
}

/// Draws the title and returns where it ends.
pub(super) fn title(chart: &mut Chart, text: &str) -> f64 {
    let text = shortened(text, chart.width() - 2.0 * MARGIN, TITLE);
    if text.is_empty() {
        return MARGIN;
    }
    let at = [MARGIN, MARGIN + TITLE.capital()];
    chart.text(&text, at, Align::Left, TITLE);
    MARGIN + TITLE.em + 16.0
}

/// Draws names with their line colours in rows below `top` and returns where they end.
pub(super) fn line_legend(chart: &mut Chart, top: f64, entries: &[(String, Colour)]) -> f64 {
    if entries.is_empty() {
        return top;
    }
    let room = chart.width() - 2.0 * MARGIN;
    let [mut x, mut base] = [MARGIN, top + LABEL.capital()];
    for (name, colour) in entries {
        let name = shortened(name, room - KEY, LABEL);
        let width = KEY + text_width(&name, LABEL);
        if x > MARGIN && x + width > MARGIN + room {
            [x, base] = [MARGIN, base + LINE_HEIGHT];
        }
        // The curves need the room more than a crowd of names does.
        if base > top + LEGEND_ROWS * LINE_HEIGHT {
            return base;
        }
        let middle = base - LABEL.capital() / 2.0;
        let key = vec![[x + 4.0, middle], [x + KEY - 16.0, middle]];
        chart.line(key, 6.0, *colour);
        chart.text(&name, [x + KEY, base], Align::Left, LABEL);
        x += width + LINE_HEIGHT;
    }
    base + LINE_HEIGHT
}

/// Draws names with their dot colours at the right, below `top`, and returns where the legend begins.
pub(super) fn dot_legend(chart: &mut Chart, top: f64, entries: &[(String, Colour)]) -> f64 {
    if entries.is_empty() {
        return chart.width();
    }
    let widest = entries
        .iter()
        .map(|(name, _)| text_width(name, LABEL))
        .fold(0.0, f64::max);
    let left = chart.width() - MARGIN - widest - KEY / 2.0;
    let rows = ((chart.height() - top) / LINE_HEIGHT) as usize;
    for (row, (name, colour)) in entries.iter().take(rows).enumerate() {
        let base = top + LABEL.capital() + row as f64 * LINE_HEIGHT;
        let middle = base - LABEL.capital() / 2.0;
        chart.disc([left + 9.0, middle], 9.0, *colour, 1.0);
        chart.text(name, [left + KEY / 2.0 + 4.0, base], Align::Left, LABEL);
    }
    left
}
