//! The report of a run: one HTML file that needs nothing else.

use std::fmt::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::picture::Picture;
use crate::{Result, file};

/// A report, from title to last section; all texts are plain text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The title of the page.
    pub title: String,
    /// A line below the title; may be empty.
    pub subtitle: String,
    /// What follows, in order.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// The heading; a section without one continues the part above, say with key figures right below the title.
    pub heading: String,
    /// The content, in order.
    pub blocks: Vec<Block>,
}

/// An element of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Text, with a new paragraph after each empty line.
    Text(String),
    /// Key figures side by side.
    Cards(Vec<Card>),
    /// A table; columns of numbers are aligned at the right.
    Table {
        /// The names of the columns.
        header: Vec<String>,
        /// The cells row by row, as many as there are columns; missing ones stay empty.
        rows: Vec<Vec<String>>,
    },
    /// A picture, shown at half its pixel size so that it is crisp; figures in succession share a line if they fit.
    Figure {
        /// The picture.
        picture: Picture,
        /// What the picture shows, for those who cannot see it too.
        caption: String,
    },
    /// Preformatted text, such as a configuration or a command.
    Code(String),
}

/// A key figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// What was measured.
    pub label: String,
    /// The number, formatted.
    pub value: String,
    /// The unit; may be empty.
    pub unit: String,
}

impl Report {
    /// The report as an HTML page without scripts, links or other files: styles and pictures are inside.
    ///
    /// # Example
    ///
    /// ```
    /// use vae_runner::report::{Block, Report, Section};
    ///
    /// let text = Block::Text("KL < 1 nat".into());
    /// let section = Section { heading: "Result".into(), blocks: vec![text] };
    /// let report = Report { title: "A run".into(), subtitle: String::new(), sections: vec![section] };
    /// assert!(report.to_html().contains("<p>KL &lt; 1 nat</p>"));
    /// ```
    pub fn to_html(&self) -> String {
        let title = escape(&self.title);
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{title}</h1>\n",
            include_str!("report.css")
        );
        if !self.subtitle.is_empty() {
            html += &format!("<p>{}</p>\n", escape(&self.subtitle));
        }
        html += "</header>\n";
        for section in &self.sections {
            html += &section.to_html();
        }
        html + "</main>\n</body>\n</html>\n"
    }

    /// Writes the page at `path`, which a reader sees either as it was before or complete.
    ///
    /// # Errors
    ///
    /// Whatever the file system refuses; the message names `path`.
    pub fn save(&self, path: &Path) -> Result<()> {
        file::save(path, self.to_html().as_bytes())
    }
}

impl Section {
    fn to_html(&self) -> String {
        let mut html = String::from("<section>\n");
        if !self.heading.is_empty() {
            html += &format!("<h2>{}</h2>\n", escape(&self.heading));
        }
        let both_figures =
            |a: &Block, b: &Block| matches!((a, b), (Block::Figure { .. }, Block::Figure { .. }));
        for blocks in self.blocks.chunk_by(both_figures) {
            let content: String = blocks.iter().map(Block::to_html).collect();
            let figures = matches!(blocks[0], Block::Figure { .. });
            html += &if figures {
                format!("<div class=\"figures\">\n{content}</div>\n")
            } else {
                content
            };
        }
        html + "</section>\n"
    }
}

impl Block {
    fn to_html(&self) -> String {
        match self {
            Self::Text(text) => {
                let paragraphs = text
                    .split("\n\n")
                    .map(str::trim)
                    .filter(|paragraph| !paragraph.is_empty());
                paragraphs
                    .map(|paragraph| format!("<p>{}</p>\n", escape(paragraph)))
                    .collect()
            }
            Self::Cards(cards) => {
                let cards: String = cards.iter().map(Card::to_html).collect();
                format!("<dl class=\"cards\">\n{cards}</dl>\n")
            }
            Self::Table { header, rows } => table(header, rows),
            Self::Figure { picture, caption } => figure(picture, &escape(caption)),
            Self::Code(code) => format!("<pre><code>{}</code></pre>\n", escape(code)),
        }
    }
}

impl Card {
    fn to_html(&self) -> String {
        let [label, value, unit] = [&self.label, &self.value, &self.unit].map(|text| escape(text));
        let unit = if unit.is_empty() {
            unit
        } else {
            format!(" <small>{unit}</small>")
        };
        format!("<div><dt>{label}</dt><dd>{value}{unit}</dd></div>\n")
    }
}

fn table(header: &[String], rows: &[Vec<String>]) -> String {
    let columns = rows
        .iter()
        .map(Vec::len)
        .chain([header.len()])
        .max()
        .unwrap_or(0);
    let cell =
        |row: &[String], column: usize| row.get(column).map_or(String::new(), |text| escape(text));
    let numbers: Vec<bool> = (0..columns)
        .map(|column| is_numeric(rows.iter().filter_map(|row| row.get(column))))
        .collect();
    let line = |row: &[String], tag: &str| {
        let cells = (0..columns).map(|column| {
            let class = if numbers[column] {
                " class=\"number\""
            } else {
                ""
            };
            format!("<{tag}{class}>{}</{tag}>", cell(row, column))
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let head = if header.is_empty() {
        String::new()
    } else {
        format!("<thead>\n{}</thead>\n", line(header, "th"))
    };
    let body: String = rows.iter().map(|row| line(row, "td")).collect();
    format!("<div class=\"table\"><table>\n{head}<tbody>\n{body}</tbody>\n</table></div>\n")
}

/// Whether there are cells with text and all of them begin as numbers do.
fn is_numeric<'a>(cells: impl Iterator<Item = &'a String>) -> bool {
    let number = |cell: &str| {
        let unsigned = cell.trim_start_matches(['-', '−', '+', '±', '<', '>', '≈', ' ']);
        unsigned.starts_with(|first: char| first.is_ascii_digit())
            || ["", "–", "—", "nan", "inf", "∞"].contains(&unsigned.to_lowercase().as_str())
    };
    let mut cells = cells
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty())
        .peekable();
    cells.peek().is_some() && cells.all(number)
}

fn figure(picture: &Picture, caption: &str) -> String {
    let (width, height) = (picture.width().div_ceil(2), picture.height().div_ceil(2));
    let mut html = format!(
        "<figure style=\"--width: {width}px\">\n<img width=\"{width}\" height=\"{height}\" alt=\"{caption}\" \
         src=\"data:image/png;base64,"
    );
    STANDARD.encode_string(picture.to_png(), &mut html);
    html += "\">\n";
    if !caption.is_empty() {
        let _ = writeln!(html, "<figcaption>{caption}</figcaption>");
    }
    html + "</figure>\n"
}

/// `text` with all characters replaced that mean something in HTML, within tags and between them.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            _ => escaped.push(character),
        }
    }
    escaped
}
