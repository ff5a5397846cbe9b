//! A report as PDF: pages of A4 across, headings, facts and tables that break over pages, in a font that has Chinese.
//!
//! Lines break where words and Chinese characters end, and within what is longer than its column, such as hashes. Every page says
//! which report it is of, and which page of how many.

use super::{
    font::{self, Font, FontError},
    sheet::{Section, Sheet},
};
use pdf_writer::{
    Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};

/// A4 across, in points.
const WIDTH: f32 = 842.0;
const HEIGHT: f32 = 595.0;
const MARGIN: f32 = 40.0;
/// The line at the foot of a page.
const FOOT: f32 = 24.0;
const TITLE: f32 = 17.0;
const HEADING: f32 = 12.0;
const BODY: f32 = 8.5;
const SMALL: f32 = 7.5;
/// A line, in parts of its size.
const LEADING: f32 = 1.4;
/// Between columns.
const GAP: f32 = 6.0;
/// Where values of facts begin.
const FACTS: f32 = 120.0;
/// Lines of one cell, at most: what is longer is cut, for a row must fit on a page.
const CELL_LINES_MAX: usize = 24;
/// How strongly what is used is compressed: the usual balance.
const COMPRESSION: u8 = 6;

const FONT: Name<'static> = Name(b"F");
const FONT_NAME: Name<'static> = Name(b"CVTASC+NotoSansSC");
const SYSTEM: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

/// The file of a report.
///
/// # Errors
/// The font that lies in the program is damaged.
pub fn render(sheet: &Sheet) -> Result<Vec<u8>, FontError> {
    let bytes = font::bytes()?;
    let mut print = Print {
        font: Font::new(&bytes)?,
        pages: Vec::new(),
        page: Content::new(),
        y: HEIGHT - MARGIN,
    };
    print.sheet(sheet);
    print.finish(&sheet.title)
}

/// Pages while they are filled.
struct Print<'a> {
    font: Font<'a>,
    pages: Vec<Content>,
    page: Content,
    /// Where the next line begins, from the foot of the page.
    y: f32,
}

impl Print<'_> {
    fn sheet(&mut self, sheet: &Sheet) {
        self.paragraph(&sheet.title, TITLE, 0.0);
        self.paragraph(&sheet.subtitle, SMALL, 0.4);
        for section in &sheet.sections {
            self.section(section);
        }
    }

    fn section(&mut self, section: &Section) {
        self.y -= HEADING;
        self.need(HEADING * LEADING * 3.0);
        self.paragraph(&section.heading, HEADING, 0.0);
        self.y -= 2.0;
        for (name, value) in &section.facts {
            let lines = wrap(&self.font, value, BODY, WIDTH - 2.0 * MARGIN - FACTS);
            let lines: Vec<String> = lines.into_iter().take(CELL_LINES_MAX).collect();
            self.need(lines.len() as f32 * BODY * LEADING);
            self.text(name, BODY, (MARGIN, self.y), 0.4);
            for line in lines {
                self.text(&line, BODY, (MARGIN + FACTS, self.y), 0.0);
                self.y -= BODY * LEADING;
            }
        }
        if !section.columns.is_empty() {
            self.table(section);
        }
    }

    fn table(&mut self, section: &Section) {
        let shares: f32 = section.columns.iter().map(|(_, share)| f32::from(*share)).sum();
        let width = WIDTH - 2.0 * MARGIN;
        let mut left = MARGIN;
        let mut columns = Vec::new();
        for (_, share) in &section.columns {
            let own = width * f32::from(*share) / shares.max(1.0);
            columns.push((left, (own - GAP).max(GAP)));
            left += own;
        }
        let names: Vec<String> = section.columns.iter().map(|(name, _)| name.clone()).collect();
        self.row(&columns, &names, 0.4);
        self.rule(0.5);
        if section.rows.is_empty() {
            self.row(&columns, &["–".to_owned()], 0.4);
        }
        for row in &section.rows {
            if self.row(&columns, row, 0.0) {
                continue;
            }
            // The row did not fit: a new page begins, with the names of the columns.
            self.turn();
            self.row(&columns, &names, 0.4);
            self.rule(0.5);
            self.row(&columns, row, 0.0);
        }
    }

    /// A row of a table, if it fits on the page.
    fn row(&mut self, columns: &[(f32, f32)], cells: &[String], gray: f32) -> bool {
        let wrapped: Vec<Vec<String>> = columns
            .iter()
            .zip(cells)
            .map(|((_, width), cell)| {
                let lines = wrap(&self.font, cell, SMALL, *width);
                lines.into_iter().take(CELL_LINES_MAX).collect()
            })
            .collect();
        let count = wrapped.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let height = count as f32 * SMALL * LEADING + 3.0;
        if self.y - height < MARGIN {
            return false;
        }
        for ((left, _), lines) in columns.iter().zip(&wrapped) {
            for (place, line) in lines.iter().enumerate() {
                let y = self.y - place as f32 * SMALL * LEADING;
                self.text(line, SMALL, (*left, y), gray);
            }
        }
        self.y -= height;
        self.rule(0.85);
        true
    }

    /// A line across the page, just above where the next text begins.
    fn rule(&mut self, gray: f32) {
        let y = self.y + SMALL + 1.5;
        self.page.set_stroke_gray(gray);
        self.page.set_line_width(0.4);
        self.page.move_to(MARGIN, y).line_to(WIDTH - MARGIN, y).stroke();
    }

    fn paragraph(&mut self, text: &str, size: f32, gray: f32) {
        for line in wrap(&self.font, text, size, WIDTH - 2.0 * MARGIN) {
            self.need(size * LEADING);
            self.y -= size * 0.2;
            self.text(&line, size, (MARGIN, self.y), gray);
            self.y -= size * LEADING;
        }
    }

    /// Begins a new page where so much does not fit any more.
    fn need(&mut self, height: f32) {
        if self.y - height < MARGIN {
            self.turn();
        }
    }

    fn turn(&mut self) {
        self.pages.push(std::mem::replace(&mut self.page, Content::new()));
        self.y = HEIGHT - MARGIN;
    }

    fn text(&mut self, text: &str, size: f32, (x, y): (f32, f32), gray: f32) {
        let encoded = self.font.encode(text);
        self.page.set_fill_gray(gray);
        self.page
            .begin_text()
            .set_font(FONT, size)
            .next_line(x, y)
            .show(Str(&encoded))
            .end_text();
    }

    fn finish(mut self, title: &str) -> Result<Vec<u8>, FontError> {
        self.turn();
        let mut pages = std::mem::take(&mut self.pages);
        let count = pages.len();
        for (place, page) in pages.iter_mut().enumerate() {
            self.page = std::mem::replace(page, Content::new());
            let foot = format!("{title}  ·  {} / {count}", place + 1);
            self.text(&foot, SMALL, (MARGIN, FOOT), 0.4);
            *page = std::mem::replace(&mut self.page, Content::new());
        }
        let mut pdf = Pdf::new();
        let mut last = 0;
        let mut next = || {
            last += 1;
            Ref::new(last)
        };
        let (catalog, tree, font, about) = (next(), next(), next(), next());
        let ids: Vec<(Ref, Ref)> = pages.iter().map(|_| (next(), next())).collect();
        let parts = [next(), next(), next(), next()];
        pdf.catalog(catalog).pages(tree);
        pdf.pages(tree)
            .kids(ids.iter().map(|(page, _)| *page))
            .count(i32::try_from(count).unwrap_or(i32::MAX));
        pdf.document_info(about)
            .title(TextStr(title))
            .producer(TextStr("Civitas"));
        for ((id, content), page) in ids.into_iter().zip(pages) {
            let mut written = pdf.page(id);
            written.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT));
            written.parent(tree);
            written.contents(content);
            written.resources().fonts().pair(FONT, font);
            written.finish();
            let squeezed = squeeze(&page.finish());
            pdf.stream(content, &squeezed).filter(Filter::FlateDecode);
        }
        embed(&mut pdf, &self.font, font, parts)?;
        Ok(pdf.finish())
    }
}

/// Writes the part of the font that was used.
fn embed(
    pdf: &mut Pdf,
    font: &Font<'_>,
    id: Ref,
    [cid, descriptor, map, file]: [Ref; 4],
) -> Result<(), FontError> {
    pdf.type0_font(id)
        .base_font(FONT_NAME)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(map);
    let mut written = pdf.cid_font(cid);
    written
        .subtype(CidFontType::Type2)
        .base_font(FONT_NAME)
        .system_info(SYSTEM)
        .font_descriptor(descriptor)
        .default_width(1_000.0)
        .cid_to_gid_map_predefined(Name(b"Identity"));
    written.widths().consecutive(0, font.widths());
    written.finish();
    let measures = font.measures();
    let [left, bottom, right, top] = measures.bounds;
    pdf.font_descriptor(descriptor)
        .name(FONT_NAME)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(left, bottom, right, top))
        .italic_angle(0.0)
        .ascent(measures.ascent)
        .descent(measures.descent)
        .cap_height(measures.capital)
        .stem_v(80.0)
        .font_file2(file);
    let mut texts = UnicodeCmap::new(Name(b"Civitas"), SYSTEM);
    for (glyph, character) in font.texts() {
        texts.pair(*glyph, *character);
    }
    let squeezed = squeeze(&texts.finish());
    pdf.cmap(map, &squeezed).filter(Filter::FlateDecode);
    let squeezed = squeeze(&font.part()?);
    pdf.stream(file, &squeezed).filter(Filter::FlateDecode);
    Ok(())
}

fn squeeze(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, COMPRESSION)
}

/// Breaks a text into lines that are no wider than `width`: after spaces and Chinese characters, else anywhere. Control characters
/// become spaces.
fn wrap(font: &Font<'_>, text: &str, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0.0;
    // Bytes of the line up to the last place where it may break.
    let mut soft = 0;
    for character in text.chars() {
        let character = if character.is_control() { ' ' } else { character };
        let own = font.width(character) * size;
        if used + own > width && !line.is_empty() {
            let rest = if soft > 0 {
                line.split_off(soft)
            } else {
                String::new()
            };
            lines.push(line.trim_end().to_owned());
            line = rest.trim_start().to_owned();
            used = line.chars().map(|kept| font.width(kept) * size).sum();
            soft = 0;
        }
        if character == ' ' && line.is_empty() && !lines.is_empty() {
            continue;
        }
        line.push(character);
        used += own;
        if character == ' ' || is_chinese(character) {
            soft = line.len();
        }
    }
    lines.push(line);
    lines
}

const fn is_chinese(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: usize) -> Sheet {
        let row = |place: usize| {
            vec![
                place.to_string(),
                "冻结账户 0x00000000000000000000000000000000000000aa".to_owned(),
            ]
        };
        Sheet {
            title: "案件 7：Pass-through at the harbour".to_owned(),
            subtitle: "made for a test".to_owned(),
            sections: vec![Section {
                facts: vec![(
                    "法律依据".to_owned(),
                    "Supervision Act § 12 · 监管条例第十二条".to_owned(),
                )],
                ..Section::table(
                    "Commands 指令".to_owned(),
                    vec![("No.".to_owned(), 1), ("What".to_owned(), 4)],
                    (0..rows).map(row).collect(),
                )
            }],
        }
    }

    #[test]
    fn a_report_has_its_pages_and_a_small_part_of_the_font() {
        let short = render(&sheet(1)).unwrap();
        let long = render(&sheet(200)).unwrap();
        let pages = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches("/Type /Page\n").count();
        assert!(short.starts_with(b"%PDF-"));
        assert_eq!(pages(&short), 1);
        assert!(pages(&long) > 4, "{}", pages(&long));
        assert!(short.len() < 40_000, "{} bytes", short.len());
        assert!(String::from_utf8_lossy(&short).contains("NotoSansSC"));
    }

    #[test]
    fn lines_break_where_words_end_and_long_ones_anywhere() {
        let bytes = font::bytes().unwrap();
        let font = Font::new(&bytes).unwrap();
        // Chinese characters are as wide as the font is large.
        assert_eq!(wrap(&font, "港口贸易链", 10.0, 35.0), ["港口贸", "易链"]);
        let words = wrap(&font, "one two three", 10.0, 45.0);
        assert!(
            words.len() > 1
                && words
                    .iter()
                    .all(|line| ["one", "two", "three", "one two"].contains(&line.as_str())),
            "{words:?}"
        );
        let hash = "f".repeat(64);
        let lines = wrap(&font, &hash, 10.0, 60.0);
        assert_eq!(lines.concat(), hash);
        assert!(
            lines
                .iter()
                .all(|line| line.chars().map(|one| font.width(one) * 10.0).sum::<f32>() <= 60.0)
        );
    }
}
