//! A chart as the text of an SVG file.

use super::shapes::{HALO, Shape};
use crate::picture::{Align, Colour, Font, PAPER, Point};

/// The shapes on paper, a line each. Shown at half its size, as the report shows pictures.
pub(super) fn document([width, height]: [usize; 2], shapes: &[Shape]) -> String {
    let [shown, tall] = [width, height].map(|side| number(side as f64 / 2.0));
    let paper = hex(PAPER);
    // Verdana is as wide as DejaVu Sans.
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{shown}\" height=\"{tall}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"DejaVu Sans, Verdana, sans-serif\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{paper}\"/>\n"
    );
    for shape in shapes {
        svg += &element(shape);
        svg.push('\n');
    }
    svg + "</svg>\n"
}

fn element(shape: &Shape) -> String {
    match shape {
        Shape::Rectangle { from, to, colour } => {
            let [width, height] = [0, 1].map(|axis| number(to[axis] - from[axis]));
            let [x, y] = from.map(number);
            let fill = hex(*colour);
            format!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"/>"
            )
        }
        Shape::Line {
            points,
            width,
            colour,
        } => {
            let pair = |point: &Point| point.map(number).join(",");
            let points: Vec<String> = points.iter().map(pair).collect();
            let (points, width, stroke) = (points.join(" "), number(*width), hex(*colour));
            format!(
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"{width}\"/>"
            )
        }
        Shape::Disc {
            centre,
            radius,
            colour,
            opacity,
        } => {
            let ([x, y], radius, fill) = (centre.map(number), number(*radius), hex(*colour));
            let opacity = match *opacity {
                1.0 => String::new(),
                part => format!(" fill-opacity=\"{}\"", number(part)),
            };
            format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\"{opacity}/>")
        }
        Shape::Text {
            text,
            at,
            align,
            font,
        } => {
            let fill = format!("fill=\"{}\"", hex(font.colour));
            letters(text, *at, *align, *font, &fill)
        }
        // An element of its own, since not every program can paint the outline of letters below them.
        Shape::Halo { text, at, font } => {
            let (paper, width) = (hex(PAPER), number(2.0 * HALO));
            let outline = format!("fill=\"{paper}\" stroke=\"{paper}\" stroke-width=\"{width}\"");
            letters(text, *at, Align::Centre, *font, &outline)
        }
    }
}

/// Text that looks as `paint` says.
fn letters(text: &str, at: Point, align: Align, font: Font, paint: &str) -> String {
    let [x, y] = at.map(number);
    let anchor = match align {
        Align::Left => "start",
        Align::Centre | Align::Upwards => "middle",
        Align::Right => "end",
    };
    let turn = match align {
        Align::Upwards => format!(" transform=\"rotate(-90 {x} {y})\""),
        _ => String::new(),
    };
    let weight = if font.bold {
        " font-weight=\"bold\""
    } else {
        ""
    };
    let (size, text) = (number(font.em), escape(text));
    format!(
        "<text x=\"{x}\" y=\"{y}\"{turn} text-anchor=\"{anchor}\" font-size=\"{size}\"{weight} {paint}>{text}</text>"
    )
}

/// To two decimals, without those that are 0.
fn number(value: f64) -> String {
    // Adding 0 makes 0 of −0.
    format!("{}", (100.0 * value).round() / 100.0 + 0.0)
}

fn hex([red, green, blue]: Colour) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// `text` between tags: without the characters that mean something in XML, and those that XML cannot hold.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '\u{fffe}' | '\u{ffff}' => escaped.push(' '),
            control if control.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let numbers = [12.0, 0.5, -0.001, 1.005001, -2.346, 926.0].map(number);
        assert_eq!(numbers, ["12", "0.5", "0", "1.01", "-2.35", "926"]);
    }

    #[test]
    fn texts_hold_no_mark_up_and_nothing_that_xml_forbids() {
        assert_eq!(escape("a<b>&'\"c"), "a&lt;b&gt;&amp;'\"c");
        assert_eq!(
            escape("\u{0}\u{1b}\n\u{85}\u{ffff}z₁\u{2009}−"),
            "     z₁\u{2009}−"
        );
    }
}
