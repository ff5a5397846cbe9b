//! Pages of lists that are ordered by place: candidates from one or more indexes, newest first.
//!
//! A filter that no index covers is tried on a bounded number of rows. The page then tells where it stopped, even if
//! nothing was found up to there.

use super::{
    PageRequest,
    cursor::{Part, cursor},
};
use crate::{
    Error,
    database::{Database, Statement, Value},
};
use std::collections::BTreeMap;

/// Rows that a filter without an index looks at for one page: some ten milliseconds.
const WINDOW_ROWS: i64 = 5_000;

/// A condition, with the values of its `?`.
pub(crate) type Condition = (&'static str, Vec<Value>);

/// A list to page through.
pub(crate) struct Scan {
    pub(crate) table: &'static str,
    pub(crate) ledger: i64,
    /// The lowest place that belongs to the list, and the first above it.
    pub(crate) from: i64,
    pub(crate) until: i64,
    /// Conditions that an index covers each; what fits any of them is in the list.
    pub(crate) ways: Vec<Condition>,
    /// Conditions that must all hold besides.
    pub(crate) filters: Vec<Condition>,
}

/// Places that were found, newest first, and where to go on.
pub(crate) struct Found {
    pub(crate) places: Vec<i64>,
    pub(crate) next: Option<String>,
}

impl Scan {
    /// Finds one page.
    pub(crate) async fn find(&self, database: &Database, request: &PageRequest) -> Result<Found, Error> {
        let below = request.place()?.min(self.until);
        let count = request.count();
        let window = match self.filters.is_empty() {
            true => request.count_and_one(),
            false => WINDOW_ROWS,
        };
        let mut fits: BTreeMap<i64, bool> = BTreeMap::new();
        // Below the end of a way that was cut off, not everything is known.
        let mut known_from = i64::MIN;
        for way in &self.ways {
            let rows = database.rows(self.statement(way, below, window)).await?;
            let is_cut = i64::try_from(rows.len()).unwrap_or(i64::MAX) >= window;
            let mut last = below;
            for mut row in rows {
                last = row.take()?;
                fits.insert(last, row.take::<i64>()? != 0);
            }
            if is_cut {
                known_from = known_from.max(last);
            }
        }
        let mut places: Vec<i64> = fits
            .range(known_from..)
            .rev()
            .filter(|(_, fits)| **fits)
            .map(|(place, _)| *place)
            .collect();
        let next = if places.len() > count {
            places.truncate(count);
            places.last().copied()
        } else {
            (known_from > i64::MIN).then_some(known_from)
        };
        Ok(Found {
            places,
            next: next.map(|place| cursor(&[Part::Number(place)])),
        })
    }

    fn statement(&self, way: &Condition, below: i64, window: i64) -> Statement {
        let mut values: Vec<Value> = vec![self.ledger.into(), self.from.into(), below.into(), window.into()];
        let mut numbered = |(condition, own): &Condition| {
            let mut text = String::new();
            let mut own = own.iter();
            for letter in condition.chars() {
                if letter == '?' {
                    values.extend(own.next().cloned());
                    text.push_str(&format!("${}", values.len()));
                } else {
                    text.push(letter);
                }
            }
            text
        };
        let way = numbered(way);
        let filters: Vec<String> = self.filters.iter().map(numbered).collect();
        let fits = match filters.is_empty() {
            true => "1".to_owned(),
            false => format!("CASE WHEN {} THEN 1 ELSE 0 END", filters.join(" AND ")),
        };
        Statement::new(format!(
            "SELECT position, {fits} FROM {} WHERE ledger = $1 AND position >= $2 AND position < $3 AND {way} \
             ORDER BY position DESC LIMIT $4",
            self.table
        ))
        .bind_all(values)
    }
}

/// `$2, $3, ...` for so many values after the first.
pub(crate) fn places_after_first(count: usize) -> String {
    let places: Vec<String> = (2..count + 2).map(|number| format!("${number}")).collect();
    places.join(", ")
}
