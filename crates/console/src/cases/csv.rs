//! A report as CSV (RFC 4180) for spreadsheets: UTF-8 with a mark, so that they read Chinese, and no cell that they would calculate.

use super::sheet::Sheet;

/// What tells spreadsheets that a file is UTF-8.
const MARK: &str = "\u{feff}";

/// The file of a report: each part is its heading, its facts as pairs, and its table; an empty line stands between parts.
pub fn render(sheet: &Sheet) -> String {
    let mut text = MARK.to_owned();
    line(&mut text, [&sheet.title].into_iter());
    line(&mut text, [&sheet.subtitle].into_iter());
    for section in &sheet.sections {
        text.push_str("\r\n");
        line(&mut text, [&section.heading].into_iter());
        for (name, value) in &section.facts {
            line(&mut text, [name, value].into_iter());
        }
        if !section.columns.is_empty() {
            line(&mut text, section.columns.iter().map(|(name, _)| name));
        }
        for row in &section.rows {
            line(&mut text, row.iter());
        }
    }
    text
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a String>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&quoted(cell));
    }
    text.push_str("\r\n");
}

/// A cell. What begins as a formula does is set behind an apostrophe: people outside of the city write some of these texts.
fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.len() > 1;
    let shown = if is_formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    match shown.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", shown.replace('"', "\"\"")),
        false => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_nothing_is_calculated() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("said \"no\"", "\"said \"\"no\"\"\""),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("-", "-"),
            ("港口", "港口"),
        ] {
            assert_eq!(quoted(cell), expected);
        }
    }
}
