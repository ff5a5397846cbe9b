//! Cursors: where a page ended, as text that only this module reads.

use super::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, Page, PageRequest};
use crate::{Error, database::Value};
use alloy_primitives::hex;

/// Characters of a cursor, at most: the longest holds a place on each of as many ledgers as a console follows.
const CURSOR_CHARACTERS_MAX: usize = 4_096;

/// One part of a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Number(i64),
    Bytes(Vec<u8>),
    Text(String),
}

impl From<Part> for Value {
    fn from(part: Part) -> Self {
        match part {
            Part::Number(number) => number.into(),
            Part::Bytes(bytes) => bytes.as_slice().into(),
            Part::Text(text) => text.into(),
        }
    }
}

impl PageRequest {
    /// Items of the page.
    pub(crate) fn count(&self) -> usize {
        let limit = self.limit.unwrap_or(PAGE_ITEMS_DEFAULT).clamp(1, PAGE_ITEMS_MAX);
        usize::try_from(limit).unwrap_or(1)
    }

    /// One more than the items of the page: whether it comes tells whether there is a next page.
    pub(crate) fn count_and_one(&self) -> i64 {
        i64::try_from(self.count()).unwrap_or(i64::MAX - 1) + 1
    }

    /// The parts of the cursor, or `first` where there is none.
    pub(crate) fn after<const N: usize>(&self, first: [Part; N]) -> Result<[Part; N], Error> {
        let Some(text) = &self.cursor else {
            return Ok(first);
        };
        let parts = parse(text).ok_or(Error::Cursor)?;
        let parts: [Part; N] = parts.try_into().map_err(|_| Error::Cursor)?;
        let alike = std::iter::zip(&parts, &first)
            .all(|(part, model)| std::mem::discriminant(part) == std::mem::discriminant(model));
        if alike { Ok(parts) } else { Err(Error::Cursor) }
    }

    /// The place of the cursor, or the last one there is.
    pub(crate) fn place(&self) -> Result<i64, Error> {
        match self.after([Part::Number(i64::MAX)])? {
            [Part::Number(place)] => Ok(place),
            _ => Err(Error::Cursor),
        }
    }
}

/// The parts of a cursor; none if it is none.
pub(crate) fn parse(text: &str) -> Option<Vec<Part>> {
    if text.len() > CURSOR_CHARACTERS_MAX {
        return None;
    }
    text.split('.')
        .map(|part| {
            let (kind, rest) = part.split_at_checked(1)?;
            match kind {
                "n" => rest.parse().ok().map(Part::Number),
                "b" => hex::decode(rest).ok().map(Part::Bytes),
                "t" => String::from_utf8(hex::decode(rest).ok()?).ok().map(Part::Text),
                _ => None,
            }
        })
        .collect()
}

/// The text of a cursor.
pub(crate) fn cursor(parts: &[Part]) -> String {
    let texts: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Number(number) => format!("n{number}"),
            Part::Bytes(bytes) => format!("b{}", hex::encode(bytes)),
            Part::Text(text) => format!("t{}", hex::encode(text)),
        })
        .collect();
    texts.join(".")
}

/// A page out of one item too many: the item beyond the page says that there is a next one.
pub(crate) fn page<T, const N: usize>(mut keyed: Vec<([Part; N], T)>, count: usize) -> Page<T> {
    let is_full = keyed.len() > count;
    keyed.truncate(count);
    let next = keyed.last().filter(|_| is_full).map(|(key, _)| cursor(key));
    Page {
        items: keyed.into_iter().map(|(_, item)| item).collect(),
        next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cursor: &str) -> PageRequest {
        PageRequest {
            cursor: Some(cursor.to_owned()),
            limit: Some(1_000_000),
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let parts = [
            Part::Number(-7),
            Part::Bytes(vec![0, 255]),
            Part::Text("市".to_owned()),
        ];
        let models = [Part::Number(0), Part::Bytes(vec![]), Part::Text(String::new())];
        assert_eq!(request(&cursor(&parts)).after(models).unwrap(), parts);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in [
            "",
            "n",
            "x1",
            "n1.n2",
            "b00",
            "n99999999999999999999",
            "é",
            &"n1.".repeat(1_000),
        ] {
            assert!(matches!(request(text).place(), Err(Error::Cursor)), "{text}");
        }
    }

    #[test]
    fn a_page_is_bounded() {
        assert_eq!(request("n1").count(), 200);
        assert_eq!(PageRequest::default().count(), 50);
    }
}
