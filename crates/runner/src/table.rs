use crate::report::Block;

/// A table, for a terminal, a file and a page.
pub(crate) struct Table {
    pub header: Vec<String>,
    /// As many cells each as the header has.
    pub rows: Vec<Vec<String>>,
    /// The row and the column of cells that stand out.
    pub bold: Vec<[usize; 2]>,
    /// So many columns of words come first, then numbers.
    pub words: usize,
}

impl Table {
    /// In Markdown, with its columns in line.
    pub fn markdown(&self) -> String {
        let cell = |row: usize, column: usize, text: &String| {
            let text = text.replace('|', r"\|").replace(char::is_control, " ");
            match self.bold.contains(&[row, column]) {
                true => format!("**{text}**"),
                false => text,
            }
        };
        let line = |(row, cells): (usize, &Vec<String>)| -> Vec<String> {
            let cells = cells.iter().enumerate();
            cells.map(|(i, text)| cell(row, i, text)).collect()
        };
        let header = line((usize::MAX, &self.header));
        let rows: Vec<Vec<String>> = self.rows.iter().enumerate().map(line).collect();
        let width = |column: usize| {
            let cells = rows.iter().chain([&header]).map(|row| &row[column]);
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..header.len()).map(width).collect();
        let line = |cells: &Vec<String>| {
            let padded = cells.iter().zip(&widths).enumerate();
            let padded = padded.map(|(i, (cell, width))| match i < self.words {
                true => format!("| {cell:<width$} "),
                false => format!("| {cell:>width$} "),
            });
            padded.collect::<String>() + "|\n"
        };
        let rule = widths.iter().enumerate().map(|(i, width)| {
            let dashes = "-".repeat(*width);
            match i < self.words {
                true => format!("|:{dashes}-"),
                false => format!("|{dashes}-:"),
            }
        });
        let rule = rule.collect::<String>() + "|\n";
        line(&header) + &rule + &rows.iter().map(line).collect::<String>()
    }

    /// For a report.
    pub fn block(&self) -> Block {
        Block::Table {
            header: self.header.clone(),
            rows: self.rows.clone(),
        }
    }
}
