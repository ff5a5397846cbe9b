//! A report before it has a form: facts and tables under headings, in the language of who asked.

use crate::problem::Language;

/// A report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its title.
    pub title: String,
    /// Where and when it was made.
    pub subtitle: String,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// What it is about.
    pub heading: String,
    /// Names with values.
    pub facts: Vec<(String, String)>,
    /// Columns of its table: name, and share of the width.
    pub columns: Vec<(String, u16)>,
    /// Rows of its table.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// All of its texts.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let sections = self.sections.iter_mut().flat_map(Section::texts_mut);
        [&mut self.title, &mut self.subtitle].into_iter().chain(sections)
    }
}

impl Section {
    fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let facts = self.facts.iter_mut().flat_map(|(name, value)| [name, value]);
        let columns = self.columns.iter_mut().map(|(name, _)| name);
        let cells = self.rows.iter_mut().flatten();
        std::iter::once(&mut self.heading)
            .chain(facts)
            .chain(columns)
            .chain(cells)
    }

    /// A part with a table.
    pub fn table(heading: String, columns: Vec<(String, u16)>, rows: Vec<Vec<String>>) -> Self {
        Self {
            heading,
            facts: Vec::new(),
            columns,
            rows,
        }
    }
}

/// A text in a language.
pub const fn say(language: Language, en: &'static str, zh: &'static str) -> &'static str {
    match language {
        Language::En => en,
        Language::Zh => zh,
    }
}
